"""Keys without I/O: facets, templates, and the conditions under which a key is there."""
