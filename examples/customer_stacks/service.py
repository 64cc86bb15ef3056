"""A service that gives each customer rooms of their own: one stack per customer, by Pulumi's Automation API.

    PUT /customers/acme       create or repair the customer's rooms; answers their addresses
    DELETE /customers/acme    delete them

It needs the Pulumi CLI on PATH, and in its environment: `DAILY_API_KEY`, `DAILY_DOMAIN`, `PULUMI_BACKEND_URL` and
`PULUMI_CONFIG_PASSPHRASE`. Put it behind your authentication: `python service.py 8080`.
"""

import json
import re
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pulumi
from pulumi import automation

import pulumi_daily as daily

ONE_AT_A_TIME = threading.Lock()
"""A stack accepts one operation at a time, and all customers share the rate limits of one Daily account."""


def rooms(customer: str) -> None:
    """Declare the rooms of a customer: the program of the customer's stack."""
    names = [f"{customer}-{use}" for use in ("reception", "consulting")]
    made = daily.RoomSet("rooms", defaults={"privacy": "private"}, rooms={name: {} for name in names})
    pulumi.export("urls", made.urls)


def stack_of(customer: str) -> automation.Stack:
    """Return the stack of a customer; create it if there is none."""
    return automation.create_or_select_stack(customer, project_name="customers", program=lambda: rooms(customer))


def deploy(customer: str) -> dict[str, str]:
    """Create or repair the rooms of a customer, and return their addresses by name."""
    return dict(stack_of(customer).up().outputs["urls"].value)


def remove(customer: str) -> None:
    """Delete the rooms of a customer, and the stack."""
    stack = stack_of(customer)
    stack.destroy()
    stack.workspace.remove_stack(customer)


class Handler(BaseHTTPRequestHandler):
    """The two requests of the service."""

    def do_PUT(self) -> None:
        self.answer(deploy)

    def do_DELETE(self) -> None:
        self.answer(remove)

    def answer(self, action: Callable[[str], dict[str, str] | None]) -> None:
        """Run an action for the customer of the address, and send its result, or a 404 or 500."""
        matched = re.fullmatch(r"/customers/([a-z][a-z0-9-]{0,30})", self.path)
        status, body = 404, {"error": "no such address"}
        if matched:
            try:
                with ONE_AT_A_TIME:
                    status, body = 200, action(matched[1]) or {}
            except automation.CommandError as error:
                print(error, file=sys.stderr)  # for operators: a customer need not see it
                status, body = 500, {"error": "the rooms could not be changed; try again"}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
