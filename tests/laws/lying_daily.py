"""A second Daily, which lies: an HTTP server on loopback with the standard library alone, for tests.

It was written from Daily's documentation and API description alone, not from the emulator of the package: what both
servers and the provider agree on is not one reading of the documentation three times. Every switch of `Lies` is a way
in which an answer can be wrong or late. What is stored is never wrong, and tests look at it.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from lying_rules import CREATES, KINDS, OK, SPECIAL, Answer, Kind, Object, Refusal

KEY = "l" * 64


@dataclass
class Lies:
    """Ways to lie. The defaults are the truth."""

    late_seconds: float = 0.0
    """Reads show a write only after these seconds."""
    late_reads: int = 0
    """Reads show a write only after this number of other reads of its kind."""
    late_lists: bool = True
    late_gets: bool = True
    late_writes: bool = False
    """Updates and deletes look for their object where late reads do: they answer 404 for a new one."""
    omit: int = 0
    """Each list lacks every object whose position is divisible by this number (from 1 on)."""
    repeat: bool = False
    """Each page begins with the last object of the page before it."""
    loop: bool = False
    """After the last page of a list, its first page follows."""
    endless: bool = False
    """A list goes on with objects that do not exist."""
    total: Callable[[int], int] = lambda count: count
    """The reported total of a list, from the true one."""
    page: int = 0
    """The most objects of a page, if it is less than what was requested."""
    new_ids: bool = False
    """Each read of an object answers with another id of Daily's making."""
    lose_creates: int = 0
    """The number of creates that are executed and whose answer is never sent."""


@dataclass
class Write:
    """A write: when it happened, what it left (None after a delete), and how many reads will still not show it."""

    at: float
    value: Object | None
    reads: int


class Daily:
    """What is stored, and what a late reader sees of it. `now` returns Unix seconds. Not thread-safe."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.lies = Lies()
        self.requests: list[tuple[str, str, int]] = []
        """Method, path and status of each answer; 0 for an answer that was not sent."""
        self.for_sale = [f"+1805555{n:04}" for n in range(100, 120)]
        self._stored: dict[str, dict[str, Object]] = {name: {} for name in KINDS}
        self._writes: dict[str, dict[str, list[Write]]] = {name: {} for name in KINDS}
        self._numbers = 3000

    # -- storage

    def put(self, kind: str, value: Object) -> Object:
        """Store an object, and return it."""
        key = str(value[KINDS[kind].key])
        self._stored[kind][key] = value
        self._writes[kind].setdefault(key, []).append(Write(self.now(), value, self.lies.late_reads))
        return value

    def remove(self, kind: str, key: str) -> None:
        """Remove an object."""
        del self._stored[kind][key]
        self._writes[kind][key].append(Write(self.now(), None, self.lies.late_reads))

    def objects(self, kind: str) -> dict[str, Object]:
        """Return what is stored of a kind, by key, the oldest first."""
        return dict(self._stored[kind])

    def late(self, kind: str) -> dict[str, Object]:
        """Return what a late reader sees, by key."""
        until, found = self.now() - self.lies.late_seconds, {}
        for key, writes in self._writes[kind].items():
            seen = None
            for write in writes:
                if write.reads > 0 or write.at > until:
                    break
                seen = write.value
            if seen is not None:
                found[key] = seen
        return found

    def settle(self) -> None:
        """End all lies: from now on, reads show everything."""
        self.lies = Lies()
        for writes in self._writes.values():
            for write in (write for each in writes.values() for write in each):
                write.reads = 0

    def _read(self, kind: str) -> None:
        for writes in self._writes[kind].values():
            for write in writes:
                write.reads = max(0, write.reads - 1)

    def next_number(self) -> int:
        """Return a new serial number."""
        self._numbers += 1
        return self._numbers

    # -- requests

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """Return status and JSON value for a request (no value: an empty body); None if no answer is to be sent."""
        url = urlsplit(target)
        path = re.sub(r"^(/api)?/v1", "", url.path).rstrip("/") or "/"
        try:
            answer = self._route(method, path, dict(parse_qsl(url.query)), headers, body)
        except Refusal as refusal:
            answer = refusal.answer
        lost = answer[0] == 200 and self.lies.lose_creates > 0 and (method, path) in CREATES
        self.lies.lose_creates -= lost
        self.requests.append((method, path, 0 if lost else answer[0]))
        return None if lost else answer

    def _route(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Answer:
        special = SPECIAL.get((method, path))
        released = re.fullmatch(r"/release-phone-number/([^/]+)", path)
        found = [(name, kind) for name, kind in KINDS.items() if path == kind.path or path.startswith(f"{kind.path}/")]
        if special is None and not found and not (released and method == "DELETE"):
            raise Refusal(404, "not-found", "api endpoint does not exist")
        if headers.get("Authorization") != f"Bearer {KEY}":
            raise Refusal(401, "authentication-error", "")
        given = json.loads(body) if body else {}
        if special is not None:
            return special(self, query, given)
        if released:
            return self._one("DELETE", "phone numbers", unquote(released[1]), given)
        name, kind = found[0]
        key = unquote(path[len(kind.path) + 1 :])
        if not key:
            return self._collection(method, name, query, given)
        return self._one(method, name, key, given)

    def _collection(self, method: str, name: str, query: Mapping[str, str], given: Object) -> Answer:
        kind = KINDS[name]
        if method == "POST" and name != "phone numbers":
            return 200, self._answered(name, self.put(name, kind.create(self, given)))
        if method == "GET":
            return 200, self._page(name, query)
        raise Refusal(404, "not-found", "api endpoint does not exist")

    def _one(self, method: str, name: str, key: str, given: Object) -> Answer:
        kind, lies = KINDS[name], self.lies
        rotates = key.endswith("/rotate") and name == "SIP clients"
        key = key.removesuffix("/rotate")
        late = lies.late_gets if method == "GET" else lies.late_writes
        stored = (self.late if late else self.objects)(name).get(key)
        if method == "GET":
            self._read(name)
        if stored is None or (method != "GET" and key not in self.objects(name)):
            raise Refusal(404, "not-found", f"{name[:-1]} {key} not found")
        if method == "GET":
            return 200, self._answered(name, stored, read=True)
        if method == "DELETE":
            self.remove(name, key)
            if name == "phone numbers":
                self.for_sale.insert(0, stored["number"])
            return 200, None if name == "webhooks" else {"deleted": True, "name": key} if name == "rooms" else OK
        if method == kind.verb and (kind.update is not None) and (rotates or name != "SIP clients"):
            return 200, self._answered(name, self.put(name, kind.update(self, self.objects(name)[key], given)))
        raise Refusal(404, "not-found", "api endpoint does not exist")

    def _answered(self, name: str, value: Object, *, read: bool = False) -> Object:
        kind = KINDS[name]
        shown = kind.shown(value) if read or name != "SIP clients" else dict(value)
        return {**shown, kind.made: str(uuid.uuid4())} if read and self.lies.new_ids and kind.made else shown

    # -- lists

    def _page(self, name: str, query: Mapping[str, str]) -> Any:
        kind, lies = KINDS[name], self.lies
        stored = list((self.late if lies.late_lists else self.objects)(name).values())[::-1]
        self._read(name)
        total = lies.total(len(stored))
        items = [item for n, item in enumerate(stored, 1) if not lies.omit or n % lies.omit]
        limit = min(int(query.get("limit", kind.most)), kind.most, lies.page or kind.most)
        if name == "webhooks":  # a bare array, without pages
            return [self._answered(name, item, read=True) for item in items]
        start = self._start(kind, items, query, limit)
        page = items[start : start + limit]
        if lies.loop and not page:
            page = items[:limit]
        if lies.endless and len(page) < limit:
            page = [*page, *(self._invented(kind) for _ in range(limit - len(page)))]
        if lies.repeat and start:
            page = [items[min(start, len(items)) - 1], *page][:limit] if items else page
        data = [self._answered(name, item, read=True) for item in page]
        if name == "SIP clients":
            return {"sip_clients": data, "total": total, "limit": limit, "offset": start}
        return {"total_count": total, "data": data}

    def _start(self, kind: Kind, items: list[Object], query: Mapping[str, str], limit: int) -> int:
        """Return the index of the first object of a page."""
        if not kind.cursor:
            return int(query.get("offset", 0))
        at = {str(item[kind.cursor]): n for n, item in enumerate(items)}
        after, before = query.get("starting_after"), query.get("ending_before")
        if before == "OLDEST":
            return max(0, len(items) - limit)
        if after is None and before is None:
            return 0
        if (after or before) not in at:
            if self.lies.endless:
                return len(items)
            raise Refusal(400, "invalid-request-error", "unknown cursor")
        return at[str(after)] + 1 if after else max(0, at[str(before)] - limit)

    def _invented(self, kind: Kind) -> Object:
        number = self.next_number()
        return {kind.key: f"invented-{number}", kind.cursor or kind.key: f"invented-{number}", "config": {}}

    def moment(self, milliseconds: bool = False) -> str:
        """Return the present time as Daily writes it."""
        text = datetime.fromtimestamp(self.now(), timezone.utc).isoformat(timespec="milliseconds")
        return (text if milliseconds else re.sub(r"\.\d+", ".000", text)).replace("+00:00", "Z")


@dataclass
class Server:
    """A running server: its address, and the Daily behind it."""

    url: str
    daily: Daily
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one packet
    disable_nagle_algorithm = True
    served: Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.served.lock:
            answer = self.served.daily.answer(self.command, self.path, dict(self.headers.items()), body)
        if answer is None:
            self.close_connection = True
            return
        text = b"" if answer[1] is None else json.dumps(answer[1]).encode()
        self.send_response(answer[0])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(self.served.daily.now() if timestamp is None else timestamp, usegmt=True)

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def lying_server(daily: Daily) -> Iterator[Server]:
    """Serve a Daily on a free port of loopback inside the block."""

    class Handler(_Handler):
        """The handler of this server."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    Handler.served = Server(f"http://127.0.0.1:{httpd.server_address[1]}/v1", daily)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Handler.served
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()
