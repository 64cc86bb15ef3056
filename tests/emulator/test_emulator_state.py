"""The store against a naive one: order, pages, counts and expiry after any history."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.emulator import Clock, Switches
from pulumi_daily.emulator._state import Backend, Room, seconds, timestamp

steps = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 3), st.none() | st.integers(-5, 20)),
    st.tuples(st.just("seed"), st.integers(1, 4), st.none() | st.integers(-5, 20)),
    st.tuples(st.just("exp"), st.integers(0, 30), st.none() | st.integers(-5, 20)),
    st.tuples(st.just("remove"), st.integers(0, 30), st.none()),
    st.tuples(st.just("clock"), st.integers(-5, 10), st.none()),
)


@given(st.lists(steps, max_size=25), st.none() | st.just(3.0), st.integers(1, 5))
def test_lists_hold_what_a_naive_store_would(history: list[Any], collect: float | None, limit: int) -> None:
    clock = Clock(1000.0)
    domain = Backend(clock, Switches(collect_expired_after=collect), seed=1).add_domain("acme", "k")
    naive: dict[str, Room] = {}

    def room(created: int, exp: int | None) -> Room:
        properties = {} if exp is None else {"exp": clock.now() + exp}
        made = Room(domain.new_id(), domain.new_name(), "public", created, True, properties)
        naive[made.name] = made
        return made

    for kind, number, exp in history:
        names = sorted(naive)
        if kind == "add":
            domain.add(room(number, exp))
        elif kind == "seed":
            domain.add_many([room(i, exp) for i in range(number)])
        elif kind == "clock":
            clock.advance(number)
        elif names:
            chosen = naive[names[number % len(names)]]
            if kind == "exp":
                domain.change(chosen, properties={"exp": None if exp is None else clock.now() + exp})
            else:
                domain.remove(chosen)
                del naive[chosen.name]
        now = clock.now()
        if collect is not None:
            naive = {n: r for n, r in naive.items() if r.properties.get("exp", now + 9) + collect > now}
        live = sorted((r for r in naive.values() if not r.expired(now)), key=lambda r: (-r.created_at, r.id))
        assert {r.name for r in domain.all()} == set(naive)
        assert domain.count() == len(live)
        paged: list[Room] = []
        while page := domain.page(limit, after=paged[-1] if paged else None):
            paged += page
        assert paged == live
        assert domain.page(limit, oldest=True) == live[-limit:]
        for i, one in enumerate(live):
            assert domain.page(limit, before=one) == live[max(0, i - limit) : i]
            assert domain.find(one.name) is domain.by_id(one.id) is one


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=12), st.integers(1, 4), st.booleans())
def test_pages_of_other_objects_hold_what_matches(made: list[Any], limit: int, by_number: bool) -> None:
    domain = Backend(Clock(1000.0), Switches(), seed=1).add_domain("acme", "k")
    collection = domain.collection("things")
    items = [collection.add(f"id{i}", {"fits": fits}, created) for i, (created, fits) in enumerate(made)]
    everything = sorted(items, key=lambda item: (-item.created_at, -item.number))
    assert (collection.all(), len(collection)) == (everything, len(items))
    found = collection.select(lambda item: item.data["fits"], by_number=by_number)
    matching = [item for item in everything if item.data["fits"]]
    assert len(found) == len(matching)
    assert found.page(limit) == matching[:limit]
    assert found.page(limit, oldest=True) == matching[-limit:]
    for at, item in enumerate(everything):  # a cursor need not match
        assert found.by_id(str(item.number) if by_number else item.id) is item
        before = [one for one in everything[:at] if one.data["fits"]]
        after = [one for one in everything[at + 1 :] if one.data["fits"]]
        assert found.page(limit, after=item) == after[:limit]
        assert found.page(limit, before=item) == before[-limit:]
    assert found.by_id("gone") is None


def test_names_that_differ_in_case_are_told_apart_or_not() -> None:
    switches = Switches()
    domain = Backend(Clock(0.0), switches, seed=1).add_domain("acme", "k")
    upper, lower = (Room(domain.new_id(), name, "public", 0) for name in ("A", "a"))
    domain.add_many([upper, lower])
    switches.case_sensitive_names = False
    assert domain.find("a") is lower
    assert domain.find("A") is upper
    domain.remove(upper)
    assert domain.find("A") is lower
    domain.remove(lower)
    assert domain.find("A") is None


def test_timestamps() -> None:
    assert timestamp(1548493282) == "2019-01-26T09:01:22.000Z"
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    for _ in range(50):
        moment = rng.randrange(4_000_000_000)
        assert seconds(timestamp(moment)) == moment, seed
    assert seconds(5.9) == 5
