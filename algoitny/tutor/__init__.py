"""The tutor: conversations about one's runs, which begin with the hints that a run was given."""
