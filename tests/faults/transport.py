"""The faults that processes of the random rounds meet."""

from dynamo_models.testing.mirror import Faults


def usual(seed):
    """Throttles 6 %, time-outs after the write was applied 6 %, delays to 250 ms 40 %, and 3 % that are applied only
    after their caller gave up."""
    return Faults(throttle=0.06, timeout_after_apply=0.06, late=0.03, delay=0.25, delayed=0.4, seed=seed)
