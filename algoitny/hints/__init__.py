"""Hints for somebody whose code fails."""
