"""The matrix of faults: every kind of object, every operation, every request that it makes, every fault.

    make faults     run it whole and write outcomes.json, from which the tables of docs/reliability.md are made

A cell is one kind, one operation and one fault; it holds an outcome for each request of the operation.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cases import MOST, Case
from columns import COLUMNS, LASTING, Broken
from mini_stack import CheckFailed, attempt
from programs_all_kinds import age_numbers

PATH = Path(__file__).with_name("outcomes.json")

KINDS: dict[str, tuple[str | None, str | None]] = {
    "Room": ("room", "other room"),
    "RoomSet": ("set", None),
    "DomainConfig": ("domain", None),
    "Webhook": ("hook", None),
    "MeetingToken": (None, "token"),
    "PhoneNumber": (None, "number"),
    "DialinConfig": ("dialin", "other dialin"),
    "SipTrunk": ("trunk", "other trunk"),
    "SipClient": ("client", "other client"),
}
"""The names in `cases.CHANGES` of a change in place and of a replacement, by kind of object."""

OPERATIONS = ("preview", "refresh", "create", "change", "replace", "delete")
GOOD = ("retried", "next up", "told")
"""The outcomes that are allowed:

* retried: the operation succeeds nevertheless;
* next up: an error, and then a plain `up` converges;
* told: an error, of this run or of the next, that names the step that converges.
"""

STEPS = re.compile(
    r'number="(\+\d+)" and adopt_existing=True|`DAILY_ADOPT_EXISTING=as-asked pulumi up`|adopt_existing=True'
)
"""The steps that a user is told to take, in the order in which they are tried."""


class Row(NamedTuple):
    """A kind and an operation, with the name of its case."""

    kind: str
    operation: str
    name: str


def rows() -> Iterator[Row]:
    """Yield the rows of the matrix."""
    for kind, (change, replace) in KINDS.items():
        name = {"change": change, "replace": replace}
        for operation in OPERATIONS:
            found = name.get(operation, change or replace)
            if found is not None:
                yield Row(kind, operation, found)


def _case(row: Row) -> Case:
    """Return a case in which the operation is the next thing to do."""
    if row.operation in ("create", "delete"):
        return Case(row.name, row.operation)
    case = Case(row.name, "change")
    if row.operation in ("preview", "refresh"):
        case.target = case.before
        case.stack.refresh()
        case.emulator.clear_log()
    return case


def _does(case: Case, row: Row) -> str | None:
    """Do the operation once and return its error: empty for a killed one, None if it went well."""
    if row.operation == "preview":
        return attempt(lambda: _is_empty(case))
    return attempt(case.stack.refresh) if row.operation == "refresh" else case.run()


def _is_empty(case: Case) -> None:
    plan = case.stack.preview(case.target)
    assert plan == {}, f"a false plan: {plan}"


def requests_of(row: Row) -> int:
    """Return how many requests an operation makes when all goes well."""
    case = _case(row)
    assert _does(case, row) is None, row
    assert case.emulator.count() <= MOST
    return case.emulator.count()


def outcome(row: Row, fault: str, number: int, *, lasting: bool) -> str:
    """Let one request of an operation go wrong, and return the outcome: one of `GOOD`, or what is wrong."""
    case = _case(row)
    before = case.stack.dump()
    broken = Broken(case.stack.world.transport, COLUMNS[fault], number, case.stack.world.time.sleep, lasting=lasting)
    case.stack.transport = broken
    try:
        error = case.killed(lambda: _does(case, row))
        case.stack.transport = None
        assert broken.hit, "this request is not made"
        if row.operation in ("preview", "refresh"):
            assert [r for r in case.emulator.requests if r.method != "GET"] == [], "a read has written"
            if row.operation == "preview" or error is None:
                assert case.stack.dump() == before, "a read changed the state"
        return _settled(case, row, error)
    except (AssertionError, CheckFailed) as wrong:
        return f"wrong: {wrong}".splitlines()[0]


def _settled(case: Case, row: Row, error: str | None) -> str:
    """With Daily well again, converge and return how."""
    if row.operation != "create":
        age_numbers(case.stack.world)  # else none can be released
    if error is None:
        case.assert_settled()
        return "retried"
    again = _does(case, row)
    if again is None:
        case.assert_settled()
        return "next up"
    told = STEPS.search(again)
    assert told, f"no step is named: {again}"
    _take(case, told)
    again = case.run()
    assert again is None, f"the named step does not converge: {again}"
    case.stack.adoption = "never"
    case.assert_settled()
    return "told"


def _take(case: Case, told: re.Match[str]) -> None:
    """Do as the error says."""
    if told[0].startswith("`"):
        case.stack.adoption = "as-asked"
        return
    number = {"number": told[1]} if told[1] else {}
    case.target = {name: {**inputs, **number, "adopt_existing": True} for name, inputs in case.target.items()}


def cell(row: Row, fault: str, requests: int, *, lasting: bool) -> str:
    """Return the outcomes of a cell with their numbers, as "4 retried, 1 next up"."""
    found = Counter(outcome(row, fault, number, lasting=lasting) for number in range(requests))
    wrong = [text for text in found if text not in GOOD]
    return ", ".join(f"{found[word]} {word}" for word in (*GOOD, *wrong) if found[word])


def filled(row: Row) -> dict[str, Any]:
    """Return the cells of a row: the number of requests, and the faults by their outcomes."""
    requests = requests_of(row)
    found: dict[str, Any] = {"requests": requests, "once": {}, "lasting": {}}
    if not requests:
        return found
    for part, faults in (("once", tuple(COLUMNS)), ("lasting", LASTING)):
        known: dict[Any, str] = {}
        groups: dict[str, list[str]] = {}
        for fault in faults:
            column = COLUMNS[fault]
            alike = (column.done, id(column.happens), column.waits)  # the same for the client
            if alike not in known:
                known[alike] = cell(row, fault, requests, lasting=part == "lasting")
            groups.setdefault(known[alike], []).append(fault)
        found[part] = groups
    return found


@cache
def read() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the committed outcomes, by kind and operation."""
    return json.loads(PATH.read_text(encoding="utf-8"))["outcomes"]  # type: ignore[no-any-return]


def write(outcomes: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Write the outcomes, a line for each kind and operation."""
    kinds = []
    for kind, operations in outcomes.items():
        lines = ",\n".join(f"   {json.dumps(operation)}: {json.dumps(row)}" for operation, row in operations.items())
        kinds.append(f"  {json.dumps(kind)}: {{\n{lines}\n  }}")
    text = f'{{\n "faults": {json.dumps(list(COLUMNS))},\n "outcomes": {{\n' + ",\n".join(kinds) + "\n }\n}\n"
    PATH.write_text(text, encoding="utf-8")


def recorded(row: Row, fault: str, *, lasting: bool) -> str | None:
    """Return the committed outcomes of a cell; None for a cell that is not there."""
    groups = read().get(row.kind, {}).get(row.operation, {}).get("lasting" if lasting else "once", {})
    return next((text for text, faults in groups.items() if fault in faults), None)
