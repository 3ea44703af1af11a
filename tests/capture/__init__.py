"""The ordinary things that a Django application does to its rows, each of which has to reach the mirror."""
