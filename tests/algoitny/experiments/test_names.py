"""Tables named by environment, or by SSM where settings ask for it: against a stub of SSM on this machine."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from algoitny.experiments import names, tables
from dynamo_models import EndpointError


class Ssm(ThreadingHTTPServer):
    """Knows the parameters in ``known``; ``asked`` are the requests, ``refuses`` the error that it answers instead."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answers)
        self.known, self.asked, self.refuses = {}, [], None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        server.asked.append((self.headers["X-Amz-Target"], body["Names"]))
        if server.refuses:
            self.answer(400, {"__type": server.refuses, "message": "no"})
            return
        found = [{"Name": name, "Value": server.known[name]} for name in body["Names"] if name in server.known]
        missing = [name for name in body["Names"] if name not in server.known]
        self.answer(200, {"Parameters": found, "InvalidParameters": missing})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


@pytest.fixture
def ssm(settings):
    with Ssm() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        settings.ALGOITNY_TABLE_PARAMETERS = True
        settings.ALGOITNY_SSM_ENDPOINT = server.url
        settings.DYNAMO_MODELS = {"REGION": "eu-central-1", "ACCESS_KEY_ID": "id", "SECRET_ACCESS_KEY": "key"}
        yield server
        server.shutdown()
        thread.join()


def test_tables_are_named_by_their_environment(settings):
    settings.DYNAMO_MODELS = {}
    settings.ALGOITNY_ENVIRONMENT = "staging"
    assert [table.endpoint_name for table in tables.ALL] == [
        "experimentation-assignments-staging",
        "experimentation-events-staging",
        "experimentation-experiments-staging",
        "experimentation-feature-flags-staging",
        "experimentation-overrides-staging",
    ]


def test_a_parameter_names_a_table_and_one_that_is_not_there_leaves_its_name(ssm):
    ssm.known["/experimentation/dev/dynamodb/feature-flags-table"] = "flags-of-ours"
    assert tables.feature_flags.endpoint_name == "flags-of-ours"
    assert tables.events.endpoint_name == "experimentation-events-dev"
    ((target, asked),) = ssm.asked
    assert target == "AmazonSSM.GetParameters"
    assert asked == [f"/experimentation/dev/dynamodb/{key}-table" for key in names.KEYS]


def test_settings_and_prefix_stand_before_the_parameter(ssm, settings):
    ssm.known["/experimentation/dev/dynamodb/events-table"] = "theirs"
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "TABLE_PREFIX": "t-"}
    assert tables.events.endpoint_name == "t-theirs"
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "TABLES": {"experimentation-events": {"NAME": "ours"}}}
    assert tables.events.endpoint_name == "t-ours"


def test_an_ssm_that_refuses_is_an_error_and_is_asked_again(ssm):
    ssm.refuses = "AccessDeniedException"
    with pytest.raises(EndpointError, match=r"SSM did not tell.*ALGOITNY_SSM_ENDPOINT"):
        _ = tables.events.endpoint_name
    ssm.refuses = None
    assert tables.events.endpoint_name == "experimentation-events-dev"


def test_an_ssm_that_is_not_there_is_an_error(settings):
    settings.ALGOITNY_TABLE_PARAMETERS = True
    settings.ALGOITNY_SSM_ENDPOINT = "http://127.0.0.1:9"
    settings.DYNAMO_MODELS = {
        "REGION": "eu-central-1",
        "ACCESS_KEY_ID": "id",
        "SECRET_ACCESS_KEY": "key",
        "CONNECT_TIMEOUT": 0.2,
    }
    with pytest.raises(EndpointError, match="SSM did not tell"):
        _ = tables.events.endpoint_name


def test_without_the_setting_ssm_is_not_asked(ssm, settings):
    settings.ALGOITNY_TABLE_PARAMETERS = False
    assert tables.events.endpoint_name == "experimentation-events-dev"
    assert ssm.asked == []
