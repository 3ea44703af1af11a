"""``dynamo_backfill`` as an operator has it: what it says, what it exits with, how it stops."""

import json
import signal
import time

import pytest
from django.core.management import CommandError, call_command

from dynamo_models.mirror import backfill
from dynamo_models.mirror.progress import Progress
from dynamo_models.mirror.registration import mirror_of
from dynamo_models.models import BackfillRange, BackfillRun, Change
from tests.mirror import equality
from tests.mirror.runs import command, drain, runs, stock  # noqa: F401 - a fixture
from tests.mirror.shop.models import Product

pytestmark = pytest.mark.usefixtures("runs")
PRODUCTS = "shop.product"


def run(using, capsys, *arguments, code=0):
    """The object that the command prints; its exit code is looked at."""
    try:
        call_command("dynamo_backfill", *arguments, database=using, format="json")
        left = 0
    except CommandError as error:
        left = error.returncode
    assert left == code
    return json.loads(capsys.readouterr().out)


def test_all_mirrors_are_filled_and_told_of(using, capsys):
    stock(using, 7)
    said = run(using, capsys)
    assert said["ok"] is True
    assert {each["label"]: (each["status"], each["done"]) for each in said["runs"]} == {
        PRODUCTS: ("completed", 7),
        "shop.part": ("completed", 0),
        "shop.employee": ("completed", 0),
    }
    assert equality.differences(using) == []
    assert run(using, capsys, "--status")["runs"][0]["status"] == "completed"
    call_command("dynamo_backfill", "--status", database=using)
    assert "shop.product: completed, 7 of 7 rows" in capsys.readouterr().out


def test_a_dry_run_estimates_and_writes_nothing(using, capsys):
    stock(using, 5)
    (said,) = run(using, capsys, PRODUCTS, "--dry-run")["estimates"]
    assert (said["rows"], said["write_units"]) == (5, 15)
    call_command("dynamo_backfill", PRODUCTS, "--dry-run", "--max-write-units", "5", database=using)
    assert "at 5 units a second" in capsys.readouterr().out
    assert not BackfillRun.objects.using(using).exists()
    assert equality.stored() == {}


def test_rows_that_cannot_be_mirrored_are_named_and_the_exit_code_says_so(using, capsys):
    stock(using, 2)
    bad = Product.objects.using(using).create(sku="with#mark", name="x")
    Change.objects.using(using).all().delete()
    said = run(using, capsys, PRODUCTS, code=3)
    (told,) = said["runs"]
    assert (told["done"], told["dead"]) == (2, 1)
    assert told["dead_rows"][0]["row_key"] == str(bad.pk)
    assert "dynamo_relay dead" in said["error"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["no.such"], 2), (["--group", "none"], 2), (["--resume"], 4), (["--pause"], 4), (["--cancel", "--noinput"], 4)],
)
def test_what_cannot_be_done_is_refused(using, capsys, arguments, code):
    assert run(using, capsys, *arguments, code=code)["error"]


def test_an_unfinished_run_is_not_begun_again(using, capsys):
    mirror = mirror_of(PRODUCTS)
    made = backfill.start(mirror, using)
    said = run(using, capsys, PRODUCTS, code=4)
    assert "--resume" in said["error"]
    BackfillRun.objects.using(using).filter(pk=made.pk).update(status="paused")
    assert run(using, capsys, PRODUCTS, "--cancel", code=4)  # nobody to ask
    assert run(using, capsys, PRODUCTS, "--cancel", "--noinput")["runs"][0]["status"] == "cancelled"
    assert run(using, capsys, PRODUCTS)["runs"][0]["status"] == "completed"


def test_a_signal_finishes_the_batch_and_the_exit_code_says_so(using):
    stock(using, 150)
    arguments = ["dynamo_backfill", PRODUCTS, "--database", using, "--batch", "5", "--max-write-units", "80"]
    process = command(using, *arguments)
    deadline = time.monotonic() + 40
    while not BackfillRange.objects.using(using).filter(done__gt=5).exists() and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert "--resume" in err
    (made,) = BackfillRun.objects.using(using).all()
    assert made.status == "paused"
    done = sum(each.done for each in BackfillRange.objects.using(using).all())
    assert 0 < done < 150
    assert len(equality.stored()) == done * 2
    call_command("dynamo_backfill", "--resume", "--format", "json", database=using)
    assert drain(using) == 0
    assert equality.differences(using) == []


class Screen:
    def __init__(self, terminal):
        self.terminal, self.text = terminal, ""

    def isatty(self):
        return self.terminal

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere():
    terminal, log = Screen(terminal=True), Screen(terminal=False)
    for screen in (terminal, log):
        progress = Progress("copy", screen, every=0)
        progress(0, 200)
        time.sleep(0.01)
        progress(50, 200, "waits")
        progress.clear()
    assert "\r" in terminal.text
    assert "[#####" in terminal.text
    assert log.text.splitlines()[-1].startswith("copy: 25%  50 of 200, ")
    assert "left" in log.text
    assert "waits" in log.text
    quiet = Screen(terminal=False)
    Progress("copy", quiet)(1, 2)
    assert quiet.text == ""  # a line every few seconds
