"""The file in which provider processes of a machine tell each other what they take over and delete."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pulumi_daily.objects.spec import Claim
from pulumi_daily.ownership import FileTakeovers, Hints, Holder, takeovers
from pulumi_daily.ownership.takeovers import KEPT, LONGEST_RUN, NAP, PATIENCE

X: Claim = ("Room", "x")
Y: Claim = ("Room#", "11111111-2222-3333-4444-555555555555")
OWNER, OTHER = "proj/dev::Room one", "proj/dev::Room two"


class Machine:
    """A cache folder and a clock that processes share."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "cache" / "takeovers.json"
        self.now = 1_800_000_000.0
        self.slept = 0
        self.while_asleep: Callable[[], None] = lambda: None

    def process(self, scope: str = "acme") -> FileTakeovers:
        return FileTakeovers(lambda: scope, path=lambda: self.path, now=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept += 1
        self.now += seconds
        self.while_asleep()

    def entries(self) -> list[dict[str, Any]]:
        return list(json.loads(self.path.read_bytes()))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


NOBODY = Hints("proj/dev::Room gone")
"""A resource whose state is deleted."""


def owners(process: FileTakeovers, *claims: Claim, took: tuple[str, ...] = (), of: Hints = NOBODY) -> dict[Claim, str]:
    with process.leaving(claims, replace(of, took=took)) as found:
        return {claim: other.owner for claim, other in found.items()}


def test_what_one_process_took_over_stays_for_the_deletes_of_the_others(machine: Machine):
    machine.process().note([Y], OWNER)
    other = machine.process()
    assert owners(other, X, Y) == {Y: OWNER}
    assert owners(other, Y, took=("0-another run",)) == {Y: OWNER}
    assert owners(other, ("Room#", Y[1].upper())) == {("Room#", Y[1].upper()): OWNER}
    assert owners(other, ("SipTrunk#", Y[1])) == {}


def test_a_takeover_ends_with_the_delete_of_the_state_that_has_it(machine: Machine):
    first = machine.process()
    first.note([X, Y], OWNER)
    with pytest.raises(RuntimeError), machine.process().leaving([Y], replace(NOBODY, took=(first.run,))):
        raise RuntimeError  # the delete failed: it still counts
    assert owners(machine.process(), Y) == {Y: OWNER}
    assert owners(machine.process(), Y, took=("earlier", first.run)) == {}
    assert owners(machine.process(), X, Y) == {X: OWNER}


def test_the_latest_takeover_counts(machine: Machine):
    machine.process().note([Y], OWNER)
    machine.process().note([Y], OTHER)
    assert owners(machine.process(), Y) == {Y: OTHER}
    machine.process().note([Y], OWNER)
    assert owners(machine.process(), Y) == {Y: OWNER}


def test_a_takeover_of_another_machine_is_told_by_the_state(machine: Machine):
    then = FileTakeovers(lambda: "acme", path=lambda: machine.path.with_name("elsewhere"), now=lambda: 1.7e9).run
    machine.process().recall([X, Y], OWNER, then)
    assert owners(machine.process(), X, Y) == {X: OWNER, Y: OWNER}
    assert owners(machine.process(), X, Y, took=(then,)) == {}
    assert owners(machine.process(), X, Y) == {}


def test_what_the_state_tells_is_older_than_what_was_taken_over_here_since(machine: Machine):
    then = machine.process().run
    machine.now += 1
    here = machine.process()
    here.note([Y], OTHER)
    here.recall([X, Y], OWNER, then)
    assert owners(machine.process(), X, Y) == {X: OWNER, Y: OTHER}
    machine.now += 1
    machine.process().recall([Y], OWNER, machine.process().run)  # the state of a later run, on another machine
    assert owners(machine.process(), Y) == {Y: OWNER}


def test_the_takeovers_of_a_state_end_with_it_where_its_objects_stay(machine: Machine):
    first, second = machine.process(), machine.process()
    first.note([X], OWNER)
    second.note([Y], OTHER)
    with machine.process().leaving([], replace(NOBODY, took=(first.run,)), [X, Y]) as found:
        assert found == {}
    assert owners(machine.process(), X, Y) == {Y: OTHER}


def test_what_a_state_came_to_have_later_is_not_kept_by_an_earlier_takeover(machine: Machine):
    """Another stack took it over, and gave it up without deleting it."""
    machine.process().note([X, Y], OTHER)
    machine.now += 1
    since = machine.process().run
    assert owners(machine.process(), X, Y) == {X: OTHER, Y: OTHER}
    assert owners(machine.process(), X, Y, took=(since,)) == {}
    assert owners(machine.process(), X, Y) == {}


def test_what_a_run_that_goes_on_has_is_kept_whatever_came_first(machine: Machine):
    """Two providers of one program have it: the delete of one resource does not remove what the other stands for."""
    then = machine.process().run
    machine.now += 1
    since = machine.process().run
    machine.process().recall([Y], OTHER, then)
    assert owners(machine.process(), Y, took=(since,)) == {}
    machine.process().recall([Y], OTHER, then)
    (entry,) = machine.entries()
    machine.path.write_text(json.dumps([{**entry, "pid": os.getppid()}]))
    assert owners(machine.process(), Y, took=(since,)) == {Y: OTHER}
    machine.path.write_text(json.dumps([{**entry, "pid": os.getppid(), "host": "elsewhere"}]))
    assert owners(machine.process(), Y, took=(since,)) == {}


def test_what_a_resource_of_this_run_has_is_kept_by_deletes_of_this_run_alone(machine: Machine):
    """A move to another resource failed after its takeover, and was taken back in the program."""
    taker = machine.process()
    taker.note([Y], OTHER)
    run = machine.process()
    run.keep([X, Y], OWNER)
    run.keep([Y], "proj/prod::Room one")  # another stack
    (entry,) = machine.entries()
    assert (entry["what"], entry["owner"], entry["claims"]) == ("keeping", OWNER, [list(Y)])
    assert owners(machine.process(), Y, took=(taker.run,)) == {Y: OWNER}  # another provider of the run
    for ended in ({"pid": 2**22 + 1}, {"host": "elsewhere"}, {"at": machine.now - LONGEST_RUN}):
        machine.path.write_text(json.dumps([{**entry, **ended}]))
        assert owners(machine.process(), Y, took=(taker.run,)) == {}
    machine.path.write_text(json.dumps([entry]))
    assert owners(machine.process(), Y, of=Hints(OWNER)) == {}  # its own, in a later run
    taker.note([Y], OTHER)
    run = machine.process()
    run.keep([Y], OWNER)
    machine.process().note([Y], OTHER)  # a takeover ends it
    assert owners(machine.process(), Y) == {Y: OTHER}
    machine.process().keep([Y], OTHER)
    assert owners(machine.process(), Y) == {Y: OTHER}


def test_a_process_number_of_long_ago_is_another_process_by_now(machine: Machine):
    machine.process().note([Y], OWNER)
    machine.now += 1
    since = machine.process().run
    (entry,) = machine.entries()
    machine.path.write_text(json.dumps([{**entry, "pid": os.getppid()}]))
    assert owners(machine.process(), Y, took=(since,)) == {Y: OWNER}
    machine.now += LONGEST_RUN
    assert owners(machine.process(), Y, took=(since,)) == {}


def test_a_set_deletes_what_it_took_over_after_another_resource(machine: Machine):
    """On another machine, where the file does not say so. What it takes over in this run is no reason for more."""
    machine.process().note([Y], OWNER)
    machine.now += 1
    since, run = machine.process().run, machine.process()
    assert owners(run, Y, took=(run.run,)) == {Y: OWNER}
    assert owners(run, Y, took=(since, run.run)) == {}


def test_a_takeover_of_an_earlier_run_is_told_with_its_time(machine: Machine):
    machine.process().note([Y], OWNER)
    with machine.process().leaving([Y], NOBODY) as found:
        assert found == {Y: Holder(OWNER, True, machine.now)}
    text = '"one" (stack proj/dev) managed it at 2027-01-15 08:00:00 UTC (where it no longer manages it: '
    text += "adopt_existing=True, or remove it on Daily)"
    assert found[Y].text("Room") == text
    machine.process().undo([Y])
    assert owners(machine.process(), Y) == {}


def test_a_takeover_that_failed_is_forgotten(machine: Machine):
    process = machine.process()
    process.note([X, Y], OWNER)
    process.undo([X, Y], OTHER)
    process.undo([Y], OWNER)
    assert owners(machine.process(), X, Y) == {X: OWNER}


def test_who_is_taking_something_does_not_have_it(machine: Machine):
    with machine.process().taking([X], OWNER), machine.process().leaving([X], NOBODY) as found:
        assert found == {X: Holder(OWNER, False)}


def test_another_account_is_another_matter(machine: Machine):
    machine.process("acme").note([Y], OWNER)
    assert owners(machine.process("other"), Y) == {}


def test_a_takeover_is_forgotten_after_a_month(machine: Machine):
    machine.process().note([Y], OWNER)
    machine.now += KEPT - 1
    assert owners(machine.process(), Y) == {Y: OWNER}
    machine.now += 1
    assert owners(machine.process(), Y) == {}
    assert [entry["what"] for entry in machine.entries()] == []


def test_nothing_secret_is_in_the_file_and_only_its_user_may_read_it(machine: Machine):
    machine.process("https://api.daily.co/v1 acme SECRET").note([Y], OWNER)
    assert "SECRET" not in machine.path.read_text()
    assert stat.S_IMODE(machine.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(machine.path.parent.stat().st_mode) == 0o700


# -- at the same time --------------------------------------------------------------------------------------------------


def test_a_delete_leaves_what_another_process_is_taking(machine: Machine):
    one, two = machine.process(), machine.process()
    with one.taking([X], OWNER):
        assert owners(two, X, Y) == {X: OWNER}
        assert owners(two, X, took=(one.run,)) == {X: OWNER}
        assert owners(one, X) == {}  # within a process the claims say so
    assert owners(two, X) == {}


def test_a_create_waits_for_the_delete_of_another_process(machine: Machine):
    deleting = machine.process().leaving([X], NOBODY)
    deleting.__enter__()
    machine.while_asleep = lambda: deleting.__exit__(None, None, None) if machine.slept == 3 else None
    with machine.process().taking([Y, X], OWNER):
        assert machine.slept == 3
    with machine.process().taking([X], OWNER):
        assert machine.slept == 3


def test_a_create_does_not_wait_for_deletes_of_other_things_or_of_its_own_process(machine: Machine):
    mine = machine.process()
    with (
        mine.leaving([X], NOBODY),
        machine.process().leaving([Y], NOBODY),
        machine.process("other").leaving([X], NOBODY),
    ):
        with mine.taking([X], OWNER):
            assert machine.slept == 0


def test_what_must_stay_is_not_reserved_for_a_delete(machine: Machine):
    machine.process().note([Y], OWNER)
    with machine.process().leaving([X, Y], NOBODY) as found:
        assert found == {Y: Holder(OWNER, True, machine.now)}
        with machine.process().taking([Y], OTHER):
            assert machine.slept == 0


def test_patience_ends(machine: Machine):
    """A process that hangs in its delete holds nobody up for ever."""
    with machine.process().leaving([X], NOBODY), machine.process().taking([X], OWNER):
        assert machine.slept * NAP == pytest.approx(PATIENCE)


@pytest.mark.parametrize("what", ["taking", "leaving"])
def test_a_process_that_has_ended_is_waited_for_by_nobody(machine: Machine, what: str):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(60)
    left(machine, what, pid=ended.pid)
    if what == "leaving":
        with machine.process().taking([X], OTHER):
            assert machine.slept == 0
    else:
        assert owners(machine.process(), X) == {}


@pytest.mark.parametrize("what", ["taking", "leaving"])
def test_a_process_that_may_run_is_heard(machine: Machine, what: str, monkeypatch: pytest.MonkeyPatch):
    """One of another user, or on another machine of which the folder is shared."""
    for more in ({"pid": os.getpid()}, {"pid": 1}, {"host": "elsewhere", "pid": 0}):
        machine.path.unlink(missing_ok=True)
        left(machine, what, **more)
        with monkeypatch.context() as patch:
            patch.setattr(takeovers.os, "kill", no_permission)
            if what == "taking":
                assert owners(machine.process(), X) == {X: OWNER}
            else:
                slept = machine.slept
                with machine.process().taking([X], OTHER):
                    assert machine.slept > slept


def test_a_process_on_windows_gets_no_signal(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    """There signal 0 is Ctrl+C."""
    left(machine, "taking")
    monkeypatch.delattr(os, "geteuid", raising=False)
    monkeypatch.setattr(takeovers.os, "kill", lambda *_: pytest.fail("a signal was sent"))
    assert owners(machine.process(), X) == {X: OWNER}


def no_permission(pid: int, signal: int) -> None:
    raise PermissionError


def left(machine: Machine, what: str, **more: Any) -> None:
    """An entry of a process that was killed."""
    process = machine.process()
    entered = process.taking([X], OWNER) if what == "taking" else process.leaving([X], NOBODY)
    entered.__enter__()
    found = [{**entry, **more} for entry in machine.entries()]
    entered.__exit__(None, None, None)
    machine.path.write_text(json.dumps(found))


def test_an_entry_of_a_killed_process_is_over_some_day(machine: Machine):
    left(machine, "leaving", host="elsewhere")
    machine.now += PATIENCE * 4
    with machine.process().taking([X], OWNER):
        assert machine.slept == 0


def test_what_fails_ends_its_reservation(machine: Machine):
    for entered in (machine.process().taking([X], OWNER), machine.process().leaving([X], NOBODY)):
        with pytest.raises(RuntimeError), entered:
            raise RuntimeError
        assert machine.entries() == []


# -- files that cannot be used -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"{}", b"5", b"null", b'[5, null, "x", {}, {"what": "took"}]'],
    ids=repr,
)
def test_a_file_of_another_content_counts_as_none(machine: Machine, content: bytes):
    machine.path.parent.mkdir(mode=0o700)
    machine.path.write_bytes(content)
    assert owners(machine.process(), X) == {}
    machine.process().note([X], OWNER)
    assert owners(machine.process(), X) == {X: OWNER}


@contextmanager
def broken(machine: Machine, how: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        if how == "no folder":
            machine.path.parent.write_text("a file")
        elif how == "locked":
            patch.setattr(takeovers, "LOCKED", 0.01)
            patch.setattr(takeovers, "try_lock", lambda _: False)
        else:
            patch.setattr(takeovers.os, "write", disk_full)
        yield


def disk_full(descriptor: int, data: bytes) -> int:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("how", ["no folder", "locked", "full"])
def test_where_there_can_be_no_file_every_process_knows_of_itself_alone(
    machine: Machine, how: str, monkeypatch: pytest.MonkeyPatch
):
    with broken(machine, how, monkeypatch):
        process = machine.process()
        process.note([X], OWNER)
        with process.taking([X], OWNER):
            assert owners(machine.process(), X) == {}
        with process.leaving([X], NOBODY) as found, machine.process().taking([X], OWNER):
            assert found == {}


def test_many_processes_at_once_lose_nothing(tmp_path: Path):
    """Each notes its own takeovers in one file."""
    program = (
        "import sys; from pathlib import Path; from pulumi_daily.ownership import FileTakeovers\n"
        "t = FileTakeovers(lambda: 'acme', path=lambda: Path(sys.argv[1]))\n"
        "for i in range(20): t.note([('Room#', f'{sys.argv[2]}-{i}')], sys.argv[2])\n"
    )
    file = tmp_path / "takeovers.json"
    running = [subprocess.Popen([sys.executable, "-c", program, str(file), str(n)]) for n in range(4)]
    assert [process.wait(120) for process in running] == [0] * 4
    found = owners(
        FileTakeovers(lambda: "acme", path=lambda: file), *[("Room#", f"{n}-{i}") for n in range(4) for i in range(20)]
    )
    assert found == {("Room#", f"{n}-{i}"): str(n) for n in range(4) for i in range(20)}
