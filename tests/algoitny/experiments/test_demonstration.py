"""The demonstration does what it says, as often as it is asked."""

from algoitny.experiments.demonstration import demonstrate


def test_it_can_be_shown_again_and_again(five):
    for _ in range(2):
        calls, shares, flag, events, status = demonstrate()
        assert calls.startswith("32 first calls of one user at once: 1 assignment, and all were told")
        assert shares.startswith("120 users assigned")
        assert flag.startswith("Flag 'demonstration': True for plan Team, by rule 0;")
        assert flag.endswith("made inactive, False at once")
        assert events.startswith("40 events in 2 batches")
        assert "got 'three hints'; another got None" in status
        assert "The experiment is completed" in status
