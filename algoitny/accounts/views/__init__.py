"""The routes of people and plans."""
