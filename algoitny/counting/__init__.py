"""Counters beside the items that they count: kept up from the stream, and counted again where nobody could."""
