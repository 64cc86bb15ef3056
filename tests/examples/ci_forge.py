"""GitHub's and GitLab's REST API for comments, issues and labels, on loopback: what pipelines of examples/ci call."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "canary-forge-token-0123456789"
BOTS = {"github": "github-actions[bot]", "gitlab": "project_42_bot"}


class FakeForge:
    """One repository with one pull request (number 7), in the JSON of `kind`: ``github`` or ``gitlab``.

    Lists have pages of two entries. `faults` are answered to the next requests instead: a status, or ``"lost"`` for a
    500 after the request was carried out. `token` is the one that is accepted.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.comments: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.labels: list[str] = []
        self.merged: list[dict[str, Any]] = []
        self.faults: list[int | str] = []
        self.token = TOKEN
        self.log: list[str] = []
        forge = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                forge.handle(self)

            do_GET = do_POST = do_PATCH = do_PUT = handle_any

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> FakeForge:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}" + ("/api/v4" if self.kind == "gitlab" else "")

    @property
    def text_key(self) -> str:
        return "body" if self.kind == "github" else "description"

    def by(self, author: str, **values: Any) -> dict[str, Any]:
        """Return an entry that `author` wrote."""
        return {
            **values,
            **({"user": {"login": author}} if self.kind == "github" else {"author": {"username": author}}),
        }

    def merge(self, branch: str, *labels: str, **values: Any) -> None:
        """Add a pull request that was merged into a branch with a commit; `values` replace what is known of it."""
        at = {"merged_at": "2026-11-30T12:00:00Z", "labels": self.shown(list(labels))}
        where: dict[str, Any] = (
            {"base": {"ref": branch}} if self.kind == "github" else {"target_branch": branch, "state": "merged"}
        )
        self.merged.append({**at, **where, **values})

    def add_comment(self, author: str, body: str) -> dict[str, Any]:
        self.comments.append(self.by(author, id=100 + len(self.comments), body=body))
        return self.comments[-1]

    def add_issue(self, author: str, body: str, **values: Any) -> dict[str, Any]:
        number = {"number" if self.kind == "github" else "iid": 1 + len(self.issues)}
        is_open = "open" if self.kind == "github" else "opened"
        self.issues.append(self.by(author, **number, **{self.text_key: body, "state": is_open, **values}))
        return self.issues[-1]

    # --- HTTP ---------------------------------------------------------------------------------------------------

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        size = int(request.headers.get("Content-Length") or 0)
        content = json.loads(request.rfile.read(size)) if size else {}
        address = urlsplit(request.path)
        self.log.append(f"{request.command} {address.path}")
        given = request.headers.get("PRIVATE-TOKEN") or request.headers["Authorization"].removeprefix("Bearer ")
        fault = self.faults.pop(0) if self.faults else None
        if given != self.token:
            status, answer = 401, {"message": "Bad credentials"}
        elif isinstance(fault, int):
            status, answer = fault, {"message": "no"}
        else:
            status, answer = self.answer(request.command, address.path, parse_qs(address.query), content)
            if fault == "lost":
                status, answer = 500, {"message": "lost"}
        page = int(parse_qs(address.query).get("page", ["1"])[0])
        request.send_response(status)
        if isinstance(answer, list):
            if len(answer) > 2 * page:
                host = request.headers["Host"]
                query = re.sub(r"&?page=\d+", "", address.query)
                request.send_header("Link", f'<http://{host}{address.path}?{query}&page={page + 1}>; rel="next"')
            answer = answer[2 * page - 2 : 2 * page]
        data = json.dumps(answer).encode()
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def answer(self, method: str, path: str, query: dict[str, list[str]], content: dict[str, Any]) -> tuple[int, Any]:
        project = "/repos/acme/infra" if self.kind == "github" else "/api/v4/projects/42"
        pull = "pulls/7" if self.kind == "github" else "merge_requests/7"
        notes = "issues/7/comments" if self.kind == "github" else "merge_requests/7/notes"
        note = "issues/comments" if self.kind == "github" else "merge_requests/7/notes"
        commit = (
            "commits/([0-9a-f]+)/pulls" if self.kind == "github" else "repository/commits/([0-9a-f]+)/merge_requests"
        )
        edit = "PATCH" if self.kind == "github" else "PUT"
        routes: list[tuple[str, str, Callable[[str], tuple[int, Any]]]] = [
            ("GET", notes, lambda _: (200, self.comments)),
            ("POST", notes, lambda _: (201, self.add_comment(BOTS[self.kind], content["body"]))),
            (edit, f"{note}/(\\d+)", lambda number: self.change(self.comments, "id", number, content)),
            ("GET", pull, lambda _: (200, {"labels": self.shown(self.labels)})),
            ("GET", commit, lambda _: (200, self.merged)),
            ("GET", "issues", lambda _: (200, self.found(query))),
            ("POST", "issues", lambda _: (201, self.new_issue(content))),
            (edit, "issues/(\\d+)", lambda number: self.change(self.issues, None, number, content)),
        ]
        if path == "/api/v4/user":
            return 200, {"username": BOTS["gitlab"]}
        for verb, pattern, action in routes:
            match = re.fullmatch(f"{project}/{pattern}", path)
            if match and verb == method:
                return action(match[1] if match.groups() else "")
        return 404, {"message": "Not Found"}

    def shown(self, labels: list[str]) -> list[Any]:
        return [{"name": label} for label in labels] if self.kind == "github" else list(labels)

    def found(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        wanted = query["labels"][0]
        return [i for i in self.issues if i["state"] == query["state"][0] and wanted in str(i.get("labels"))]

    def new_issue(self, content: dict[str, Any]) -> dict[str, Any]:
        labels = content["labels"] if self.kind == "github" else content["labels"].split(",")
        return self.add_issue(
            BOTS[self.kind], content[self.text_key], title=content["title"], labels=self.shown(labels)
        )

    def change(
        self, entries: list[dict[str, Any]], key: str | None, number: str, content: dict[str, Any]
    ) -> tuple[int, Any]:
        key = key or ("number" if self.kind == "github" else "iid")
        [entry] = [one for one in entries if one[key] == int(number)]
        if content.pop("state_event", None) == "close":
            entry["state"] = "closed"
        entry.update(content)
        return 200, entry
