"""The configuration keys: where a value comes from and what it may be."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from pulumi_daily.api import DEFAULT_API_URL, ConfigurationError, Secret
from pulumi_daily.settings import (
    MISSING_KEY,
    OPTIONS,
    PROVIDER_NAME,
    Option,
    Settings,
    limiter_of,
    read_settings,
    unknown_keys,
)


def read(environment: dict[str, str] | None = None, **config: Any) -> Settings:
    return read_settings({f"daily:{k}": v for k, v in config.items()}.get, environment or {})


def test_the_defaults():
    assert read() == Settings(None, None, DEFAULT_API_URL, 1.0, 30.0, 120.0, False, False, read_lag=10.0)


def test_every_key():
    found = read(
        apiKey=" k ",
        domain="acme",
        apiUrl="http://127.0.0.1/v1",
        rateShare="0.25",
        requestTimeout=".5",
        maxRetrySeconds="3600",
        offline="True",
        debug="false",
        perProcessLimits="true",
        adoptExisting="as-asked",
    )
    url = "http://127.0.0.1/v1"
    assert found == Settings(Secret("k"), "acme", url, 0.25, 0.5, 3600.0, True, False, True, "as-asked")


def test_values_that_are_not_text_are_read_all_the_same():
    expected = Settings(None, None, DEFAULT_API_URL, 0.5, 30.0, 120.0, True, False, read_lag=3.0)
    assert read(rateShare=0.5, offline=True, readLag=3) == expected


def test_reads_lag_on_no_server_of_this_machine_unless_it_is_configured():
    assert read(apiUrl="http://127.0.0.1:8000/v1").read_lag == 0.0
    assert read(apiUrl="https://localhost/v1", readLag="2.5").read_lag == 2.5
    assert read({"DAILY_READ_LAG": "30"}).read_lag == 30.0
    assert read({"DAILY_READ_LAG": "30"}, readLag="0").read_lag == 0.0
    for wrong in ("-1", "301", "soon"):
        with pytest.raises(ConfigurationError, match=r"daily:readLag must be a number from 0 to 300, not"):
            read(readLag=wrong)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_what_is_given_and_empty_is_an_error_and_never_the_environment_s(option: Option, value: str):
    environment = {option.environment: "production"} if option.environment else {}
    with pytest.raises(ConfigurationError, match=f"^daily:{option.name} is empty: give it a value, or remove it"):
        read(environment, **{option.name: value})


def test_everything_that_is_empty_or_wrong_is_named_in_one_line():
    with pytest.raises(ConfigurationError) as caught:
        read(apiKey="", apiUrl=" ", offline="yes", adoptExisting="maybe")
    assert str(caught.value).split("; ") == [
        "daily:apiKey is empty: give it a value, or remove it to use DAILY_API_KEY",
        "daily:apiUrl is empty: give it a value, or remove it to use DAILY_API_URL",
        "daily:offline must be true or false, not 'yes'",
        "daily:adoptExisting (DAILY_ADOPT_EXISTING) must be one of never, as-asked, always, not 'maybe'",
    ]


def test_an_invalid_key_and_url_are_named_with_the_others_and_not_quoted():
    with pytest.raises(ConfigurationError) as caught:
        read(apiKey="canary canary", apiUrl="https://me:canary@h", rateShare="2")
    assert str(caught.value) == (
        "daily:apiKey (DAILY_API_KEY) cannot be used: the API key contains a blank or a line break (copy it from "
        "Daily's dashboard (Developers) without quotes, blanks or line breaks); daily:apiUrl (DAILY_API_URL) cannot be "
        "used: the API URL must not have a user name, a query or a fragment (Daily's is https://api.daily.co/v1); "
        "daily:rateShare must be a number from 0.01 to 1, not '2'"
    )
    assert read_settings({"daily:apiKey": "a b"}.get, {}, check_key=False).api_key == Secret("a b")


def test_messages_about_an_explicit_provider_name_it():
    config = {PROVIDER_NAME: "eu", "daily:rateShare": "2", "daily:apiKey": "", "daily:maxRetrySeconds": "x"}
    with pytest.raises(ConfigurationError) as caught:
        read_settings(config.get, {})
    assert str(caught.value) == (
        'api_key of daily.Provider "eu" is empty: give it a value, or remove it to use DAILY_API_KEY; '
        "rate_share of daily.Provider \"eu\" must be a number from 0.01 to 1, not '2'; "
        "max_retry_seconds of daily.Provider \"eu\" must be a number over 0 and at most 3600, not 'x'"
    )
    found = read_settings({PROVIDER_NAME: "eu"}.get, {})
    assert found.provider == "eu"
    assert found.missing_key.startswith(
        'daily.Provider "eu" has no API key. Give it an api_key, or put it into the env'
    )
    assert read().missing_key == MISSING_KEY
    assert read().called("offline") == "daily:offline"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("apikey", "apiKey"),
        ("api_key", "apiKey"),
        ("api-url", "apiUrl"),
        ("rateshare", "rateShare"),
        ("domian", "domain"),
        ("offLine", "offline"),
        ("requestTimeOut", "requestTimeout"),
        ("adoptExistin", "adoptExisting"),
    ],
)
def test_a_misspelt_key_is_an_error(name: str, meant: str):
    names = [f"daily:{name}", "daily:domain", "other:apikey", "project:domian"]
    with pytest.raises(ConfigurationError) as caught:
        read_settings(lambda _: None, {}, names)
    assert str(caught.value) == f"daily:{name} is unknown (did you mean daily:{meant}?)"


@pytest.mark.parametrize("name", ["timeout", "rooms", "key", ""])
def test_another_unknown_key_is_no_error(name: str):
    read_settings(lambda _: None, {}, [f"daily:{name}"])
    [line] = unknown_keys([f"daily:{name}", "daily:debug"])[1]
    assert line.startswith(
        f"daily:{name} is unknown to pulumi_daily and has no effect on it. Known are adoptExisting, "
    )


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.environment], ids=lambda option: option.name)
def test_an_empty_variable_of_the_environment_is_not_given(option: Option):
    assert read({option.environment or "": " "}) == read()


@pytest.mark.parametrize("value", ["never", "as-asked", "always"])
def test_adoption_is_one_of_three_words_from_the_configuration_or_the_environment(value: str):
    assert read(adoptExisting=value).adopt_existing == value
    assert read({"DAILY_ADOPT_EXISTING": value}).adopt_existing == value
    assert read({"DAILY_ADOPT_EXISTING": "always"}, adoptExisting=value).adopt_existing == value


@pytest.mark.parametrize("value", ["true", "Always", "as_asked"])
def test_another_word_for_adoption_is_refused(value: str):
    with pytest.raises(ConfigurationError, match=f"must be one of never, as-asked, always, not '{value}'"):
        read({"DAILY_ADOPT_EXISTING": value})


def test_some_values_come_from_the_environment():
    assert {o.name: o.environment for o in OPTIONS if o.environment} == {
        "apiKey": "DAILY_API_KEY",
        "domain": "DAILY_DOMAIN",
        "apiUrl": "DAILY_API_URL",
        "limitsUrl": "DAILY_LIMITS_URL",
        "readLag": "DAILY_READ_LAG",
        "adoptExisting": "DAILY_ADOPT_EXISTING",
    }
    assert [o.name for o in OPTIONS if o.secret] == ["apiKey", "limitsUrl"]


@pytest.mark.parametrize("value", ["0", "0.0000001", "0.0099", "1.1", "-1", "nan", "inf", "1e-1", "0x1", "1,5", "½"])
def test_a_share_is_a_number_from_a_hundredth_to_1(value: str):
    with pytest.raises(ConfigurationError, match=r"daily:rateShare must be a number from 0\.01 to 1"):
        read(rateShare=value)


@pytest.mark.parametrize("name", ["offline", "debug", "perProcessLimits"])
@pytest.mark.parametrize("value", ["yes", "1", "on"])
def test_a_switch_is_true_or_false(name: str, value: str):
    with pytest.raises(ConfigurationError, match=f"daily:{name} must be true or false, not '{value}'"):
        read(**{name: value})


def test_settings_never_show_the_key():
    assert "canary" not in repr(read(apiKey="canary"))
    assert hash(read(apiKey="canary")) == hash(read(apiKey="canary"))


def test_limits_are_shared_unless_the_settings_say_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    alone = limiter_of(read(perProcessLimits="true", rateShare="0.5"), Secret("k"), print, time.sleep)
    alone.acquire("A")
    assert alone.share == 0.5
    assert [*tmp_path.iterdir()] == []
    shared = limiter_of(read(rateShare="0.5"), Secret("k"), print, time.sleep)
    shared.acquire("A")
    assert shared.share == 0.5
    assert [path.name for path in tmp_path.iterdir()] == ["pulumi-daily"]


def test_the_limits_url_is_a_secret_and_is_checked():
    found = read({"DAILY_LIMITS_URL": "redis://:canary@127.0.0.1:1"})
    assert found.limits_url == Secret("redis://:canary@127.0.0.1:1")
    assert "canary" not in repr(found)
    assert read({"DAILY_LIMITS_URL": "redis://h"}, limitsUrl="rediss://other").limits_url == Secret("rediss://other")
    with pytest.raises(ConfigurationError, match=r"daily:limitsUrl \(DAILY_LIMITS_URL\) cannot be used: ") as caught:
        read(limitsUrl="http://:canary@h")
    assert "canary" not in str(caught.value)


def test_the_limiter_uses_the_limits_url_unless_limits_are_per_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    lines: list[str] = []
    limiter_of(
        read(limitsUrl="redis://127.0.0.1:1", perProcessLimits="true"), Secret("k"), lines.append, time.sleep
    ).acquire("A")
    assert lines == []
    limiter_of(read(limitsUrl="redis://127.0.0.1:1"), Secret("k"), lines.append, time.sleep).acquire("A")
    assert lines == [
        "rate limits are not shared through the limits server 127.0.0.1:1, only on this machine: no connection"
    ]
