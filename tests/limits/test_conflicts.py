"""What DynamoDB cannot answer: tried again under the same token, for a short time, and then decided.

No local endpoint raises conflicts between transactions, so a stub does.
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ReadTimeoutError

from dynamo_models import Conflict, RequestRefused, transport
from tests.limits.entities import DAY, MINUTE, PATIENCE, Use, a_limiter, main
from tests.limits.test_uses import BOTH, counter, rows
from tests.writing.conftest import Stub, error, slept  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("slept")


def conflict(operation, kwargs):
    if operation == "TransactWriteItems":
        reasons = [{"Code": "None"} for _ in kwargs["TransactItems"]]
        reasons[0] = {"Code": "TransactionConflict", "Message": "made up"}
        return error("TransactionCanceledException", CancellationReasons=reasons)
    if operation in ("UpdateItem", "PutItem"):
        return error("TransactionConflictException")
    return None


def throttled(operation, kwargs):
    return error("ProvisionedThroughputExceededException") if operation != "GetItem" else None


def lost(operation, kwargs):
    return ReadTimeoutError(endpoint_url="made up") if operation != "GetItem" else None


TROUBLES = pytest.mark.parametrize("trouble", [conflict, throttled, lost])


@pytest.fixture
def stub(tables, monkeypatch):
    with transport.patience(PATIENCE):
        client = transport.client(main.name)
    return Stub(client, monkeypatch)


@BOTH
@TROUBLES
@pytest.mark.parametrize("times", [1, 2, 3])
def test_what_passes_is_tried_again_under_the_same_token(*, stub, use, told, trouble, times, atomic_log):
    stub.answers.extend([trouble] * times)
    assert use(a_limiter(atomic_log=atomic_log), limit=5).reason == "admitted"
    transactions = [kwargs for operation, kwargs in stub.sent if operation == "TransactWriteItems"]
    assert len({kwargs["ClientRequestToken"] for kwargs in transactions}) == atomic_log
    assert told == [("hint", "admitted", times + 1 + (not atomic_log))]
    assert (counter(), len(rows())) == (1, 1)


@BOTH
@TROUBLES
@pytest.mark.parametrize(("on_unavailable", "allowed"), [("deny", False), ("allow", True)])
def test_what_does_not_pass_is_decided_by_on_unavailable(
    *, stub, use, told, trouble, on_unavailable, allowed, atomic_log
):
    stub.always = trouble
    decision = use(a_limiter(atomic_log=atomic_log, on_unavailable=on_unavailable, tries=3), limit=5)
    assert (decision.allowed, decision.reason) == (allowed, "unavailable")
    assert decision.status == (200 if allowed else 503)
    assert told == [("hint", "unavailable", 3)]
    stub.always = None
    assert (counter(), rows()) == (None, [])


def after(answer):
    """Carried out, and the answer lost."""

    def carried_out(operation, kwargs):
        answer(operation, kwargs)
        return ReadTimeoutError(endpoint_url="made up")

    return carried_out


def test_a_transaction_whose_answer_was_lost_is_one_use(stub, use):
    stub.answers.append(after(stub._real))
    assert use(a_limiter(), limit=5, request_id="r").reason == "admitted"
    assert (counter(), len(rows())) == (1, 1)


def test_a_request_whose_answers_were_all_lost_is_told_what_became_of_it(stub, use):
    stub.always = after(stub._real)
    assert use(a_limiter(tries=1), limit=1, request_id="r").reason == "unavailable"
    stub.always = None
    assert use(a_limiter(), limit=1, request_id="r").reason == "repeated"
    assert (counter(), len(rows())) == (1, 1)


def test_counter_first_a_lost_answer_counts_one_too_many_and_never_too_few(stub, use):
    limiter = a_limiter(atomic_log=False)
    stub.answers.append(after(stub._real))
    assert use(limiter, limit=2).reason == "admitted"
    assert (counter(), len(rows())) == (2, 1)
    assert not use(limiter, limit=2).allowed


def test_a_row_that_only_met_itself_was_written(stub, use):
    stub.answers.extend([None, after(stub._real)])
    assert use(a_limiter(atomic_log=False), limit=2).reason == "admitted"
    assert (counter(), len(rows())) == (1, 1)


def test_a_conflict_beside_a_refusal_does_not_hide_it(stub, use):
    limiter = a_limiter(DAY, MINUTE)
    both = {"day": 1, "minute": 5}
    assert use(limiter, limit=both).allowed

    def mixed(operation, kwargs):
        with pytest.raises(Exception, match="TransactionCanceled") as met:
            stub._real(operation, kwargs)
        met.value.response["CancellationReasons"][1] = {"Code": "TransactionConflict"}
        return met.value

    stub.answers.append(mixed)
    assert use(limiter, limit=both).reason == "limit"


def test_no_other_try_begins_once_the_time_is_up(stub, use, monkeypatch):
    ticks = iter(range(0, 100_000, 1000))
    monkeypatch.setattr("dynamo_models.limits.trying.time.monotonic", lambda: next(ticks))
    stub.always = conflict
    use(a_limiter(tries=10), limit=5)
    assert len(stub.sent) == 1


def test_the_limiter_has_short_time_outs_of_its_own(tables):
    with transport.patience(0.7):
        config = transport.client(main.name).meta.config
        assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == (0.7, 0.7, 1)
    assert transport.client(main.name).meta.config.read_timeout > 1


def test_a_request_that_is_refused_as_malformed_is_an_error_whatever_on_unavailable_says(stub, use):
    stub.always = lambda *_: error("ValidationException")
    with pytest.raises(RequestRefused):
        use(a_limiter(on_unavailable="allow"), limit=5)


def test_a_refund_that_cannot_be_made_says_so_and_can_be_tried_again(stub, use):
    limiter = a_limiter()
    use(limiter, request_id="r")
    stub.always = conflict
    with pytest.raises(Conflict):
        limiter.refund("ann", "r")
    stub.always = None
    assert (counter(), Use.objects.get(user_id="ann", request_id="r").refunded) == (1, False)
    assert limiter.refund("ann", "r")


def test_a_refund_whose_answer_was_lost_is_given_back_once(stub, use):
    limiter = a_limiter()
    use(limiter, request_id="r")
    use(limiter, request_id="s")
    stub.answers.extend([None, None, after(stub._real)])
    assert limiter.refund("ann", "r")
    assert (counter(), len(rows())) == (1, 1)
