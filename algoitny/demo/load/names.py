"""What belongs to those who write through the interface, and to nobody else."""

DOMAIN = "@live.example"  # their addresses
PLAN = "Live"  # how their plans' names begin
LIVE = "live"  # the platform of the problems that they register
