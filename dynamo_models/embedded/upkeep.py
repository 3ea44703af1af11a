"""What is done to a data folder on request: its server stopped, its data deleted, its engine fetched."""

from __future__ import annotations

import shutil
from pathlib import Path

from dynamo_models.embedded import choice, locks, server
from dynamo_models.embedded.place import Place
from dynamo_models.errors import EndpointError

STOP_WAIT = 90.0  # seconds; longer than the longest grace, so that the keeper is not killed while it stops its server
SIDE_FILES = ("-wal", "-shm", "-journal")  # what SQLite puts beside its file


def stop(directory: Path, *, force: bool) -> bool:
    """Stop that folder's server; False where none runs. Raises EndpointError where it is in use, unless ``force``."""
    place = Place(directory)
    if not place.directory.is_dir():
        return False
    with locks.holding(place.lock):
        if not place.keeper_lives() and not place.server_lives():
            place.remove_state()
            return False
        users = place.users()
        if users and not force:
            pids = ", ".join(map(str, users))
            raise EndpointError(
                f"Asked to stop the endpoint in {place.directory}, and it is in use (process {pids}). "
                "End what uses it, which stops it too, or stop it all the same with --force."
            )
        keeper = place.read_pid(place.keeper)
        if keeper is not None and place.keeper_lives():
            server.stop(keeper, place.keeper_lives, STOP_WAIT)
        if place.server_lives():
            server.stop_orphan(place, server.ORPHAN_GRACE)
        return True


def data(directory: Path) -> list[Path]:
    """The engines' data and logs that are in that folder; nothing that this package did not put there."""
    place = Place(directory)
    found = [place.keeper_log]
    for name in choice.ENGINES:
        log = place.log(name)
        found += [log, log.with_suffix(server.OLD_LOG)]
        path = choice.make(name, place.directory).data(place.directory)
        if path is not None:
            found += [path, *(path.with_name(path.name + suffix) for suffix in SIDE_FILES)]
    return [path for path in found if path.exists()]


def reset(directory: Path) -> list[Path]:
    """Delete the engines' data and logs; gives what was deleted. Raises EndpointError while a server runs."""
    place = Place(directory)
    if not place.directory.is_dir():
        return []
    with locks.holding(place.lock):
        if place.keeper_lives() or place.server_lives():
            raise EndpointError(
                f"Asked to delete the data in {place.directory}, and a server runs on it. "
                "Stop it first: `manage.py dynamo_local stop`."
            )
        deleted = data(directory)
        for path in deleted:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        return deleted
