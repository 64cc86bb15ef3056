"""Files and proxies that the environment names: a bad one is one clear error, at once, before anything is sent."""

from __future__ import annotations

import importlib.util
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest

from pulumi_daily.api import Client, ConnectError, ConnectionDropped, RequestsTransport
from pulumi_daily.api._environment import check_proxy

NAMES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSLKEYLOGFILE")
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, *PROXIES, *map(str.lower, PROXIES)):
        monkeypatch.delenv(name, raising=False)


class Listener:
    """A bare server: sends `answer` on each connection and closes it; `heard` are the first bytes of each."""

    def __init__(self, answer: bytes) -> None:
        self.heard: list[bytes] = []
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                connection.settimeout(10)
                data = connection.recv(4096)
                if data == b"end":
                    return
                self.heard.append(data)
                connection.sendall(self._answer)

    def close(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"end")
        self._thread.join(20)
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n")
    yield listener
    listener.close()


def failing(url: str) -> ConnectError:
    """The error of a call, which is not sent again."""
    naps: list[float] = []
    with Client("k" * 20, api_url=url, sleep=naps.append) as client, pytest.raises(ConnectError) as raised:
        client.create_room()
    assert not naps
    assert raised.value.permanent
    assert not raised.value.outcome_unknown
    assert "canary" not in str(raised.value)
    return raised.value


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("text", [b"garbage", b"", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
def test_a_bundle_without_certificates(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, text: bytes
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(text)
    monkeypatch.setenv(name, str(bundle))
    shown = str(failing(f"https://127.0.0.1:{listener.port}"))
    assert shown.startswith(f"{name} is {bundle}, which cannot be used: ")
    assert "set it to a PEM file, or a folder, of CA certificates, or unset it" in shown
    assert "_ssl.c" not in shown
    assert not listener.heard


def test_a_bundle_that_can_be_used_is_loaded_once(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(Path(certifi.where()).read_bytes()[:20_000].rpartition(b"\n\n")[0])
    transport = RequestsTransport()
    for place in (bundle, tmp_path):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(place))
        for _ in range(2):
            with pytest.raises(ConnectionDropped, match="the TLS connection to"):
                transport.send("GET", f"https://127.0.0.1:{listener.port}", {}, None, None, (5.0, 5.0))
            # Only the check uses the module's SSL context: a second one would not be needed.
            monkeypatch.setattr("pulumi_daily.api._environment.ssl", None)
        monkeypatch.setattr("pulumi_daily.api._environment.ssl", ssl)
    transport.close()
    assert len(listener.heard) == 4


@pytest.mark.parametrize("place", ["missing/keys", "."])
def test_a_key_log_that_cannot_be_written(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    path = tmp_path / place
    monkeypatch.setenv("SSLKEYLOGFILE", str(path))
    shown = str(failing(f"https://127.0.0.1:{listener.port}"))
    assert shown.startswith(f"SSLKEYLOGFILE is {path}, which cannot be used: ")
    assert not listener.heard


def test_other_files_are_not_looked_at(listener: Listener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """SSL_CERT_FILE has no effect, good or bad; and none of these matters without TLS."""
    for name in NAMES[:2]:
        monkeypatch.setenv(name, str(tmp_path / "missing"))
    transport = RequestsTransport()
    assert transport.send("GET", f"http://127.0.0.1:{listener.port}", {}, None, None, (5.0, 5.0)).status == 407
    for name in NAMES[:2]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing"))
    with pytest.raises(ConnectionDropped, match="the TLS connection to"):
        transport.send("GET", f"https://127.0.0.1:{listener.port}", {}, None, None, (5.0, 5.0))
    transport.close()


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        ("http://me:canary@[::1", "no valid URL"),
        ("http://me:canary@host:port", "no valid URL"),
        ("http://me:canary@", "no host"),
        ("http://me:canary@host:0", "no host"),
        ("ftp://me:canary@host:21", "unknown scheme ftp"),
        ("nowhere:///canary", "no host"),
    ],
)
def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, name: str, proxy: str, reason: str) -> None:
    monkeypatch.setenv(name, proxy)
    assert str(failing("https://daily.invalid")).startswith(
        f"the proxy in {name} cannot be used: {reason} (POST /rooms); a proxy is written as http://host:port"
    )


def test_a_proxy_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConnectError, match="the proxy in the settings of the system cannot be used"):
        check_proxy("gopher://x", "https")


@pytest.mark.parametrize("scheme", ["socks4", "socks4a", "socks5", "socks5h"])
def test_a_socks_proxy_without_pysocks(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://me:canary@host:1080")
    assert str(failing("https://daily.invalid")) == (
        "the proxy in ALL_PROXY is a SOCKS proxy, which needs the package PySocks (POST /rooms); install it into the "
        "environment of the Pulumi program: `pip install 'requests[socks]'`"
    )


@pytest.mark.parametrize("proxy", ["host", "host:3128", "http://host", "https://me:x@host:1", "socks5h://host"])
def test_proxies_that_can_be_used(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    check_proxy(proxy, "https")


def test_a_proxy_that_asks_for_a_login(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:canary@127.0.0.1:{listener.port}")
    assert str(failing("https://daily.invalid")) == (
        f"could not connect to daily.invalid through the proxy 127.0.0.1:{listener.port}: the proxy answers 407 Proxy "
        "Authentication Required (POST /rooms); the proxy asks for a login: a proxy is written as http://host:port or "
        "http://user:password@host:port"
    )
    assert listener.heard[0].startswith(b"CONNECT daily.invalid:443 ")


def test_a_path_is_shown_in_printable_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", "/\x1b[31m/x")
    assert "\x1b" not in str(failing("https://127.0.0.1:1"))
