"""A server for the webhook: it accepts only events from Daily, answers first, and processes events afterwards.

    export DAILY_WEBHOOK_HMAC="$(pulumi stack output hmac --show-secrets)"
    python receiver.py 8080

Without DAILY_WEBHOOK_HMAC, only Daily's test calls are answered with 200, which is enough to create the webhook.
"""

import contextlib
import os
import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pulumi_daily import webhooks

# Several secrets are separated by spaces, for a change of the secret.
HMACS = os.environ.get("DAILY_WEBHOOK_HMAC", "").split()
LONGEST_BODY = 1 << 20

todo: "queue.SimpleQueue[webhooks.Event]" = queue.SimpleQueue()


def work() -> None:
    """Process the events. An event may be delivered twice, with the same id."""
    seen: set[str] = set()  # in production: a database, so that it survives a restart
    while True:
        event = todo.get()
        if event.id not in seen:
            seen.add(event.id)
            print(f"{event.type} in {event.payload.get('room', event.payload.get('room_name'))}", flush=True)


class Receiver(BaseHTTPRequestHandler):
    """One request: verify the event, put it in the queue, answer."""

    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if length > LONGEST_BODY:
            self.close_connection = True
            return self.answer(413)
        body = self.rfile.read(length)
        try:
            event = webhooks.verify(body, self.headers, HMACS) if HMACS else webhooks.parse(body)
        except webhooks.SignatureError as error:
            print(f"refused: {error}", flush=True)
            return self.answer(401)
        if event.is_test:
            return self.answer(200)
        if not HMACS:
            return self.answer(503)  # Daily tries again later, so no event is lost
        todo.put(event)
        return self.answer(200)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Do nothing: the other lines are sufficient."""


if __name__ == "__main__":
    threading.Thread(target=work, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_address[1]}/", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
