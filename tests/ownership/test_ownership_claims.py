"""Claims: one object, one owner, noticed in the preview; a delete lets go what another resource stands for."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest

from pulumi_daily.objects.spec import Claim
from pulumi_daily.ownership import Claims, Hints, Holder, called

X: Claim = ("Room", "x")
Y: Claim = ("Room", "y")


def hints(name: str, kind: str = "Room", *formerly: str) -> Hints:
    return Hints(f"proj/dev::{kind} {name}", tuple(f"proj/dev::{kind} {old}" for old in formerly))


ONE, TWO, SET = hints("one"), hints("two"), hints("all", "RoomSet")


def declared(claims: Claims, who: Hints, *now: Claim, before: Collection[Claim] = ()) -> list[tuple[Claim, str, bool]]:
    return claims.declare(who, before, now, renames=True)


@pytest.mark.parametrize(
    ("owner", "kind", "text"),
    [
        ("proj/dev::Room one", "Room", '"one"'),
        ("proj/dev::RoomSet all", "Room", '"all" (RoomSet)'),
        ("proj/dev::my:Desk front::Room one", "Room", '"one" of "front"'),
        ("proj/dev::my:Office o::my:Desk front::RoomSet a b", "Room", '"a b" of "front" (RoomSet)'),
    ],
)
def test_an_owner_is_called_as_the_program_calls_it(owner: str, kind: str, text: str):
    assert called(owner, kind) == text


# -- declaring ---------------------------------------------------------------------------------------------------------


def test_a_second_owner_of_one_object_is_a_conflict_that_names_the_first():
    claims = Claims()
    assert declared(claims, ONE, X) == []
    assert declared(claims, TWO, Y) == []
    assert declared(claims, SET, X, ("Room", "z")) == [(X, ONE.owner, False)]
    assert declared(claims, ONE, X) == []  # asked again (a replacement checks twice), it is still the first one's


def test_names_are_compared_without_case():
    claims = Claims()
    declared(claims, ONE, ("Room", "Stand-Up"))
    ((claim, owner, passing),) = declared(claims, TWO, ("Room", "stand-up"))
    assert (claim[1].lower(), owner, passing) == ("stand-up", ONE.owner, False)


def test_kinds_are_told_apart():
    claims = Claims()
    declared(claims, ONE, ("Room", "x"))
    assert declared(claims, TWO, ("SipTrunk", "x")) == []


def test_what_a_resource_asks_for_no_more_is_free():
    """An automatic name that is replaced by the one of the state, say: check is called again with other inputs."""
    claims = Claims()
    declared(claims, ONE, X)
    declared(claims, ONE, Y)
    assert declared(claims, TWO, X) == []


@pytest.mark.parametrize("first", ["giver", "taker"])
def test_two_resources_cannot_exchange_what_makes_them_other_objects(first: str):
    claims = Claims()
    give = lambda: declared(claims, ONE, Y, before=[X])  # noqa: E731
    take = lambda: declared(claims, TWO, X, before=[("Room", "z")])  # noqa: E731
    found = [give(), take()] if first == "giver" else [take(), give()]
    other = ONE.owner if first == "giver" else TWO.owner
    assert found == [[], [(X, other, True)]]


@pytest.mark.parametrize("first", ["giver", "keeper"])
def test_what_both_had_before_and_one_of_them_gives_up_is_no_exchange(first: str):
    """A run that failed in the middle of one left it so."""
    claims = Claims()
    give = lambda: declared(claims, ONE, Y, before=[X])  # noqa: E731
    stay = lambda: declared(claims, TWO, X, before=[X])  # noqa: E731
    assert ([give(), stay()] if first == "giver" else [stay(), give()]) == [[], []]


def test_a_setting_may_pass_from_one_resource_to_another():
    """Another setting makes no other object of a DomainConfig, and a set goes on without one of its rooms."""
    claims = Claims()
    claims.declare(ONE, [X, Y], [Y], renames=False)
    assert claims.declare(TWO, [], [X], renames=False) == []
    assert claims.declare(hints("three"), [("Room", "q")], [], renames=True) == []


def test_what_passes_to_a_set_is_no_exchange():
    claims = Claims()
    claims.declare(ONE, [X], [Y], renames=True)
    assert claims.declare(SET, [], [X], renames=False) == []


def test_what_no_state_had_is_new():
    claims = Claims()
    claims.declare(ONE, [X], [X], renames=True)
    claims.declare(TWO, [], [("Room", "New-Room"), ("SipTrunk", "t")], renames=True)
    assert claims.new("Room") == ["New-Room"]
    assert claims.new("SipTrunk") == ["t"]
    assert claims.had(ONE, [X])
    assert claims.had(ONE, [("Room", "X")])
    assert not claims.had(ONE, [Y])
    assert not claims.had(TWO, [X])
    assert not claims.had(hints("unheard-of"), [X])


# -- deleting ----------------------------------------------------------------------------------------------------------


def kept(claims: Claims, who: Hints, *each: Claim) -> dict[str, str]:
    with claims.deleting(who, {claim[1]: [claim] for claim in each}) as found:
        return {label: other.owner for label, other in found.items()}


def test_a_delete_lets_go_what_another_resource_stands_for_and_nothing_else():
    claims = Claims()
    declared(claims, SET, X)
    assert kept(claims, ONE, X, Y) == {"x": SET.owner}
    assert kept(claims, SET, X, Y) == {}


def test_what_a_resource_asks_for_is_its_own_to_replace():
    """Deleted first and made anew under the same name."""
    claims = Claims()
    declared(claims, ONE, X, before=[X])
    assert kept(claims, ONE, X) == {}


def test_a_name_keeps_no_other_object_that_had_it_before():
    """Where Daily tells names by case, `X` is not `x`; compared without case they are one name."""
    claims, mine, other = Claims(), ("Room#", "id-1"), ("Room#", "id-2")
    with claims.deleting(ONE, {"x": [X, mine]}) as found:
        assert found == {}
    claims.made(SET, [("Room", "X"), other])
    for own, owner in ([X, mine], None), ([X, other], SET.owner), ([X], SET.owner):
        with claims.deleting(ONE, {"x": own}) as found:
            assert [other.owner for other in found.values()] == ([owner] if owner else [])


def test_what_this_run_made_stays_even_for_its_own_maker():
    """The delete is that of its former object, left pending by a killed run."""
    claims = Claims()
    claims.made(ONE, [X])
    assert kept(claims, ONE, X, Y) == {"x": ONE.owner}
    claims.take_over(TWO, [Y], [("Room#", "id")])
    assert kept(claims, ONE, ("Room#", "ID"), Y) == {"ID": TWO.owner, "y": TWO.owner}


def test_a_resource_without_a_name_makes_nothing_that_stays():
    """Outputs of a release that sent no hidden input."""
    claims = Claims()
    claims.made(Hints(), [X])
    assert kept(claims, Hints(), X) == {}


def test_who_was_called_otherwise_before_is_the_same():
    """An alias: the delete of the old resource's object would be that of the new one's."""
    claims = Claims()
    now = hints("new", "Room", "old")
    declared(claims, now, X, before=[X])
    assert kept(claims, hints("old"), X) == {}
    assert kept(claims, hints("other"), X) == {"x": now.owner}


def test_what_a_state_knows_by_dailys_id_is_kept_from_others():
    claims = Claims()
    claims.keep(ONE, [("Webhook#", "id-1")])
    claims.keep(TWO, [("Webhook#", "id-1")])
    assert kept(claims, TWO, ("Webhook#", "id-1")) == {"id-1": ONE.owner}
    assert claims.had(ONE, [("Webhook#", "id-1")])


def test_who_asks_first_has_it():
    claims = Claims()
    assert claims.take(ONE, [X])
    assert not claims.take(TWO, [X, Y])
    assert claims.take(TWO, [Y])
    assert claims.take(ONE, [])


def test_only_the_first_of_many_threads_may_take_something():
    claims = Claims()
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda i=i: found.append(claims.take(hints(str(i)), [X])))  # type: ignore[misc]
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == [False] * 7 + [True]


def test_a_create_waits_for_a_delete_that_is_under_way():
    claims = Claims()
    order: list[str] = []
    begun = threading.Event()

    def create() -> None:
        begun.set()
        with claims.taking(TWO, [Y, X], adopting=False):
            order.append("created")

    with claims.deleting(ONE, {"x": [X]}) as found:
        assert found == {}
        thread = threading.Thread(target=create)
        thread.start()
        assert begun.wait(60)
        thread.join(0.05)
        order.append("deleted")
    thread.join(60)
    assert order == ["deleted", "created"]


def test_two_deletes_of_one_object_are_both_waited_for():
    claims = Claims()
    done = threading.Event()
    thread = threading.Thread(target=lambda: (claims.take(TWO, [X]), done.set()))
    with claims.deleting(ONE, {"x": [X]}):
        with claims.deleting(ONE, {"x": [X]}):
            thread.start()
        assert not done.wait(0.05)
    assert done.wait(60)
    thread.join(60)


def test_what_is_let_go_is_waited_for_by_nobody():
    claims = Claims()
    claims.made(TWO, [X])
    with claims.deleting(ONE, {"x": [X]}) as found:
        assert found == {"x": Holder(TWO.owner, True)}
        assert claims.take(TWO, [X])


def test_a_delete_that_fails_ends_its_reservation():
    claims = Claims()
    with pytest.raises(RuntimeError), claims.deleting(ONE, {"x": [X]}):
        raise RuntimeError
    assert claims.take(TWO, [X])


def test_two_resources_do_not_keep_one_object():
    claims = Claims()
    identity: Claim = ("Room#", "1")
    for who in (ONE, TWO):
        declared(claims, who)
    assert claims.keeper(TWO, [identity]) is None
    assert claims.stay(ONE, [identity], []) is None
    assert claims.keeper(TWO, [identity]) == ONE.owner
    assert claims.keeper(ONE, [identity]) is None
    assert claims.stay(TWO, [identity], []) == ONE.owner


def test_claims_are_withdrawn_unless_another_resource_gives_them_up():
    claims = Claims()
    claims.declare(TWO, [], [X, Y], renames=False)
    claims.declare(ONE, [Y], [], renames=False)
    assert claims.withdraw(TWO, [X])
    assert not claims.withdraw(TWO, [Y])
    with claims.deleting(ONE, {"x": [X], "y": [Y]}) as found:
        assert found == {"y": Holder(TWO.owner, False)}
    assert claims.withdraw(SET, [X])


def test_a_former_name_is_an_owners_unless_another_resource_has_it_now():
    claims = Claims()
    renamed = replace(TWO, formerly=(ONE.owner,))
    declared(claims, renamed, X)
    with claims.deleting(ONE, {"x": [X]}) as found:
        assert found == {}
    declared(claims, ONE, Y)
    with claims.deleting(ONE, {"x": [X]}) as found:
        assert found == {"x": Holder(TWO.owner, False)}
    assert claims.holder(ONE, [X]) == Holder(TWO.owner, False)


def test_a_name_has_one_object_at_a_time():
    """The object of the state is gone, and another resource made one of that name: no delete by name may be sent."""
    claims, gone, new = Claims(), ("Room#", "1"), ("Room#", "2")
    claims.made(TWO, [X, new])
    with claims.deleting(ONE, {"x": [X, gone]}) as found:
        assert found == {"x": Holder(TWO.owner, True)}
    with claims.deleting(ONE, {"x": [("Room", "X"), gone]}) as found:  # another one, where case counts
        assert found == {}


def test_what_the_program_declares_later_is_not_deleted():
    claims = Claims()
    declared(claims, SET, Y)
    claims.expect(SET, [("Room", "X", "Room two")])
    with claims.deleting(SET, {"x": [X], "y": [Y]}) as found:
        assert found == {"x": Holder("::Room two", False)}
    assert called("::Room two", "RoomSet") == '"two" (Room)'
    with claims.deleting(ONE, {"x": [X]}) as found:  # which the program told to the set alone
        assert found == {}
    declared(claims, TWO, X)
    claims.made(TWO, [X])
    with claims.deleting(SET, {"x": [X]}) as found:
        assert found == {"x": Holder(TWO.owner, True)}


def test_what_is_withdrawn_is_expected_no_more():
    claims = Claims()
    claims.declare(TWO, [], [X], renames=False)
    assert claims.withdraw(TWO, [X])
    claims.expect(SET, [("Room", "x", "Room two")])
    with claims.deleting(SET, {"x": [X]}) as found:
        assert found == {}


def test_who_asks_for_something_may_not_get_it():
    claims = Claims()
    declared(claims, SET, X, Y, before=[Y])
    with claims.deleting(ONE, {"x": [X], "y": [Y]}) as found:
        assert found == {"x": Holder(SET.owner, False), "y": Holder(SET.owner, True)}
    claims.made(SET, [X])
    with claims.deleting(ONE, {"x": [X]}) as found:
        assert found == {"x": Holder(SET.owner, True)}


def test_a_takeover_that_failed_keeps_nothing():
    shared = Shared()
    claims, mine = Claims(shared), ("Room#", "id")
    claims.take_over(SET, [X], [mine])
    claims.give_back(SET, [X, mine])
    with claims.deleting(ONE, {"id": [mine], "x": [X]}) as found:
        assert found == {"x": Holder(SET.owner, False)}
    assert shared.heard[1] == ("undo", [X, mine], SET.owner)


# -- other processes ---------------------------------------------------------------------------------------------------


class Shared:
    """What another process says."""

    run = "this run"

    def __init__(self, owners: Mapping[Claim, str] = {}) -> None:
        self._owners = owners
        self.heard: list[tuple[str, list[Claim], object]] = []

    def note(self, claims: Collection[Claim], owner: str) -> None:
        self.heard.append(("note", list(claims), owner))

    def recall(self, claims: Collection[Claim], owner: str, run: str) -> None:
        self.heard.append(("recall", list(claims), (owner, run)))

    @contextmanager
    def taking(self, claims: Collection[Claim], owner: str) -> Iterator[None]:
        self.heard.append(("taking", list(claims), owner))
        yield

    def keep(self, claims: Collection[Claim], owner: str) -> None:
        self.heard.append(("keep", list(claims), owner))

    def undo(self, claims: Collection[Claim], owner: str = "") -> None:
        self.heard.append(("undo", list(claims), owner))

    @contextmanager
    def leaving(
        self, claims: Collection[Claim], hints: Hints, staying: Collection[Claim]
    ) -> Iterator[Mapping[Claim, Holder]]:
        self.heard.append(("leaving", list(claims), (set(hints.took), list(staying))))
        owners = {} if hints.took else self._owners
        yield {claim: Holder(owner, True) for claim, owner in owners.items() if claim in claims}


def test_a_delete_asks_what_other_processes_took_over():
    shared = Shared({X: SET.owner})
    claims = Claims(shared)
    claims.made(TWO, [Y])
    old = hints("one", "Room", "old")
    assert kept(claims, old, X, Y, ("Room", "z")) == {"x": SET.owner, "y": TWO.owner}
    assert shared.heard == [("leaving", [X, ("Room", "z")], (set(), [Y]))]
    assert kept(claims, replace(SET, took=("that run",)), X) == {}


def test_what_a_state_took_over_once_is_told_again_to_other_processes():
    """The run that took it over may have been on another machine."""
    shared = Shared()
    claims, once = Claims(shared), replace(ONE, took=("first run", "second run"))
    claims.stay(once, [X], [Y])
    assert shared.heard == []  # the program of this run may not have it any more
    declared(claims, ONE, X, before=[X])
    declared(claims, TWO, Y, before=[Y])
    claims.stay(once, [X], [])
    claims.stay(TWO, [Y], [Y])
    assert shared.heard == [("keep", [Y], TWO.owner)]
    shared.heard.clear()
    claims.stay(once, [X], [Y])
    assert shared.heard == [("recall", [Y], (ONE.owner, "second run"))]


def test_the_state_keeps_the_runs_in_which_it_took_something_over():
    claims, before = Claims(Shared()), replace(ONE, took=("that run",))
    assert claims.runs_of(ONE) == ()
    assert claims.runs_of(before) == ("that run",)
    claims.take_over(ONE, [X], [])
    assert claims.runs_of(ONE) == ("this run",)
    assert claims.runs_of(before) == ("that run", "this run")
    assert claims.runs_of(replace(ONE, took=("this run",))) == ("this run",)
    assert claims.runs_of(TWO) == ()
    alone = Claims()
    alone.take_over(ONE, [X], [])
    assert alone.runs_of(ONE) == ()


def test_takeovers_are_noted_for_other_processes_and_surround_the_create():
    shared = Shared()
    claims = Claims(shared)
    with claims.taking(ONE, [X], adopting=True):
        claims.take_over(ONE, [X], [("Room#", "id")])
    assert shared.heard == [("taking", [X], ONE.owner), ("note", [("Room#", "id")], ONE.owner)]


@pytest.mark.parametrize(("each", "adopting"), [([X], False), ([], True)])
def test_a_create_that_takes_nothing_over_is_nobody_elses_business(each: list[Claim], adopting: bool):
    shared = Shared()
    with Claims(shared).taking(ONE, each, adopting=adopting):
        pass
    assert shared.heard == []
