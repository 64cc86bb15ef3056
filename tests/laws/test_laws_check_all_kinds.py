"""Law 7 for every kind of object: check is idempotent, and nothing that a program may say makes it raise."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import NOW, World
from mini_stack import KIND, wire
from programs_all_kinds import INPUTS
from pulumi.output import Unknown

from pulumi_daily.objects.fields import Fields, entries
from pulumi_daily.objects.validation import nested_model
from pulumi_daily.objects.values import UNKNOWN, same
from pulumi_daily.providers import PROVIDERS, DailyProvider

PROVIDER: Mapping[str, DailyProvider] = World().process().providers
KINDS = [provider.spec.kind for provider in PROVIDERS]
MOMENTS = st.sampled_from([0, 1.5, int(NOW) - 1, int(NOW) + 60, 2**60, -1, True])

leaves = st.one_of(st.none(), st.booleans(), st.integers(-5, 10**12), st.floats(), st.text(max_size=8), MOMENTS)
leaves |= st.just(UNKNOWN)
anything = st.recursive(leaves, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3))


def names_of(model: type[Fields]) -> set[str]:
    """The names of all settings of a model, at any depth."""
    found: set[str] = set()
    for name, entry in entries(model).items():
        inner = nested_model(entry.annotation)
        found |= {name} | (names_of(inner) if inner is not None else set())
    return found


def shaped(kind: str) -> st.SearchStrategy[Any]:
    """Objects of anything, under names that mean something somewhere in the inputs of a kind."""
    keys = st.sampled_from(sorted(names_of(PROVIDER[kind].spec.inputs))) | st.text(max_size=3)
    inner = st.recursive(leaves, lambda v: st.lists(v, max_size=2) | st.dictionaries(keys, v, max_size=4), max_leaves=8)
    return st.dictionaries(st.sampled_from(sorted(PROVIDER[kind].spec.inputs.model_fields)) | keys, inner, max_size=5)


@st.composite
def spoiled(draw: Any, kind: str) -> Any:
    """Valid inputs of a kind in which anything stands somewhere."""
    inputs = copy.deepcopy(draw(INPUTS[kind]))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = inputs
        for _depth in range(draw(st.integers(0, 4))):
            inner = [value for value in _values(place) if isinstance(value, dict | list) and value]
            if not inner:
                break
            place = draw(st.sampled_from(inner))
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if keys:
            place[draw(st.sampled_from(keys))] = draw(anything)
    return inputs


def _values(place: Any) -> list[Any]:
    return list(place.values()) if isinstance(place, dict) else list(place)


def crossed(value: Any) -> Any:
    """A value as Pulumi hands it to a provider: numbers are floats, unknown values are its own, nulls are gone."""
    if value is UNKNOWN or isinstance(value, Unknown):
        return Unknown()  # type: ignore[no-untyped-call]
    if isinstance(value, Mapping):
        return {key: crossed(item) for key, item in value.items() if item is not None}
    return [crossed(item) for item in value] if isinstance(value, list) else wire(value)


def checked_twice(kind: str, olds: Any, news: Any) -> None:
    provider = PROVIDER[kind]
    once = provider.check(crossed(olds), crossed(news))
    twice = provider.check(crossed(olds), crossed(once.inputs))
    assert known(once.inputs) == known(twice.inputs)
    found = [{(f.property, f.reason) for f in each.failures} for each in (once, twice)]
    assert found[0] == found[1]
    assert all("\n" not in reason for _, reason in found[0])


def known(value: Any) -> str:
    """A value as text, so that unknown values and numbers that are none are equal to themselves."""
    if isinstance(value, Unknown):
        return "unknown"
    if isinstance(value, Mapping):
        return repr({key: known(value[key]) for key in sorted(value)})
    return repr([known(item) for item in value]) if isinstance(value, list) else repr(value)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(data=st.data())
def test_law_7_check_never_raises_and_is_idempotent(kind: str, data: Any):
    olds = data.draw(st.just({}) | shaped(kind) | spoiled(kind), label="olds")
    checked_twice(kind, olds, data.draw(shaped(kind) | spoiled(kind), label="news"))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(data=st.data())
def test_law_7_what_a_program_may_say_is_not_changed_by_a_second_check(kind: str, data: Any):
    inputs = data.draw(INPUTS[kind], label="inputs")
    provider = PROVIDER[kind]
    once = provider.check({}, wire(inputs))
    assert once.failures == []
    twice = provider.check(wire(once.inputs), wire(once.inputs))
    assert twice.failures == []
    assert same(once.inputs, twice.inputs)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(data=st.data())
def test_unknown_values_pass_and_hide_no_more_than_themselves(kind: str, data: Any):
    """A valid program stays valid whichever of its values are yet to come."""
    inputs = data.draw(INPUTS[kind], label="inputs")
    provider = PROVIDER[kind]

    def veiled(value: Any) -> Any:
        if data.draw(st.integers(0, 5)) == 0:
            return UNKNOWN
        if isinstance(value, dict):
            return {key: veiled(item) for key, item in value.items()}
        return [veiled(item) for item in value] if isinstance(value, list) else value

    news = {key: veiled(value) for key, value in inputs.items() if key != KIND}
    result = provider.check({}, crossed(news))
    assert [(f.property, f.reason) for f in result.failures] == []
    for key, value in news.items():
        if value is UNKNOWN:
            assert isinstance(result.inputs[key], Unknown)
