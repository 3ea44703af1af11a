"""What the REST views of every room share: errors, cursors and query parameters."""
