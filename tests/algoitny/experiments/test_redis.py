"""With a real Redis that is stopped, comes back with what it had, or never was there."""

import shutil
import socket
import subprocess
import time

import pytest
from django.core.cache import cache

from algoitny.experiments import caching, deciding

pytest.importorskip("redis", reason="Django's Redis cache needs the package redis")
if shutil.which("redis-server") is None:
    pytest.skip("there is no redis-server", allow_module_level=True)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    def __init__(self, directory):
        self.port = free_port()
        self.directory = directory
        self.process = None

    def start(self):
        words = ["redis-server", "--port", str(self.port), "--dir", str(self.directory), "--save", "1 1"]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        for _ in range(1000):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("redis-server did not start")

    def stop(self):
        """It saves what it has, and ends."""
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def server(tmp_path, settings):
    found = Server(tmp_path)
    options = {"socket_connect_timeout": 5, "socket_timeout": 5}
    url = f"redis://127.0.0.1:{found.port}/0"
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url, "OPTIONS": options}
    }
    yield found
    if found.process is not None:
        found.stop()
    cache.close()


def test_an_outage_of_redis_is_slower_and_never_wrong(server, access, active, dynamo_usage):
    flag = access.create_feature_flag("hints", "", {"default": 1, "rules": [{"value": 2}]}, "active")
    server.start()

    def both():
        return deciding.assign("ann", active.id).variation["name"], deciding.evaluate("hints", "ann").value

    before = both()
    asked = len(dynamo_usage)
    assert both() == before
    assert len(dynamo_usage) == asked  # Redis answered
    server.stop()
    assert both() == before
    access.update_feature_flag_status(flag.id, "inactive")
    after = ({"blue": "green", "green": "blue"}[before[0]], 1)
    access.create_override("ann", str(active.id), "experiment", after[0])
    assert both() == after
    server.start()  # with the old values, which it had saved
    assert any("value" in key.decode() for key in cache._cache.get_client().scan_iter())
    assert both() == after
    asked = len(dynamo_usage)
    assert both() == after
    assert len(dynamo_usage) == asked


def test_a_redis_that_never_was_there_is_no_error(server, access, active):
    first = deciding.assign("ann", active.id)
    assert deciding.assign("ann", active.id) == first
    with caching.changing("x"):
        pass
