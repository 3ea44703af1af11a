"""The change log: keys of rows that were written and are not mirrored yet, and what is known about mirroring them."""
