"""The state as one type: what the edge makes of Pulumi's outputs and back, and what a view decodes."""

from __future__ import annotations

from typing import Any

import pytest
from edge import outs_of, state_of
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.lifecycle import Domain, LiveView, ResourceState
from pulumi_daily.lifecycle.state import decode, encode, hints_of, live_view
from pulumi_daily.objects.room import ROOM
from pulumi_daily.objects.room_set import ROOM_SET
from pulumi_daily.objects.sip_client import SIP_CLIENT
from pulumi_daily.objects.webhook import WEBHOOK
from pulumi_daily.ownership import Hints

TEXT = st.text(min_size=1, max_size=5)


@given(
    inputs=st.fixed_dictionaries({}, optional={"url": TEXT, "hmac": TEXT, "retry_type": TEXT}),
    observed=st.fixed_dictionaries({}, optional={"state": TEXT, "created_at": TEXT}),
    normalized=st.dictionaries(TEXT, TEXT, max_size=2),
    domain=st.none() | st.builds(Domain, st.text(max_size=5), st.text(max_size=5)),
    unmanaged=st.booleans(),
)
def test_what_is_encoded_is_decoded_again(
    inputs: Any, observed: Any, normalized: Any, domain: Domain | None, unmanaged: bool
):
    state = ResourceState({} if unmanaged else inputs, observed, normalized, domain, unmanaged=unmanaged)
    assert state_of(WEBHOOK, outs_of(WEBHOOK, state)) == state


def test_outputs_have_nothing_that_is_ours_alone():
    state = ResourceState({"url": "u", "hmac": "h"}, {"state": "ACTIVE"}, {"retry_type": "f"}, Domain("acme", "i"))
    outputs, hidden = encode(WEBHOOK, state)
    assert outputs == {"url": "u", "hmac": "h", "state": "ACTIVE", "domain": "acme", "domain_id": "i"}
    assert hidden == {"normalized": {"retry_type": "f"}, "explicit_inputs": ["hmac"]}
    assert encode(WEBHOOK, ResourceState({"url": "u"})) == ({"url": "u"}, {})


def test_what_daily_made_is_no_input():
    made = {"url": "u", "hmac": "made"}
    assert decode(WEBHOOK, made, None) == ResourceState({"url": "u"}, {"hmac": "made"})
    assert decode(WEBHOOK, made, {"explicit_inputs": ["hmac"]}).inputs == made
    given = ResourceState(made)
    assert given.given_by({"url": "u"}) == ResourceState({"url": "u"}, {"hmac": "made"})
    assert given.given_by({"url": "u"}).get("hmac") == "made"


@pytest.mark.parametrize("odd", [None, 5, "text", [], {"explicit_inputs": 5, "normalized": "x", "owner": 5, "took": 1}])
def test_whatever_is_under_the_hidden_key_nothing_raises(odd: Any):
    assert decode(WEBHOOK, {"url": "u", "domain": 5}, odd) == ResourceState({"url": "u"}, domain=Domain())
    assert hints_of(odd) == Hints()


def test_a_view_is_the_object_and_what_is_decoded_of_it():
    live = LiveView(ROOM, {"name": "a", "id": "u", "created_at": "2027-01-15T08:00:00.000Z", "config": {"exp": 5}})
    assert (live.id, live.own_id, live.created_at, live.expires_at) == ("a", "u", 1_800_000_000.0, 5)
    assert (len(live), set(live), live["id"], live.get("zzz", 1)) == (4, {"name", "id", "created_at", "config"}, "u", 1)
    assert (live.made_by_api, live.output("zzz"), repr(live)) == (None, None, "LiveView(Room, 'a')")
    assert (live.is_expired(5), live.is_expired(4)) == (True, False)
    assert LiveView(SIP_CLIENT, {"expires_at": True}).expires_at is None
    assert LiveView(WEBHOOK, {"uuid": "w"}).own_id is None


@pytest.mark.parametrize("answer", [None, 5, [], {}, "text"], ids=repr)
def test_what_is_no_object_has_no_view(answer: Any):
    assert live_view(ROOM, answer) is None


def test_a_view_stays_itself():
    live = LiveView(ROOM, {"name": "a"})
    assert live_view(ROOM, live) is live
    assert live_view(ROOM, {"name": "a"}) == live


def test_another_object_of_the_same_name_is_told_by_its_own_id():
    state = ResourceState({"name": "a"}, {"room_id": "u"})
    assert LiveView(ROOM, {"name": "a", "id": "u"}).is_of(state)
    assert LiveView(ROOM, {"name": "a"}).is_of(state)
    assert not LiveView(ROOM, {"name": "a", "id": "v"}).is_of(state)
    assert LiveView(ROOM, {"name": "a", "id": "v"}).is_of(ResourceState({"name": "a"}))


def test_what_a_program_only_reads_has_no_inputs():
    state = decode(ROOM, {"name": "a", "properties": {"lang": "de"}, "domain": "acme"}, {"unmanaged": True})
    assert (state.inputs, state.unmanaged, state.get("properties")) == ({}, True, {"lang": "de"})
    assert encode(ROOM, state)[1] == {"unmanaged": True}


@pytest.mark.parametrize("odd", [None, "", ["x"], 5])
def test_an_output_that_should_be_an_object_and_is_not_is_an_empty_one(odd: Any):
    assert decode(ROOM_SET, {"rooms": {"a": {}}, "room_ids": odd}, None).mapping("room_ids") == {}
    assert decode(ROOM_SET, {"rooms": {"a": {}}, "room_ids": {"a": "1"}}, None).mapping("room_ids") == {"a": "1"}
