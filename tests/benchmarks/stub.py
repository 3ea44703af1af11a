"""An endpoint that answers GetItem at once, with an item of the key that was asked for, and counts its connections.

``python -m tests.benchmarks.stub`` prints its port and serves until its standard input is closed;
``GET /connections`` tells how many connections made a call.
"""

from __future__ import annotations

import asyncio
import json
import sys

count = 0


async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    global count  # noqa: PLW0603 - it is what the process is for
    called = False
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if head.startswith(b"GET"):
                body = str(count).encode()
            else:
                count += not called
                called = True
                body = answer(json.loads(await reader.readexactly(length(head))))
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n" % len(body)
            )
            writer.write(body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def length(head: bytes) -> int:
    return next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))


def answer(request: dict) -> bytes:
    key = request["Key"]
    return json.dumps({"Item": {**key, "EntityType": {"S": key["PK"]["S"].split("#")[0]}, "name": {"S": "x"}}}).encode()


async def main() -> None:
    server = await asyncio.start_server(serve_connection, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
