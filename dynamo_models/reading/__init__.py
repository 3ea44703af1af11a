"""Reads: the question, the plan, its requests, and what comes of them."""
