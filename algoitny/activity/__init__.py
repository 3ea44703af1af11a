"""A believable history of people, runs, uses and jobs, made up on top of the problems that are there."""
