"""What people ran: their own history, the public one, hints, totals and the ranking."""
