"""Locks that end with their holder, and survive what must not end them."""

import os
import subprocess
import sys
from pathlib import Path

from dynamo_models.embedded import locks
from tests.embedded.conftest import eventually


def test_a_lock_is_held_until_its_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not locks.held(path), "there is no such file"
    file = locks.take(path)
    assert locks.held(path)
    assert locks.take(path, timeout=0.1) is None
    os.close(file)
    assert not locks.held(path)


def test_it_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = "import sys; from dynamo_models.embedded import locks; from pathlib import Path\n"
    script += "locks.take(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        assert locks.held(path)
        process.kill()
    eventually(lambda: not locks.held(path), "the lock ends")


def test_a_program_that_is_run_does_not_inherit_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locks.holding(path):
        process = subprocess.Popen(["sleep", "600"], close_fds=False)
    try:
        assert not locks.held(path)
    finally:
        process.kill()
        process.wait()


def test_a_child_forked_while_a_decision_is_made_does_not_hold_it_up(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = """
import os, sys, time
from pathlib import Path
from dynamo_models.embedded import locks
path = Path(sys.argv[1])
with locks.holding(path):
    child = os.fork()
    if child == 0:
        time.sleep(600)
        os._exit(0)
print(locks.wait_until(lambda: not locks.held(path), 60))
os.kill(child, 9)
"""
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_waiting_ends_when_it_is_settled_or_the_time_is_up() -> None:
    answers = iter([False, False, True])
    assert locks.wait_until(lambda: next(answers), 60)
    assert not locks.wait_until(lambda: False, 0.1)
