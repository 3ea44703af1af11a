"""What all tests share: property tests that ask the same each time, unless a longer search is asked for."""

import os

from hypothesis import settings

# A longer search (DYNAMO_FUZZ_SCALE=10, say) also looks elsewhere each time; what it finds, it prints.
SCALE = float(os.environ.get("DYNAMO_FUZZ_SCALE", "1"))

settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("search" if SCALE > 1 else "fixed")
