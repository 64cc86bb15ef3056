"""Every shape of an error answer, and what its text says and does not say."""

from __future__ import annotations

import functools
import pickle
import traceback
from typing import Any

import pytest

from pulumi_daily.api import (
    ApiError,
    AuthenticationError,
    BadResponse,
    Client,
    ConnectError,
    ConnectionDropped,
    DailyError,
    EndpointNotFoundError,
    ErrorString,
    ForbiddenError,
    InvalidRequestError,
    JsonParsingError,
    MockTransport,
    NotFoundError,
    PlanError,
    RateLimitError,
    RequestTimeout,
    Response,
    RetryBudgetExceeded,
    ServerError,
    TransportError,
    is_name_taken,
)

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJyIjoicm9vbSJ9.c2lnbmF0dXJl"

BODIES = [
    (400, {"error": "authorization-header-error", "info": "invalid authorization header"}, AuthenticationError),
    (401, {"error": "authentication-error"}, AuthenticationError),
    (401, {"error": "something-new"}, AuthenticationError),
    (403, {"error": "forbidden-error"}, ForbiddenError),
    (403, {"error": "something-new"}, ForbiddenError),
    (400, {"error": "forbidden-error"}, ForbiddenError),
    (403, {"error": "invalid-plan-type", "info": "paid accounts only"}, PlanError),
    (400, {"error": "invalid-plan-type"}, PlanError),
    (404, {"error": "not-found", "info": "room x not found"}, NotFoundError),
    (404, {"error": "not-found"}, NotFoundError),
    (404, {"error": "not-found", "info": "api endpoint does not exist"}, EndpointNotFoundError),
    (404, {"error": "invalid-request-error", "info": "no such thing"}, ApiError),
    (404, {"status": 404, "error": "Not Found"}, ApiError),
    (404, {"error": "Not Found", "info": "api endpoint does not exist"}, ApiError),
    (404, {"error": " not-found "}, ApiError),
    (404, {"error": ["not-found"]}, ApiError),
    (404, {"error": {"code": "not-found"}}, ApiError),
    (404, {"info": "room x not found"}, ApiError),
    (404, {}, ApiError),
    (404, ["not-found"], ApiError),
    (400, {"error": "not-found"}, InvalidRequestError),
    (400, {"error": "invalid-request-error", "info": "missing required field"}, InvalidRequestError),
    (400, {"error": "validation-error", "info": "invalid path parameter"}, InvalidRequestError),
    (400, {"error": "json-parsing-error"}, JsonParsingError),
    (400, {"error": "something-new"}, InvalidRequestError),
    (400, {"error": "server-error"}, InvalidRequestError),
    (422, {"errors": [{"detail": "Number is invalid.", "title": "Invalid Attribute"}]}, InvalidRequestError),
    (422, {"error": "Failed to release new number, try again in 14 days"}, InvalidRequestError),
    (429, {"error": "rate-limit-error"}, RateLimitError),
    (429, {"error": "something-new"}, RateLimitError),
    (400, {"error": "rate-limit-error"}, RateLimitError),
    (500, {"error": "server-error"}, ServerError),
    (500, {"error": "vendor-unavailable", "info": "Phone number unavailable"}, ServerError),
    (503, {"error": "invalid-request-error"}, ServerError),
    (418, {"error": "something-new"}, ApiError),
    (402, None, ApiError),
]


@pytest.mark.parametrize(("status", "body", "cls"), BODIES)
def test_class_of_an_answer(once: Any, status: int, body: Any, cls: type[ApiError]) -> None:
    once.answers = [Response.of(status, body)]
    with pytest.raises(ApiError) as raised:
        once.client.call("rooms.create", json={})
    error = raised.value
    assert type(error) is cls
    assert error.status == status
    assert (error.method, error.path) == ("POST", "/rooms")
    assert error.body == body
    assert error.outcome_unknown == (status >= 500)
    assert str(error).startswith(str(status))
    assert "\n" not in str(error)


def raised_by(once: Any, answer: Any, route: str = "rooms.get", **request: Any) -> DailyError:
    once.answers = [answer]
    request.setdefault("path", {"name": "standup"} if "{name}" in template(route) else None)
    with pytest.raises(DailyError) as raised:
        once.client.call(route, **request)
    return raised.value


def template(route: str) -> str:
    from pulumi_daily.api import ROUTES

    return ROUTES[route].template


def test_one_readable_line(once: Any) -> None:
    body = {"error": "invalid-request-error", "info": "a room named standup already exists"}
    error = raised_by(once, Response.of(400, body), "rooms.create")
    assert str(error) == "400 invalid-request-error: a room named standup already exists (POST /rooms)"
    assert error.info == error.message == "a room named standup already exists"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (
            401,
            {"error": "authentication-error"},
            "401 authentication-error (GET /rooms/standup); Daily does not know the key",
        ),
        (403, {"error": "forbidden-error"}, "may not do this"),
        (404, {"error": "not-found", "info": "api endpoint does not exist"}, "check the API URL"),
        (404, {}, "404 (GET /rooms/standup); check the API URL"),
        (429, {"error": "rate-limit-error"}, "lower the rate share"),
        (500, {"error": "server-error", "info": "a\n b"}, "500 server-error: a b (GET /rooms/standup); try again"),
        (422, {"errors": [{"detail": "d"}, {"title": "t"}, {}, "odd"]}, "422: d; t (GET"),
        (422, {"errors": []}, "422 (GET"),
        (422, {"errors": "odd", "info": ""}, "422 (GET"),
        (422, {"error": {"code": 1}, "info": 5}, '422 {"code": 1}: 5 (GET'),
        (400, {"error": "invalid-request-error", "info": "x" * 600}, "x" * 500 + "... (GET"),
        (403, {"error": "invalid-plan-type"}, "plan of this Daily account"),
    ],
)
def test_texts(once: Any, status: int, body: Any, text: str) -> None:
    assert text in str(raised_by(once, Response.of(status, body)))


@pytest.mark.parametrize("status", [400, 404, 502])
def test_html_and_empty_bodies(once: Any, status: int) -> None:
    page = Response(status, {"content-type": "text/html; charset=utf-8"}, b"<html>\xff" + b"x" * 900)
    error = raised_by(once, page)
    assert f"{status}: not an answer of Daily's API (text/html, 907 bytes)" in str(error)
    assert isinstance(error, ApiError)
    assert len(error.body) == 500
    assert not isinstance(error, NotFoundError)
    empty = raised_by(once, Response(status))
    assert isinstance(empty, ApiError)
    assert not isinstance(empty, NotFoundError)
    assert empty.body is None


@pytest.mark.parametrize("before", [0, 470, 480, 490, 499, 500])
def test_a_secret_where_a_text_is_cut_is_masked_as_a_whole(once: Any, key: str, before: int) -> None:
    page = b"x" * before + b" " + key.encode() + b" end"
    error = raised_by(once, Response(502, {}, page))
    assert isinstance(error, ApiError)
    assert key[:4] not in error.body
    assert len(error.body) <= 500


@pytest.mark.parametrize("nest", [b"[%s]", b'{"a":%s}', b'{"a":[%s]}'])
def test_bodies_that_are_nested_without_end(once: Any, key: str, nest: bytes) -> None:
    """Wherever the depth begins to be too much for somebody."""
    for depth in range(100, 3000, 100):
        opening, closing = nest.split(b"%s")
        deep = opening * depth + b'"' + key.encode() + b'"' + closing * depth
        error = raised_by(once, Response(400, {}, b'{"error": "odd", "info": ' + deep + b"}"))
        assert isinstance(error, InvalidRequestError)
        assert key not in f"{error} {error.info}"
    assert "not an answer of Daily's API" in str(error)


ODD_TEXTS = {
    "control": ("\x1b[31m\u202e\x07", r"\x1b[31m\u202e\x07"),
    "lines": ("a\n::set-output name=x::y", "a ::set-output name=x::y"),
    "command": ("##[error]##vso[task.complete]", r"##\x5berror]##vso\x5btask.complete]"),
    "surrogate": ("cut \ud83d", r"cut \ud83d"),
}


@pytest.mark.parametrize(("text", "shown"), ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_texts_of_a_server_are_safe_to_show(once: Any, text: str, shown: str) -> None:
    for body in ({"error": "e", "info": text}, {"error": text}, {"errors": [{"detail": text}]}):
        error = raised_by(once, Response.of(400, body))
        assert isinstance(error, ApiError)
        assert shown in str(error)
        for said in (str(error), error.message, error.error or "", error.info or ""):
            assert said.isprintable()
            said.encode()
        "".join(traceback.format_exception(error)).encode()


def test_headers_of_a_server_are_safe_to_show(once: Any) -> None:
    for answer in (Response(502, {"content-type": "a\x1b[0m/b"}, b"x"), Response(200, {"content-type": "##[x]"}, b"x")):
        assert str(raised_by(once, answer)).isprintable()
        assert "##[" not in str(raised_by(once, answer))
    assert r"redirect to x\x9b" in str(raised_by(once, Response(302, {"location": "http://x\x9b/"})))


def test_headers_that_repeat_the_key_are_masked(once: Any, key: str) -> None:
    for answer in (
        Response(502, {"content-type": f"text/{key}"}, b"x"),
        Response(200, {"content-type": f"text/{key[:-3]}"}, b"x"),
        Response(302, {"location": f"http://{key.upper()}.example/"}),
    ):
        assert "canary" not in str(raised_by(once, answer))


def test_errors_made_of_anything_are_safe_to_show() -> None:
    assert str(DailyError("a \u202e \ud83d", hint="::x", method="GET", path="/\x1b")) == (
        r"a \u202e \ud83d (GET /\x1b); ::x"
    )


@pytest.mark.parametrize(
    "value", [b"[" * 800 + b"]" * 800, b"1" + b"0" * 400, b"1" + b"0" * 5000, b"1e999", b'"\\ud83d"'], ids=len
)
@pytest.mark.parametrize("field", [b"error", b"info", b"other"])
def test_whatever_an_error_body_holds_the_error_can_be_shown(once: Any, field: bytes, value: bytes) -> None:
    error = raised_by(once, Response(400, {}, b'{"' + field + b'": ' + value + b"}"))
    assert isinstance(error, InvalidRequestError)
    assert len(str(error)) < 1000
    f"{error} {error!r} {error.info!r}".encode()
    "".join(traceback.format_exception(error)).encode()
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_expired_room(once: Any) -> None:
    body = {"error": "not-found", "info": "room standup not found"}
    error = raised_by(once, Response.of(404, {**body, "deleted": True}), "rooms.delete")
    assert isinstance(error, NotFoundError)
    assert error.deleted is True
    error = raised_by(once, Response.of(404, {**body, "deleted": "yes"}), "rooms.delete")
    assert isinstance(error, NotFoundError)
    assert error.deleted is False
    assert NotFoundError(404, "not-found", body=None).deleted is False


@pytest.mark.parametrize(
    ("location", "where"),
    [
        (f"https://elsewhere.example/rooms/{JWT}?k=canary", "elsewhere.example"),
        ("/v2/rooms", "the same host"),
        (None, "the same host"),
        ("http://[broken", "an invalid address"),
    ],
)
def test_redirects_are_errors(once: Any, location: str | None, where: str) -> None:
    headers = {} if location is None else {"location": location}
    error = raised_by(once, Response(302, headers, b"<a>moved</a>"), "rooms.create")
    assert type(error) is ApiError
    assert f"302: redirect to {where}, not followed" in str(error)
    assert "check the API URL" in str(error)
    assert "canary" not in str(error)
    assert error.outcome_unknown, "what redirects may have passed the request on before"
    assert not raised_by(once, Response(302, headers, b""), "rooms.list").outcome_unknown
    assert len(once.sent) == 2


@pytest.mark.parametrize("body", [b"<html>", b'{"name": "stan', b"\xff\xfe\xfd"])
def test_unreadable_success(once: Any, body: bytes) -> None:
    error = raised_by(once, Response(200, {}, body), "rooms.create", json={})
    assert type(error) is BadResponse
    assert error.outcome_unknown
    assert str(error) == (
        f"200, but the body is not JSON (no content type, {len(body)} bytes) (POST /rooms); "
        "Daily may have processed the request"
    )
    assert not raised_by(once, Response(200, {}, body), "rooms.get").outcome_unknown


@pytest.mark.parametrize("cls", [RequestTimeout, ConnectionDropped, BadResponse])
def test_outcome_of_lost_answers(once: Any, cls: type[TransportError]) -> None:
    for route, unknown in [("rooms.create", True), ("rooms.get", False), ("meeting_tokens.create", False)]:
        error = raised_by(once, lambda request: cls("lost"), route)
        assert type(error) is cls
        assert error.outcome_unknown is unknown


def test_not_sent_is_known(once: Any) -> None:
    error = raised_by(once, ConnectError("no connection: refused"), "rooms.create")
    assert not error.outcome_unknown
    assert str(error) == "no connection: refused (POST /rooms)"


def test_canaries_do_not_come_back(once: Any, key: str) -> None:
    """A server that echoes everything it was sent."""
    secrets = {"hmac": "aG1hYy1jYW5hcnk=", "basicAuth": 'user:"canary/1', "nested": [{"password": "canary-pw-12"}]}
    info = f'no: Bearer {key} {JWT} aG1hYy1jYW5hcnk= user:\\"canary/1 user%3A%22canary%2F1 canary-pw-12 {key}'
    body = {"error": f"odd {key}", "info": info, "request": {**secrets, "key": [key]}, key: 1}
    error = raised_by(once, Response.of(400, body), "webhooks.create", json=secrets)
    everything = f"{error} {error!r} {error.args} {vars(error)} {''.join(traceback.format_exception(error))}"
    for canary in (key, "aG1hYy1", "canary/1", "canary%2F1", "canary-pw", JWT):
        assert canary not in everything


def test_secret_path_parameters_do_not_come_back(once: Any) -> None:
    for token in (JWT, "not-a-jwt-but-secret"):
        error = raised_by(
            once,
            Response.of(400, {"error": "invalid-request-error", "info": f"bad token {token}"}),
            "meeting_tokens.get",
            path={"token": token},
        )
        assert str(error) == "400 invalid-request-error: bad token <redacted> (GET /meeting-tokens/<redacted>)"


def test_the_key_as_a_room_name_is_masked(once: Any, key: str) -> None:
    error = raised_by(once, Response.of(404, {"error": "not-found"}), "rooms.get", path={"name": key})
    assert str(error) == "404 not-found (GET /rooms/<redacted>)"


def test_name_taken() -> None:
    assert is_name_taken(InvalidRequestError(400, "invalid-request-error", "a room named x Already Exists"))
    assert not is_name_taken(InvalidRequestError(400, "invalid-request-error", "missing required field"))
    assert not is_name_taken(InvalidRequestError(400))
    assert not is_name_taken(ServerError(500, None, "already exists"))
    assert not is_name_taken(ValueError("already exists"))


def test_errors_survive_pickling() -> None:
    api = NotFoundError(404, "not-found", "room x not found", "GET", "/rooms/x", {"deleted": True}, retry_after=1.5)
    api.outcome_unknown = True
    for error in (api, ConnectError("no", permanent=True), RetryBudgetExceeded(api, 3, 4.5), DailyError("x", hint="y")):
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is type(error)
        assert str(copy) == str(error)
        assert {k: str(v) for k, v in vars(copy).items()} == {k: str(v) for k, v in vars(error).items()}


def test_a_rate_limit_is_told_by_one_question(once: Any, make_harness: Any) -> None:
    limited = Response.of(429, {"error": "rate-limit-error"}, {"Retry-After": "1"})
    assert raised_by(once, limited).rate_limited
    error = raised_by(make_harness(), limited)
    assert isinstance(error, RetryBudgetExceeded)
    assert error.rate_limited
    assert pickle.loads(pickle.dumps(error)).rate_limited
    for answer in (Response(503), ConnectError("no")):
        assert not raised_by(once, answer).rate_limited
        assert not raised_by(make_harness(), answer).rate_limited


def test_retry_budget_exceeded_says_what_happened() -> None:
    last = ServerError(503, "server-error", "busy", "DELETE", "/rooms/x", hint="try again later")
    last.outcome_unknown = True
    error = RetryBudgetExceeded(last, 8, 46.4)
    assert str(error) == (
        "gave up after 8 attempts and 46 s: 503 server-error: busy (DELETE /rooms/x); "
        "Daily may have processed the request; try again later"
    )
    assert error.status == 503
    assert error.outcome_unknown
    assert RetryBudgetExceeded(RequestTimeout("late"), 2, 1).status is None


def test_error_strings_are_daily_s() -> None:
    documented = {
        "authentication-error",
        "authorization-header-error",
        "forbidden-error",
        "json-parsing-error",
        "invalid-request-error",
        "rate-limit-error",
        "server-error",
    }
    ours = {value for name, value in vars(ErrorString).items() if name.isupper()}
    assert documented <= ours


@pytest.mark.parametrize("own", [True, False])
def test_a_client_may_have_hints_of_its_own(own: bool) -> None:
    answers = [Response.of(401, {"error": "authentication-error"}), Response.of(403, {"error": "forbidden-error"})]
    hints = {AuthenticationError: "ask the owner of the key"} if own else None
    client = Client("k" * 20, transport=MockTransport(lambda _: answers.pop(0)), hints=hints)
    with pytest.raises(AuthenticationError) as refused:
        client.get_domain()
    assert str(refused.value).endswith("; ask the owner of the key") is own
    with pytest.raises(ForbiddenError, match="the API key is valid and may not do this"):
        client.get_domain()


@pytest.mark.parametrize(
    ("body", "defect"),
    [
        (b"[" * 100_000, "nested deeper than 100"),
        (b'{"a":' * 101 + b"[]" + b"}" * 101, "nested deeper than 100"),
        (b"[" + b"9" * 100_000 + b"]", "a number of more digits than Python reads"),
        (b"[" + b"[]," * 600_000 + b"0]", "more than 1,000,000 values"),
        (b"\xff\xfe\xff", "the body is not JSON"),
    ],
    ids=["deep", "deeper than we look", "long number", "many values", "no text"],
)
def test_a_body_that_would_take_too_much_is_refused(once: Any, body: bytes, defect: str) -> None:
    error = raised_by(once, Response(200, {"content-type": "application/json"}, body), "rooms.create", json={})
    assert type(error) is BadResponse
    assert error.outcome_unknown
    assert error.permanent == (body[:1] != b"\xff")
    assert defect in str(error)
    assert f"(application/json, {len(body)} bytes) (POST /rooms)" in str(error)
    refused = raised_by(once, Response(400, {}, body), "rooms.create", json={})
    assert type(refused) is InvalidRequestError
    assert "not an answer of Daily's API" in str(refused)


@pytest.mark.parametrize(
    "value", [['[{,\\"' * 500_000], [[[0]] * 100] * 1000, functools.reduce(lambda x, _: [x], range(98), [])]
)
def test_a_long_answer_with_few_values_is_read(once: Any, value: Any) -> None:
    once.answers = [Response.of(200, {"name": value})]
    assert once.client.call("rooms.get", path={"name": "x"}) == {"name": value}
