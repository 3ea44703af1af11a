"""Counters brought up to now by this process, for commands that look at them straight away."""

from algoitny.counting.recount import Recounted, recount
from algoitny.tables import main
from dynamo_models.models import StreamPosition
from dynamo_models.streams import consume
from dynamo_models.streams.reading import NoStreams, RecordsLost, Stream


def catch_up() -> bool:
    """Read the main table's stream to its end; without a stream, count again. Whether there was one."""
    try:
        while consume(main).told:
            pass
    except NoStreams:
        recount(mend=True)
        return False
    return True


def count_again() -> Recounted:
    """Put all counters right, with nothing left in the stream that would be counted on top of that."""
    try:
        catch_up()
    except RecordsLost:  # what they told is counted again below; what is left of the stream is read
        StreamPosition.objects.filter(stream=Stream(main).arn).delete()
        catch_up()
    return recount(mend=True)
