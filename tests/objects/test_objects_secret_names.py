"""Secret settings are masked by their names alone, wherever a server repeats them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_daily.api import Redactor, is_secret_field
from pulumi_daily.emulator._log import MASK, masked
from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.validation import nested_model
from pulumi_daily.providers import PROVIDERS


def secret_names(model: type[Fields], seen: tuple[type[Fields], ...] = ()) -> Iterator[str]:
    """Daily's names of the secret settings of a model, at any depth."""
    for name, entry in entries(model).items():
        if entry.meta.secret:
            yield entry.meta.api or name
        inner = nested_model(entry.annotation)
        if inner is not None and inner not in seen:
            yield from secret_names(inner, (*seen, inner))


NAMES = {name for provider in PROVIDERS for name in secret_names(provider.spec.inputs)} | {
    item.key or item.name for provider in PROVIDERS for item in provider.spec.output_fields if item.secret
}
BY_VALUE = {"url"}
"""The address of a stream: other addresses have the same name, so it is masked by its scheme."""


def test_there_are_secret_settings():
    assert {"hmac", "password", "basicAuth", "token"} <= set(NAMES)


@pytest.mark.parametrize("name", sorted(NAMES - BY_VALUE))
def test_a_secret_is_masked_by_its_name(name: str):
    assert is_secret_field(name)
    assert masked({"list": [{name: "x"}]}) == {"list": [{name: MASK}]}


def test_the_address_of_a_stream_is_masked_by_its_scheme():
    assert BY_VALUE <= NAMES
    assert "key-1" not in Redactor().text("refused: rtmps://live.example.com/app/key-1")
