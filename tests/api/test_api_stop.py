"""Requests and waits that must end: a stopped process, and operations with a deadline."""

from __future__ import annotations

import threading

import pytest

from pulumi_daily.api import Client, Limiter, MockTransport, Response, SentRequest, Stop, Stopped

KEY = "k" * 64


class Time:
    """A clock that waits move."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def wait(self, event: threading.Event, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def stop(self) -> Stop:
        return Stop(clock=lambda: self.now, wait=self.wait)


def client_of(stop: Stop, time: Time, *answers: Response) -> tuple[Client, MockTransport]:
    left = list(answers)
    transport = MockTransport(lambda request: left.pop(0))
    limiter = Limiter.unlimited(clock=lambda: time.now, sleep=stop.sleep)
    clock = lambda: time.now  # noqa: E731
    return Client(KEY, transport=transport, limiter=limiter, clock=clock, random=lambda: 0.0, stop=stop), transport


def test_a_stopped_process_sends_nothing() -> None:
    time = Time()
    stop = time.stop()
    client, transport = client_of(stop, time)
    assert not stop.is_set
    stop.set("Pulumi was cancelled")
    stop.set("a later reason")
    assert stop.is_set
    with pytest.raises(Stopped, match=r"^Pulumi was cancelled; nothing more was sent$"):
        client.get_domain()
    assert transport.requests == []
    assert stop.in_flight == 0


def test_a_stopped_process_ends_its_waits() -> None:
    time = Time()
    stop = Stop(clock=lambda: time.now, wait=lambda event, seconds: stop.set("the parent is gone"))
    client, transport = client_of(stop, time, Response.of(503, {"error": "server-error"}))
    with pytest.raises(Stopped, match="the parent is gone"):
        client.get_domain()
    assert len(transport.requests) == 1


def test_a_request_that_is_under_way_is_finished() -> None:
    time = Time()
    stop = time.stop()
    flying: list[int] = []

    def answer(request: SentRequest) -> Response:
        flying.append(stop.in_flight)
        stop.set("cancelled")
        return Response.of(200, {"domain_name": "acme"})

    client = Client(KEY, transport=MockTransport(answer), stop=stop)
    assert client.get_domain() == {"domain_name": "acme"}
    assert flying == [1]
    assert stop.in_flight == 0


def test_a_deadline_shortens_waits_and_requests_and_then_forbids_them() -> None:
    time = Time()
    stop = time.stop()
    refused = Response.of(503, {"error": "server-error"}, {"retry-after": "20"})
    client, transport = client_of(stop, time, refused, refused, refused)
    with stop.deadline(30), pytest.raises(Stopped, match=r"the time-out of 30 s for this operation is over"):
        client.get_domain()
    assert time.waits == [20, 10]
    assert [request.timeout for request in transport.requests] == [(5, 30), (5, 10)]
    stop.check()


def test_deadlines_nest_and_belong_to_their_thread() -> None:
    time = Time()
    stop = time.stop()
    with stop.deadline(5), stop.deadline(50):
        assert stop.left(60) == 5
        other: list[float] = []
        thread = threading.Thread(target=lambda: other.append(stop.left(60)))
        thread.start()
        thread.join()
        assert other == [60]
        time.now += 5
        with pytest.raises(Stopped):
            stop.sleep(1)
    assert stop.left(60) == 60


def test_without_anything_given_it_waits_in_real_time() -> None:
    stop = Stop()
    stop.sleep(0.001)
    stop.set("over")
    with pytest.raises(Stopped):
        stop.sleep(3600)
