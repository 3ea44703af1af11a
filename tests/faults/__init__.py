"""Faults for real: processes that are killed, and a transport that throttles, times out and is late."""
