"""What the package exports, and what importing it costs."""

from __future__ import annotations

import ast
import pathlib
import re
import subprocess
import sys

import pytest

from pulumi_daily import api

PACKAGE = pathlib.Path(api.__file__).parent

EXPECTED = [
    "OLDEST",
    "ROUTES",
    "TIERS",
    "ApiError",
    "AuthenticationError",
    "BadResponse",
    "Client",
    "ConfigurationError",
    "ConnectError",
    "ConnectionDropped",
    "DailyError",
    "EndpointNotFoundError",
    "ForbiddenError",
    "InvalidRequestError",
    "JsonParsingError",
    "Limiter",
    "MockTransport",
    "NotFoundError",
    "Page",
    "PlanError",
    "RateLimitError",
    "RequestTimeout",
    "RequestsTransport",
    "Response",
    "RetryBudgetExceeded",
    "RetryPolicy",
    "Route",
    "Secret",
    "SentRequest",
    "ServerError",
    "Stopped",
    "Tier",
    "Transport",
    "TransportError",
    "UsageError",
    "Window",
    "is_name_taken",
]


def test_all_is_exactly_this() -> None:
    assert sorted(api.__all__) == sorted(EXPECTED)
    for name in api.__all__:
        assert hasattr(api, name)


def test_modules_are_private() -> None:
    assert all(path.name.startswith("_") for path in PACKAGE.glob("*.py"))


def test_every_public_thing_has_a_docstring() -> None:
    for name in api.__all__:
        thing = getattr(api, name)
        if callable(thing):
            assert thing.__doc__, name


def test_the_error_tree_in_the_docstring_is_the_tree() -> None:
    """The drawing names every error class, each under its base."""
    module = sys.modules["pulumi_daily.api._errors"]
    drawn: dict[str, int] = {}
    parents: dict[str, str] = {}
    stack: list[tuple[int, str]] = []
    for line in (module.__doc__ or "").splitlines():
        match = re.match(r"^([ │├└─]+)([A-Z]\w+)  +\S", line)
        if match:
            depth, name = len(match[1]), match[2]
            while stack and stack[-1][0] >= depth:
                stack.pop()
            parents[name] = stack[-1][1] if stack else "Exception"
            drawn[name] = depth
            stack.append((depth, name))
    real = {
        name: value.__mro__[1].__name__
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert parents == real


def test_import_is_light() -> None:
    """Neither pulumi nor pydantic nor the emulator's libraries come along, nor the HTTP library before it is used."""
    code = (
        "import sys, pulumi_daily.api\n"
        "heavy = {'pulumi', 'pydantic', 'requests', 'urllib3', 'starlette', 'uvicorn', 'grpc',\n"
        "         'filelock', 'platformdirs'}\n"
        "print(sorted({*heavy, 'pulumi_daily.objects'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.strip() == "[]"
    assert "pulumi_daily.api._client" in run.stderr


def test_there_is_nothing_else() -> None:
    with pytest.raises(AttributeError, match=r"'pulumi_daily.api' has no attribute 'Nothing'"):
        _ = api.Nothing


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_imports_only_what_the_layer_may(path: pathlib.Path) -> None:
    allowed = {"requests", "urllib3", "filelock", "platformdirs", "__future__"} | set(sys.stdlib_module_names)
    if path.name == "_redis.py":
        allowed.add("redis")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1 or (node.module or "").split(".")[0] in allowed
