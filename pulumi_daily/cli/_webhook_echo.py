"""``pulumi-daily webhook-echo``: a server for Daily's webhooks that prints their events."""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import click

from .. import webhooks
from ..api import printable
from ._options import expecting, not_blank
from ._terminal import say
from ._wait import wait as _wait

LONGEST_BODY = 1 << 20
"""The limit of a body in bytes; Daily's events have a few thousand at most."""
SHOWN = 80
"""The largest number of characters of one printed value."""
_HOST = expecting("an address of this machine; 0.0.0.0 stands for all of them", not_blank)


@click.command("webhook-echo")
@click.option("--host", type=_HOST, default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port; 0: a free port.")
@click.option("--hmac-env", multiple=True, metavar="NAME", help="Environment variable with an hmac; repeatable.")
@click.option("--hmac-stdin", is_flag=True, help="Read an hmac from the standard input.")
def command(host: str, port: int, hmac_env: tuple[str, ...], hmac_stdin: bool) -> None:
    """Run a server for a Daily webhook until Ctrl-C, and print one line for each event.

    It answers 200 immediately, over HTTP/1.1. With an hmac, it verifies signatures and answers 401 to a wrong one.
    Without an hmac, it accepts all events as unverified. Daily must reach it over HTTPS: use a tunnel.
    """
    hmacs = _hmacs(hmac_env, hmac_stdin)
    try:
        server = EchoServer((host, port), hmacs, say)
    except OSError as error:
        raise click.ClickException(f"{host}:{port} cannot be used ({error}); try --port 0") from None
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        for line in how_to(server, hmac_env, hmac_stdin).splitlines():
            say(line)
        _wait()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    say(f"Stopped after {server.events} events.")


def how_to(server: EchoServer, hmac_env: Sequence[str], hmac_stdin: bool) -> str:
    """Return the address of the server and whether signatures are verified, as text."""
    host, port = server.server_address[:2]
    where = f"[{host!s}]" if ":" in str(host) else str(host)
    sources = [*hmac_env, *(["the standard input"] if hmac_stdin else [])]
    verified = (
        f"Signatures are verified with the hmac from {', '.join(sources)}."
        if sources
        else "No hmac is given (--hmac-env, --hmac-stdin): nothing is verified, every event is taken."
    )
    return f"Listening on http://{where}:{port}/ for Daily's webhooks. Ctrl-C ends it.\n{verified}"


def judged(body: bytes, headers: webhooks.Headers, hmacs: Sequence[str]) -> tuple[int, str]:
    """Return the status for a webhook request and the line to print, after a signature check if there are hmacs.

    The status is 200, 401 for a signature that is not accepted, or 400 for a body that is not an event.
    """
    sip_trunk = any(name.lower() == webhooks.SIP_TRUNK_SIGNATURE_HEADER.lower() for name, _ in headers.items())
    verify = webhooks.verify_sip_trunk if sip_trunk else webhooks.verify
    try:
        event = verify(body, headers, hmacs) if hmacs else webhooks.parse(body)
    except webhooks.SignatureError as error:
        return 400 if error.reason == "not_an_event" else 401, f"refused     {error}"
    room = event.payload.get("room", event.payload.get("room_name"))
    words = [
        "verified   " if hmacs else "unverified ",
        "test call" if event.is_test else _plain(event.type or "event without a type"),
        _plain(event.id),
        f"room={_plain(room)}" if isinstance(room, str) else "",
    ]
    return 200, " ".join(word for word in words if word)


class EchoServer(ThreadingHTTPServer):
    """A server that runs until ``shutdown``. ``say`` receives each line, which is printable and contains no secret."""

    daemon_threads = False  # closing waits for answers that are being sent

    def __init__(self, address: tuple[str, int], hmacs: Sequence[str], say: Callable[[str], Any]) -> None:
        self.hmacs = hmacs
        self.say = say
        self.events = 0
        self._lock = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def note(self, status: int | None, line: str) -> None:
        """Print the status of an answer, None for no answer, with a line about the request."""
        with self._lock:
            self.events += status == 200
            self.say(f"{time.strftime('%H:%M:%S')} {status or '---'} {line}")
            sys.stdout.flush()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print a line instead of a traceback when the caller closed the connection."""
        self.note(None, f"refused     the connection broke off ({type(sys.exc_info()[1]).__name__})")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "pulumi-daily"
    sys_version = ""
    timeout = 5.0
    server: EchoServer

    def do_GET(self) -> None:
        """Answer a person who checks whether the address is reachable."""
        self._answer(200, "This is an address for Daily's webhooks.\n")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        given = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,18}", given):
            return self._refuse(411, "there is no Content-Length")
        length = int(given)
        if length > LONGEST_BODY:
            return self._refuse(413, f"the body has more than {LONGEST_BODY} bytes")
        body = self.rfile.read(length)
        if len(body) < length:
            return self._refuse(400, "the body is shorter than its Content-Length")
        status, line = judged(body, self.headers, self.server.hmacs)
        # The answer is sent first, because Daily counts a slow answer as a failure.
        self._answer(status, "" if status == 200 else "refused\n")
        return self.server.note(status, line)

    def _refuse(self, status: int, why: str) -> None:
        self._answer(status, f"{why}\n")
        self.server.note(status, f"refused     {why}")

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Do nothing: each event is printed elsewhere, and request lines may contain foreign texts."""


def _hmacs(names: Sequence[str], stdin: bool) -> list[str]:
    if not all(re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) for name in names):
        # Not quoted: it may be the hmac itself.
        raise click.ClickException("--hmac-env takes the name of an environment variable, not its value")
    found = {f"the environment variable {name}": os.environ.get(name, "").strip() for name in names}
    if stdin:
        found["the standard input"] = sys.stdin.readline().strip()
    for source, hmac in found.items():
        if not hmac:
            raise click.ClickException(f"there is no hmac in {source}")
        try:
            webhooks.sign(b"", hmac, 0)
        except ValueError as error:
            raise click.ClickException(f"{source}: {error}") from None
    return list(found.values())


def _plain(text: str) -> str:
    """Return one value of a line, escaped and shortened: the text may come from anybody."""
    shown = printable(text[: SHOWN + 1])
    return shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 1]}…"
