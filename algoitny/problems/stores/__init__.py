"""The questions about problems as each store answers them: the same names, the same records."""
