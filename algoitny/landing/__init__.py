"""The first page: what is where, and where to look next."""
