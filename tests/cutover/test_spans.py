"""What takes long is a span where OpenTelemetry is installed, and nothing where it is not."""

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from dynamo_models import tracing
from tests.cutover.ladder import PRODUCT, backfilled, drain, stock, verified


@pytest.fixture
def spans(monkeypatch):
    """Spans that have ended, by name."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("tests"))

    def ended(name):
        return [each for each in exporter.get_finished_spans() if each.name == f"dynamo_models.{name}"]

    yield ended
    provider.shutdown()


def about(span):
    return {key.removeprefix("dynamo_models."): value for key, value in span.attributes.items()}


def test_a_batch_of_the_relay_is_one_with_those_of_its_rows_below(using, spans):
    stock(using, 3)
    drain(using)
    (batch,) = spans("relay")
    (sync,) = spans("sync")
    assert about(batch) == {"rows": 3, "database": using}
    assert about(sync) == {"mirror": PRODUCT, "rows": 3, "database": using}
    assert sync.parent.span_id == batch.context.span_id


def test_an_idle_relay_leaves_none(using, spans):
    drain(using)
    assert not spans("relay")


def test_ranges_of_a_backfill_and_verifications_are(using, spans):
    stock(using, 3)
    drain(using)
    backfilled(using)
    run = verified(using)
    assert {about(each)["mirror"] for each in spans("backfill")} == {PRODUCT}
    assert sum(about(each)["rows"] for each in spans("backfill")) == 3
    (verify,) = spans("verify")
    assert about(verify) == {"run": run.pk, "scope": "full", "database": using}


def test_an_error_that_leaves_the_block_is_its_status(spans):
    with pytest.raises(ValueError, match="nothing"), tracing.span("verify", run=1):
        raise ValueError("nothing")
    (found,) = spans("verify")
    assert not found.status.is_ok


def test_without_opentelemetry_it_is_nothing():
    program = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from dynamo_models import tracing\n"
        "with tracing.span('sync', rows=1): print('done')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "done\n"
