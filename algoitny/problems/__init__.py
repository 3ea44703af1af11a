"""The room of problems and their test cases."""
