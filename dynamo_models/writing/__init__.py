"""Writes: what is to change, the actions it takes, and how they are sent."""
