"""Uses of what a plan limits: their log, the day's counters, and totals for staff."""
