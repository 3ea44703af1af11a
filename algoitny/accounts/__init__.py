"""People, their plans, and how they prove who they are."""
