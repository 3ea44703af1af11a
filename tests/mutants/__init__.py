"""Broken variants of the mirror. Tests that do not see them prove nothing about the one that is not broken."""
