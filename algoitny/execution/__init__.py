"""Runs people's code against the test cases of a problem."""
