"""What a program may not do: run without end, fill memory or pipes, read our environment, leave others behind."""

import os
import resource
import time
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from algoitny.execution.runners import Case, Judge0Runner, Program, SubprocessRunner, current

CALL = {"entry_point": "f"}


def run(runner, code, *inputs, language="python", **metadata):
    return runner.run(Program(code, language, metadata), [Case(one, one, one) for one in inputs]).results


def running(mark):
    """Processes with the mark in their command line."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if mark.encode() in command:
                found.append(int(folder.name))
    return found


def assert_gone(mark):
    """They are ended by a signal, and are gone a moment after it."""
    until = time.monotonic() + 10
    while (found := running(mark)) and time.monotonic() < until:
        time.sleep(0.02)
    assert found == []


@pytest.mark.parametrize(
    ("loop", "error", "limits"),
    [
        # The other limit is far off: on a busy machine, 1 s of CPU takes a while.
        ("while True: pass", "1 s of CPU", {"cpu_seconds": 1, "case_seconds": 60, "run_seconds": 120}),
        ("time.sleep(99)", "within 3 s", {"cpu_seconds": 60, "case_seconds": 3, "run_seconds": 120}),
    ],
)
def test_a_case_without_end_is_stopped_and_the_others_keep_their_results(make_runner, loop, error, limits):
    runner = make_runner(**limits)
    code = f"import time\ndef f(x):\n    if x == 1:\n        {loop}\n    return [x]\n"
    results = run(runner, code, "[0]", "[1]", "[2]", **CALL)
    assert [result.status for result in results] == ["passed", "timeout", "passed"]
    assert error in results[1].error


def test_the_whole_run_is_bounded_and_the_rest_of_its_cases_time_out(make_runner):
    runner = make_runner(run_seconds=6, case_seconds=5)
    started = time.monotonic()
    results = run(runner, "import time\nn = input()\ntime.sleep(float(n))\nprint(n)", "0", "99", "98", "97", "96")
    assert time.monotonic() - started < 90  # the longest case alone would be more
    assert [result.status for result in results] == ["passed", *["timeout"] * 4]
    assert "Not started: the run's 6 s were used up" in results[-1].error


def test_the_last_case_has_no_more_time_than_the_run(make_runner):
    started = time.monotonic()
    (result,) = run(make_runner(run_seconds=0.6, case_seconds=90), "import time; time.sleep(99)", "")
    assert (result.status, time.monotonic() - started < 60) == ("timeout", True)


def test_a_compiler_without_end_is_stopped(make_runner):
    runner = make_runner(compile_seconds=0.5)
    code = '#include "/dev/zero"\nint main(void) {}'
    (result,) = run(runner, code, "", language="c")
    assert result.status == "error"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_endless_output_does_not_fill_our_memory(runner, stream):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = f"import sys\nwhile True: sys.{stream}.write('x' * 65536)"
    (result,) = run(runner, code, "")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # KiB
    assert result.status in {"error", "timeout"}
    if stream == "stdout":
        assert result.error == "It printed more than 1000000 characters."
    assert len(result.output) <= 2000


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "x = bytearray(1 << 30)\nprint(len(x))"),
        ("javascript", "const x = []; while (true) x.push(Buffer.alloc(1 << 20, 1));"),
        (
            "c",
            "#include <stdlib.h>\nint main(void) { volatile char *p = malloc(1 << 30); p[9] = 1; return p[9] - 1; }",
        ),
    ],
)
def test_a_memory_hog_is_an_error(runner, language, code):
    if language not in runner.languages():
        pytest.skip(f"no {language} on this machine")
    (result,) = run(runner, code, "", language=language)
    assert result.status == "error"


def test_the_environment_is_not_inherited(runner, monkeypatch):
    monkeypatch.setenv("ALGOITNY_PLANTED", "secret")
    done = runner.execute("import os\nprint(*sorted(os.environ))\nprint('secret' in str(os.environ))", "python")
    names, planted = done.stdout.splitlines()
    assert planted == "False"
    assert set(names.split()) <= {"ALGOITNY_RUN", "PYTHONHASHSEED", "TMPDIR", "LC_CTYPE"}
    assert "'ALGOITNY_PLANTED'" not in runner.execute("import os\nprint(os.environ)", "python").stdout


def test_the_environment_does_not_reach_a_compiled_program(runner, monkeypatch):
    monkeypatch.setenv("ALGOITNY_PLANTED", "secret")
    code = "#include <stdio.h>\nextern char **environ;\nint main(void) { while (*environ) puts(*environ++); }"
    assert "secret" not in runner.execute(code, "c").stdout


def test_each_case_has_an_empty_folder_of_its_own_that_goes_with_it(runner):
    code = "import os\nprint(os.getcwd(), len(os.listdir()))\nopen('left', 'w').close()"
    results = runner.outputs(Program(code, "python", {}), ["", ""])
    folders = [result.output.split()[0] for result in results]
    assert [result.output.split()[1] for result in results] == ["0", "0"]
    assert len(set(folders)) == 2
    assert not any(Path(folder).exists() for folder in folders)


def test_a_file_cannot_grow_without_end(runner):
    done = runner.execute("open('big', 'wb').write(bytes(2 << 20))", "python")
    assert "File too large" in done.error


def test_a_compiled_program_is_stopped_where_its_file_is_full(runner):
    code = (
        '#include <stdio.h>\nint main(void) { FILE *f = fopen("big", "w");'
        " for (int i = 0; i < 1 << 22; i++) fputc(1, f); return 0; }"
    )
    assert runner.execute(code, "c").error == "It was stopped by SIGXFSZ."


def test_our_open_files_are_not_handed_on(runner):
    done = runner.execute("import os\nprint(len(os.listdir('/proc/self/fd')))", "python")
    assert int(done.stdout) <= 4  # the three pipes, and the listing itself


FORK = """
import os, subprocess, sys, time
for _ in range(3):
    if os.fork() == 0:
        {escape}
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)  # {mark}"])
time.sleep(0.3)
print("done")
"""


@pytest.mark.parametrize("escape", ["pass", "os.setsid()"])
def test_processes_that_a_program_leaves_behind_are_ended_and_not_waited_for(make_runner, escape):
    mark = f"stray-{os.getpid()}-{len(escape)}"
    started = time.monotonic()
    done = make_runner(case_seconds=90).execute(FORK.format(escape=escape, mark=mark), "python")
    assert (done.stdout, done.error) == ("done\n", "")
    assert time.monotonic() - started < 60  # they would last for minutes
    assert_gone(mark)


def test_the_group_is_ended_where_nothing_can_be_looked_up(runner, monkeypatch):
    monkeypatch.setattr("algoitny.execution.runners.strays._numbers", list)  # as without /proc
    mark = f"group-{os.getpid()}"
    assert runner.execute(FORK.format(escape="pass", mark=mark), "python").stdout == "done\n"
    assert_gone(mark)


def test_a_fork_bomb_is_ended_with_its_whole_group(runner):
    mark = f"bomb-{os.getpid()}"
    # Held to forty, as root is held to no number of processes, and to a command line by which they are found.
    code = (
        "import os, sys, time\n"
        f"if len(sys.argv) == 1: os.execv(sys.executable, [sys.executable, '-S', '../solution.py', '{mark}'])\n"
        "for _ in range(5):\n    os.fork()\n"
        "time.sleep(600)\n"
    )
    done = runner.execute(code, "python")
    assert "did not end within 3 s" in done.error
    assert_gone(mark)


def test_it_refuses_with_debug_off_unless_a_setting_allows_it(settings):
    settings.DEBUG = False
    for value in (False, None, "yes"):
        settings.ALGOITNY_ALLOW_SUBPROCESS_RUNNER = value
        with pytest.raises(ImproperlyConfigured, match="ALGOITNY_ALLOW_SUBPROCESS_RUNNER"):
            current()
    with pytest.raises(ImproperlyConfigured):
        SubprocessRunner()
    settings.ALGOITNY_ALLOW_SUBPROCESS_RUNNER = True
    assert current().name == "subprocess"
    del settings.ALGOITNY_ALLOW_SUBPROCESS_RUNNER
    settings.DEBUG = True
    assert current().name == "subprocess"


def test_the_settings_choose_the_runner_and_its_limits(settings, allowed):
    settings.ALGOITNY_RUNNER = "judge0"
    settings.ALGOITNY_JUDGE0_URL = ""
    with pytest.raises(ImproperlyConfigured, match="ALGOITNY_JUDGE0_URL"):
        current()
    settings.ALGOITNY_JUDGE0_URL = "http://127.0.0.1:9"
    assert isinstance(current(), Judge0Runner)
    settings.ALGOITNY_RUNNER = "docker"
    with pytest.raises(ImproperlyConfigured, match='takes "subprocess" or "judge0"'):
        current()
    settings.ALGOITNY_RUNNER = "subprocess"
    settings.ALGOITNY_RUN_LIMITS = {"case_seconds": 0.3}
    assert "within 0.3 s" in current().execute("import time; time.sleep(9)", "python").error


@pytest.mark.parametrize("limits", [{"seconds": 1}, {"cpu_seconds": 0}, {"cpu_seconds": "5"}, {"open_files": True}])
def test_limits_that_are_none_are_refused_by_name(settings, allowed, limits):
    settings.ALGOITNY_RUN_LIMITS = limits
    with pytest.raises(ImproperlyConfigured, match=f"ALGOITNY_RUN_LIMITS.*{next(iter(limits))}"):
        current()
