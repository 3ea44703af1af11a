"""Experiments and feature flags: who sees what, and what came of it. On DynamoDB alone, in five tables."""
