"""Benchmarks: ratios against PynamoDB in one run, printed and compared with their bars; never timed tests."""
