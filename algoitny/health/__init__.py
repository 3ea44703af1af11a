"""Whether this process answers, and whether the stores that it needs now do."""
