"""The 33 access patterns, asked of the data that is there, measured, and compared between the stores."""
