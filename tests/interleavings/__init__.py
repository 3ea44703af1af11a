"""Every order of the steps of a few processes: the real code, between stand-ins in memory for both databases."""
