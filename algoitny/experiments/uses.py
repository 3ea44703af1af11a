"""Where AlgoItny itself asks a flag: how many hints one request may give. Off unless ALGOITNY_EXPERIMENTS is 1."""

import logging
from typing import Any

from django.conf import settings

from algoitny.accounts.records import UserRecord
from algoitny.experiments import deciding
from algoitny.experiments.errors import NotThereError
from dynamo_models import EndpointError, TableMissing, Throttled

logger = logging.getLogger(__name__)

HINTS_AT_MOST = "hints-at-most"


def hints_at_most(user: UserRecord, asked: int) -> int:
    """How many hints a request for so many gives this user: fewer where the flag ``hints-at-most`` says a lower number.

    Without the flag, or while DynamoDB does not answer, as many as were asked for.
    """
    found = _value(HINTS_AT_MOST, user)
    if found is None:
        return asked
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        logger.warning("Flag %s comes to %r, which is no number of hints; it is passed over.", HINTS_AT_MOST, found)
        return asked
    return min(asked, found)


def _value(flag: str, user: UserRecord) -> Any:
    """What a flag comes to; None where it is not there, cannot be asked, or nothing is to be asked."""
    if not settings.ALGOITNY_EXPERIMENTS:
        return None
    try:
        return deciding.evaluate(flag, f"user:{user.id}", {"signed_in": True, "staff": user.is_staff}).value
    except NotThereError:
        return None
    except (EndpointError, TableMissing, Throttled) as error:
        logger.warning("Flag %s could not be asked, and is as if it were not there: %s", flag, error)
        return None
