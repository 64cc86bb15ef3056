"""Which account a lookup asks, and what is said when it cannot."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
import pytest
from lookups_world import KEY, Daily, Program
from pulumi.runtime.config import CONFIG

from pulumi_daily import Provider, connection, get_domain, get_domain_output, get_room, get_rooms
from pulumi_daily.api import ConfigurationError, UsageError
from pulumi_daily.settings import MISSING_KEY

OTHER = "key-canary-2"


@pytest.fixture(autouse=True)
def _domain(daily: Daily) -> None:
    daily.answer("/", {"domain_name": "acme", "domain_id": "d", "config": {}})


def used(daily: Daily) -> tuple[str, str]:
    """Key and host of the last request."""
    last = daily.transport.requests[-1]
    return last.headers["Authorization"].removeprefix("Bearer "), last.url.split("/")[2]


def test_the_configuration_of_the_stack(daily: Daily) -> None:
    CONFIG.get()["daily:apiUrl"] = "https://daily.example/v1"
    get_domain()
    assert used(daily) == (KEY, "daily.example")


def test_configuration_wins_over_the_environment(daily: Daily, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAILY_API_KEY", OTHER)
    monkeypatch.setenv("DAILY_API_URL", "https://env.example/v1")
    get_domain()
    assert used(daily) == (KEY, "env.example")
    CONFIG.get().clear()
    get_domain()
    assert used(daily) == (OTHER, "env.example")


def test_without_a_key_the_error_is_that_of_the_provider(daily: Daily) -> None:
    CONFIG.get().clear()
    for ask in (get_domain, get_rooms, lambda: get_room("r", default=None)):
        with pytest.raises(ConfigurationError) as error:
            ask()
        assert str(error.value) == MISSING_KEY
    assert daily.asked == []


def test_offline_nothing_is_asked(daily: Daily) -> None:
    CONFIG.get()["daily:offline"] = "true"
    with pytest.raises(ConfigurationError, match="daily:offline is set, and a lookup asks Daily"):
        get_domain()
    assert daily.asked == []


def test_a_wrong_configuration_is_named(daily: Daily) -> None:
    CONFIG.get()["daily:maxRetrySeconds"] = "soon"
    with pytest.raises(ConfigurationError, match="daily:maxRetrySeconds must be a number"):
        get_domain()


def test_an_error_of_the_configuration_is_shown_in_one_line_unless_for_debugging(daily: Daily) -> None:
    """Pulumi prints no traceback for its own ``RunError``."""
    CONFIG.get()["daily:requestTimeout"] = "soon"
    with pytest.raises(pulumi.RunError, match=r"^daily:requestTimeout must be a number"):
        get_domain()
    CONFIG.get().clear()
    with pytest.raises(pulumi.RunError, match=r"^no Daily API key is configured"):
        get_domain()
    CONFIG.get()["daily:debug"] = "true"
    with pytest.raises(ConfigurationError) as raised:
        get_domain()
    assert not isinstance(raised.value, pulumi.RunError)


def test_a_misspelt_key_is_named_unless_the_project_has_the_namespace(
    daily: Daily, monkeypatch: pytest.MonkeyPatch
) -> None:
    CONFIG.get()["daily:api_key"] = "canary"
    monkeypatch.setenv("PULUMI_CONFIG", '{"daily:ofline": "true"}')
    with pytest.raises(ConfigurationError) as raised:
        get_domain()
    assert str(raised.value) == (
        "daily:api_key is unknown (did you mean daily:apiKey?); daily:ofline is unknown (did you mean daily:offline?)"
    )
    monkeypatch.setattr(pulumi, "get_project", lambda: "daily")
    get_domain()


# -- the domain guard


def test_the_domain_is_checked_once_and_before_anything_is_looked_up(daily: Daily) -> None:
    CONFIG.get()["daily:domain"] = "acme"
    daily.answer("/rooms", {"total_count": 0, "data": []})
    for _ in range(2):
        get_rooms().all()
    assert [path for path, _ in daily.asked] == ["/", "/rooms", "/rooms"]


def test_a_key_of_another_domain_is_refused(daily: Daily) -> None:
    CONFIG.get()["daily:domain"] = "other"
    for _ in range(2):
        with pytest.raises(ConfigurationError, match='daily:domain is "other", but the API key in use is for "acme"'):
            get_rooms()
    assert [path for path, _ in daily.asked] == ["/"]


# -- one client


def test_one_client_for_each_configuration(program: Program, daily: Daily) -> None:
    for key in (OTHER, OTHER, KEY):
        get_domain()
        get_domain(opts=of(Provider("other", api_key=key)))
    names = sorted((settings.provider, settings.api_key.reveal()) for settings in connection._connections)
    assert names == [("", KEY), ("other", KEY), ("other", OTHER)]  # messages of each name its provider


def test_threads_share_the_client(daily: Daily) -> None:
    CONFIG.get()["daily:domain"] = "acme"
    config, barrier = dict(CONFIG.get()), threading.Barrier(8)

    def ask(_: int) -> None:
        CONFIG.set(config)
        barrier.wait()
        get_domain()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert len(connection._connections) == 1
    assert len(daily.asked) == 9  # the guard asked once


# -- providers


def of(provider: pulumi.ProviderResource) -> pulumi.InvokeOptions:
    return pulumi.InvokeOptions(provider=provider)


def test_a_provider_knows_nothing_of_the_stack(program: Program, daily: Daily, monkeypatch: pytest.MonkeyPatch) -> None:
    CONFIG.get()["daily:domain"] = "elsewhere"
    CONFIG.get()["daily:apiUrl"] = "https://stack.example/v1"
    get_domain(opts=of(Provider("eu", api_key=OTHER)))
    assert used(daily) == (OTHER, "api.daily.co")
    get_domain(opts=of(Provider("own", api_key=OTHER, api_url="https://own.example/v1", domain="acme")))
    assert used(daily) == (OTHER, "own.example")
    monkeypatch.setenv("DAILY_API_KEY", "key-canary-3")
    get_domain(opts=of(Provider("env", api_url="https://own.example/v1")))
    assert used(daily) == ("key-canary-3", "own.example")


def test_the_options_of_a_provider(program: Program, daily: Daily) -> None:
    eu = Provider("eu", api_key=OTHER, rate_share=0.5, request_timeout=2, max_retry_seconds=7.5)
    get_domain(opts=of(eu))
    (settings,) = connection._connections
    assert (settings.rate_share, settings.request_timeout, settings.max_retry_seconds) == (0.5, 2.0, 7.5)
    assert daily.transport.requests[-1].timeout == (2.0, 2.0)
    with pytest.raises(
        ConfigurationError,
        match=r"rate_share of daily\.Provider \"wrong\" must be a number from 0.01 to 1, not '2'",
    ):
        get_domain(opts=of(Provider("wrong", api_key=OTHER, rate_share=2)))


@pytest.mark.parametrize("preview", [True, False])
def test_a_provider_gives_its_account_in_a_preview_too(preview: bool, program: Program, daily: Daily) -> None:
    program.start(preview)
    eu = Provider("eu", api_key=pulumi.Output.secret(OTHER), api_url="https://eu.example/v1", rate_share=0.5)
    for opts in (of(eu), pulumi.InvokeOutputOptions(provider=eu)):
        assert get_domain(opts=opts).domain_name == "acme"
        assert used(daily) == (OTHER, "eu.example")
        value, known, secret = program.value(get_domain_output(opts=opts))
        assert (value.domain_name, known, secret) == ("acme", True, False)
        assert used(daily) == (OTHER, "eu.example")
    (settings,) = connection._connections
    assert settings.rate_share == 0.5


def test_the_provider_of_the_parent(program: Program, daily: Daily) -> None:
    class Site(pulumi.ComponentResource):
        pass

    eu = Provider("eu", api_key=OTHER)
    site = Site("shop:Site", "site", opts=pulumi.ResourceOptions(providers=[eu]))
    get_domain(opts=pulumi.InvokeOptions(parent=site))
    assert used(daily)[0] == OTHER
    get_domain(opts=pulumi.InvokeOptions(parent=Site("shop:Site", "plain")))
    assert used(daily)[0] == KEY
    us = Provider("us", api_key="key-canary-3")
    get_domain(opts=pulumi.InvokeOptions(parent=site, provider=us))
    assert used(daily)[0] == "key-canary-3"


def test_what_is_no_account(program: Program, daily: Daily) -> None:
    with pytest.raises(UsageError, match=r"get_domain takes a daily\.Provider, not a provider of aws"):
        get_domain(opts=of(pulumi.ProviderResource("aws", "aws", {})))
    wrong: Any = pulumi.ResourceOptions()
    with pytest.raises(UsageError, match=r"opts of get_domain must be pulumi\.InvokeOptions, not ResourceOptions"):
        get_domain(opts=wrong)
    assert daily.asked == []


def test_a_key_from_the_configuration_works_in_the_plain_form(program: Program, daily: Daily) -> None:
    CONFIG.get()["shop:euKey"] = OTHER
    get_domain(opts=of(Provider("eu", api_key=pulumi.Config("shop").require_secret("euKey"))))
    assert used(daily)[0] == OTHER

    async def later() -> str:
        return "key-canary-3"

    get_domain(opts=of(Provider("later", api_key=later())))
    assert used(daily)[0] == "key-canary-3"


def test_a_key_that_is_not_known_yet(program: Program, daily: Daily) -> None:
    program.start(preview=True)
    unknown: Any = pulumi.Output.from_input(pulumi.output.UNKNOWN)
    opts = of(Provider("eu", api_key=unknown))
    with pytest.raises(UsageError, match="daily:apiKey is not known yet in this preview: use get_domain_output"):
        get_domain(opts=opts)
    assert program.value(get_domain_output(opts=opts)) == (None, False, False)
    assert daily.asked == []


def test_a_wrong_configuration_of_an_output(program: Program, daily: Daily) -> None:
    eu = Provider("eu", api_key=pulumi.Output.secret(OTHER), rate_share=pulumi.Output.from_input(3.0))
    with pytest.raises(pulumi.RunError, match=r'DailyError: rate_share of daily\.Provider "eu" must be a number'):
        program.value(get_domain_output(opts=of(eu)))
