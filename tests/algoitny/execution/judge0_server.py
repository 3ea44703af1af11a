"""A server that behaves as Judge0 does on the three routes that are used, and runs Python by the subprocess runner."""

import base64
import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LANGUAGES = [
    {"id": 70, "name": "Python (2.7.17)"},
    {"id": 71, "name": "Python (3.8.1)"},
    {"id": 92, "name": "Python (3.11.2)"},
    {"id": 75, "name": "C (Clang 13.0.1)"},
    {"id": 50, "name": "C (GCC 9.2.0)"},
    {"id": 51, "name": "C# (Mono 6.6.0.161)"},
    {"id": 54, "name": "C++ (GCC 9.2.0)"},
    {"id": 43, "name": "Plain Text"},
]
OURS = {92: "python", 50: "c", 54: "cpp"}


def encoded(text):
    return base64.encodebytes(text.encode()).decode() if text else None  # in lines, as Ruby's encode64 has it


class Judge0:
    """`refusals` are statuses answered first, whatever is asked; `statuses` overrides what a submission comes to."""

    def __init__(self, runner, *, refusals=(), pending=1, statuses=None, token=""):
        self.runner, self.refusals, self.pending, self.token = runner, list(refusals), pending, token
        self.statuses = dict(statuses or {})
        self.requests, self.submissions, self.asked = [], {}, {}
        self._numbers = itertools.count()
        judge0 = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                judge0.answer(self, None)

            def do_POST(self):
                judge0.answer(self, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, handler, body):
        parts = urlsplit(handler.path)
        self.requests.append((handler.command, parts.path, body))
        if self.refusals:
            status, said = self.refusals.pop(0), {"error": f"busy, {handler.headers.get('X-Auth-Token')}"}
        elif self.token and handler.headers.get("X-Auth-Token") != self.token:
            status, said = 401, {"error": f"bad token {handler.headers.get('X-Auth-Token')}"}
        elif parts.path == "/languages":
            status, said = 200, LANGUAGES
        elif handler.command == "POST":
            status, said = 201, [self.submit(one) for one in body["submissions"]]
        else:
            query = parse_qs(parts.query)
            assert query["base64_encoded"] == ["true"]
            fields = query["fields"][0].split(",")
            made = [self.result(token) for token in query["tokens"][0].split(",")]
            status, said = 200, {"submissions": [{name: one.get(name) for name in fields} for one in made]}
        if status == -1:  # the connection ends without an answer
            handler.close_connection = True
            return
        content = json.dumps(said).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def submit(self, submission):
        if submission["language_id"] not in OURS:
            return {"language_id": [f"language with id {submission['language_id']} doesn't exist"]}
        token = f"token-{next(self._numbers)}"
        self.submissions[token], self.asked[token] = submission, 0
        return {"token": token}

    def result(self, token):
        submission = self.submissions[token]
        self.asked[token] += 1
        if self.asked[token] <= self.pending:
            return {"token": token, "status_id": 1 + self.asked[token] % 2}
        code = base64.b64decode(submission["source_code"]).decode()
        stdin = base64.b64decode(submission["stdin"]).decode()
        done = self.runner.execute(code, OURS[submission["language_id"]], stdin)
        status = self.statuses.get(int(token.rpartition("-")[2]), 11 if done.error else 3)
        return {
            "token": token,
            "status_id": status,
            "stdout": encoded(done.stdout),
            "stderr": encoded(done.error if status == 11 else ""),
            "compile_output": encoded("solution.c:1: no" if status == 6 else ""),
            "message": encoded(
                "Exited with error code 1" if status == 11 else "isolate failed" if status == 13 else ""
            ),
            "time": "0.01",
            "wall_time": "0.02",
        }
