"""Chat analytics: the log of all chat messages, and what they add up to by module, student, provider and day."""
