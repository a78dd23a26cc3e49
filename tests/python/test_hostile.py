"""A service that misleads the client: nothing goes elsewhere, nothing takes more memory than it should, and everything ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import entra_csa

TOKEN = "t0ken-that-stays"
Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def service(answer: Answer) -> Iterator[tuple[str, list[str]]]:
    """Answers every GET with ``answer``. Gives its URL, and the tokens that it gets."""
    got: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave together: two writes wait for each other's acknowledgement.
        wbufsize = -1

        def do_GET(self) -> None:
            got.append(self.headers.get("Authorization", ""))
            # The client may go away in the middle, which is its right.
            try:
                answer(self)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", got
    finally:
        server.shutdown()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
    data = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(data)


def find(url: str) -> list[entra_csa.User]:
    with entra_csa.connect(graph_uri=f"{url}/v1.0", access_token=TOKEN, timeout_seconds=60) as client:
        return list(client.users.find())


@pytest.mark.parametrize("scheme", ["http://127.0.0.1:{port}", "https://127.0.0.1:{own}", "http://localhost:{own}", "http://evil.example"])
def test_a_next_link_elsewhere_is_refused(scheme: str) -> None:
    with service(lambda handler: send(handler, 200, {"value": []})) as (elsewhere, got):
        def link(handler: BaseHTTPRequestHandler) -> None:
            place = scheme.format(port=elsewhere.rsplit(":", 1)[1], own=handler.headers["Host"].rsplit(":", 1)[1])
            send(handler, 200, {"value": [], "@odata.nextLink": f"{place}/v1.0/users"})

        with service(link) as (url, _), pytest.raises(entra_csa.RefusedError, match="another place"):
            find(url)
        assert got == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused(status: int) -> None:
    with service(lambda handler: send(handler, 200, {"value": []})) as (elsewhere, got):
        redirect = {"Location": f"{elsewhere}/v1.0/users"}
        with service(lambda handler: send(handler, status, {}, redirect)) as (url, _), pytest.raises(entra_csa.RefusedError):
            find(url)
        to_http = {"Location": "http://graph.microsoft.com/v1.0/users"}
        with service(lambda handler: send(handler, status, {}, to_http)) as (url, _), pytest.raises(entra_csa.RefusedError):
            find(url)
        assert got == []


def test_a_challenge_that_names_another_authority_is_not_followed() -> None:
    with service(lambda handler: send(handler, 200, {"access_token": "x", "expires_in": 3600})) as (elsewhere, got):
        claims = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7InZhbHVlIjoiMSJ9fX0="
        for challenge in (
            f'Bearer realm="", authorization_uri="{elsewhere}/authorize", error="insufficient_claims", claims="{claims}"',
            f'Bearer authorization_uri="{elsewhere}/authorize"',
            'Bearer error="insufficient_claims", claims="' + "A" * 60000,
            'Bearer error="insufficient_claims", claims="bm90IGpzb24="',
        ):
            refusal = {"WWW-Authenticate": challenge}
            with service(lambda handler: send(handler, 401, {}, refusal)) as (url, asked), pytest.raises(entra_csa.AuthError) as caught:
                find(url)
            assert caught.value.hint is not None and "sign in again" in caught.value.hint
            assert len(asked) == 1 and TOKEN not in str(caught.value)
        assert got == []


def test_a_chain_of_pages_that_goes_in_a_circle_ends() -> None:
    def circle(handler: BaseHTTPRequestHandler) -> None:
        page = int(handler.path.rpartition("page=")[2] or 0) if "page=" in handler.path else 0
        host = handler.headers["Host"]
        send(handler, 200, {"value": [], "@odata.nextLink": f"http://{host}/v1.0/users?page={(page + 1) % 7}"})

    with service(circle) as (url, got), pytest.raises(entra_csa.ProtocolError, match="comes again"):
        find(url)
    assert len(got) < 20


def test_a_chain_of_empty_pages_ends() -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        page = int(handler.path.rpartition("page=")[2]) if "page=" in handler.path else 0
        send(handler, 200, {"value": [], "@odata.nextLink": f"http://{handler.headers['Host']}/v1.0/users?page={page + 1}"})

    with service(endless) as (url, got), pytest.raises(entra_csa.ProtocolError, match="pages in a row without an object"):
        find(url)
    assert 1000 <= len(got) < 1100


def test_a_chain_of_more_objects_than_were_counted_ends() -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        page = int(handler.path.rpartition("page=")[2]) if "page=" in handler.path else 0
        users = [{"id": f"{page}-{number}"} for number in range(999)]
        send(handler, 200, {"@odata.count": 5, "value": users, "@odata.nextLink": f"http://{handler.headers['Host']}/v1.0/users?page={page + 1}"})

    with service(endless) as (url, got), pytest.raises(entra_csa.ProtocolError, match="more objects than it counted"):
        find(url)
    assert len(got) < 100


def test_a_header_bomb_is_an_error() -> None:
    def bomb(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for number in range(100000):
            handler.send_header(f"X-{number}", "x" * 1000)
        handler.end_headers()

    with service(bomb) as (url, _), pytest.raises(entra_csa.Error) as caught:
        find(url)
    assert isinstance(caught.value, (entra_csa.UnreachableError, entra_csa.ProtocolError))


CHILD = """
import entra_csa, resource, sys
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with entra_csa.connect(graph_uri=sys.argv[1], access_token="t", timeout_seconds=300) as client:
        list(client.users.find())
except entra_csa.Error as error:
    print(type(error).__name__, error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere ru_maxrss counts in other units")
@pytest.mark.parametrize("gzip", [False, True])
def test_a_body_of_a_gigabyte_is_an_error_in_bounded_memory(gzip: bool) -> None:
    import zlib

    def huge(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        block = b" " * (1 << 20)
        if gzip:
            handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        packer = zlib.compressobj(wbits=31)
        for _ in range(1024):
            data = packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH) if gzip else block
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    with service(huge) as (url, _):
        ran = subprocess.run([sys.executable, "-c", CHILD, f"{url}/v1.0"], capture_output=True, text=True, env=os.environ, check=True)
    said, kilobytes = ran.stdout.splitlines()
    assert "ProtocolError the answer is larger than" in said, ran.stdout
    assert int(kilobytes) < 300 * 1024
