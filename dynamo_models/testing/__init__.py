"""Help for tests of code that uses DynamoDB: a pytest plugin, and what its fixtures are made of."""

from dynamo_models.testing.assertions import assert_no_scan, assert_requests
from dynamo_models.testing.tables import fresh_tables, isolated_tables

__all__ = ["assert_no_scan", "assert_requests", "fresh_tables", "isolated_tables"]
