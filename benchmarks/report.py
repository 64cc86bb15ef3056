"""Tables of the results, and the requirements for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from measures import BUSY, Cost, least_requests, least_seconds

BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"
ENGINES = {"cli": "Pulumi CLI", "runner": "stack runner"}
KINDS = {"room": "one `Room` each", "set": "one `RoomSet`", "naive": "naive", "noop": "no-op"}


class Figures:
    """All costs, searchable by their properties."""

    def __init__(self, costs: Iterable[Cost]) -> None:
        self.costs = list(costs)

    def find(self, kind: str, rooms: int, operation: str, engine: str | None = None) -> Cost | None:
        """Return the cost of an operation in an empty domain, or None."""
        for cost in self.costs:
            wanted = (kind, f"{rooms} rooms", operation, engine or cost.engine)
            if (cost.kind, cost.scenario, cost.operation, cost.engine) == wanted:
                return cost
        return None

    def of(self, scenario: str) -> list[Cost]:
        return [cost for cost in self.costs if scenario in cost.scenario]


@dataclass(frozen=True)
class Claim:
    """A requirement for the results; `holds` is None if it was not measured."""

    text: str
    measured: str
    holds: bool | None


def claims(figures: Figures) -> Iterator[Claim]:
    """Yield the requirements, for the sizes that were measured."""

    def at_most(
        text: str, cost: Cost | None, bound: float, of: Callable[[Cost], float], unit: str = "requests"
    ) -> Claim:
        if cost is None:
            return Claim(text, "not measured", None)
        return Claim(text, f"{of(cost):g} {unit}", of(cost) <= bound)

    for operation in ("preview, no change", "refresh"):
        cost = figures.find("room", 1000, operation)
        yield at_most(f"1 000 rooms, {operation}: at most 12 requests", cost, 12, lambda c: c.requests)
    for operation in ("preview, no change", "refresh"):
        ours, floor = (figures.find(kind, 1000, operation, "runner") for kind in ("room", "noop"))
        text = (
            f"1 000 rooms, {operation}, stack runner: at most 1.25 times the no-op provider and the server's own time"
        )
        if ours is None or floor is None:
            yield Claim(text, "not measured", None)
        else:
            bound = 1.25 * floor.seconds + ours.server_seconds
            yield Claim(text, f"{ours.seconds:.2f} s of {bound:.2f} s", ours.seconds <= bound)
    for operation, factor in (("destroy", 8.0), ("create", 2.0)):
        yield from faster(figures, operation, factor)
    # A destroy reads the list before it deletes: to check ownership, and that the rooms are those in the state.
    for operation, most in (("create", 3), ("destroy", 13)):
        cost = figures.find("set", 1000, operation)
        text = f"a set of 1 000, {operation}: at most {most} requests beyond the guard"
        yield at_most(text, cost, most + 1, lambda c: c.requests)
    cost = figures.find("set", 10_000, "preview, no change")
    yield at_most("a set of 10 000, preview, no change: at most 102 requests", cost, 102, lambda c: c.requests)
    for operation in ("preview, no change", "refresh"):
        few = next((c for c in figures.of(" among ") if c.operation == operation), None)
        yield at_most(f"few rooms among many, {operation}: at most 22 requests", few, 22, lambda c: c.requests)
    steady = [c for c in figures.costs if c.kind in ("room", "set") and "storm" not in c.scenario]
    refused = sum(cost.refused for cost in steady)
    yield Claim("not one 429 in any run without injected ones", f"{refused} in {len(steady)} operations", not refused)
    for scenario, text in (("two stacks", "two stacks of one account at the same time"), (BUSY, "a busy machine")):
        found = [cost for cost in figures.of(scenario) if cost.kind != "naive"]
        refused = sum(cost.refused for cost in found)
        yield Claim(f"{text}: not one 429", f"{refused}" if found else "not measured", not refused if found else None)
    stormy = figures.of("storm")
    usual = [figures.find("room", cost.rooms, cost.operation) for cost in stormy]
    text = "a storm of 429s: every operation completes, with less than twice the requests"
    if not stormy or None in usual:
        yield Claim(text, "not measured", None)
    else:
        times = sum(c.requests for c in stormy) / sum(c.requests for c in usual if c)
        yield Claim(text, f"{times:.2f} times", times < 2)


def faster(figures: Figures, operation: str, factor: float) -> Iterator[Claim]:
    """Yield the comparison of 300 single rooms with the naive provider, for each engine that measured both."""
    text, measured = f"300 rooms, {operation}: at least {factor:g} times faster than the naive provider", False
    for engine, name in ENGINES.items():
        ours, naive, floor = (figures.find(kind, 300, operation, engine) for kind in ("room", "naive", "noop"))
        if ours is None or naive is None or floor is None:
            continue
        measured = True
        said = f"{naive.seconds / ours.seconds:.1f} times"
        holds = naive.seconds >= factor * ours.seconds
        where = f"{text}, {name}"
        if not holds:
            # Pulumi itself takes so long that no provider can be faster by this factor.
            where += "; or, where the no-op provider is hardly that either, at most 1.1 times its time"
            said += f" (no-op: {naive.seconds / floor.seconds:.1f}), {ours.seconds / floor.seconds:.2f} times the no-op"
            holds = naive.seconds < 1.1 * factor * floor.seconds and ours.seconds <= 1.1 * floor.seconds
        yield Claim(where, said, holds)
    if not measured:
        yield Claim(text, "not measured", None)


def table(figures: Figures) -> str:
    """Return a table of each operation next to the naive provider, the no-op provider and the lower bounds."""
    lines = [
        "| rooms | operation | s | requests | 429 | naive: s, requests, 429 | times faster | no-op: s | least requests "
        "| least s |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    main = [c for c in figures.costs if c.kind in ("room", "set") and c.scenario == f"{c.rooms} rooms"]
    engine = main[0].engine if main else ""
    for cost in main:
        if cost.engine != engine:
            continue
        naive = figures.find("naive", cost.rooms, cost.operation, engine) if cost.kind == "room" else None
        floor = figures.find("noop", cost.rooms, cost.operation, engine) if cost.kind == "room" else None
        least = least_requests(cost.kind, cost.operation, cost.rooms)
        lines.append(
            f"| {_number(cost.rooms)}, {KINDS[cost.kind]} | {cost.operation} | {cost.seconds:.1f} | {cost.requests} "
            f"| {cost.refused} | "
            + (f"{naive.seconds:.1f}, {naive.requests}, {naive.refused}" if naive else "")
            + " | "
            + (f"{naive.seconds / cost.seconds:.1f}" if naive else "")
            + " | "
            + (f"{floor.seconds:.1f}" if floor else "")
            + f" | {least} | {least_seconds(least):.0f} |"
        )
    return "\n".join(lines)


def other_scenarios(figures: Figures) -> str:
    """Return a table of the scenarios without a comparison."""
    lines = ["| scenario | operation | s | requests | 429 |", "|---|---|---:|---:|---:|"]
    for cost in figures.costs:
        if cost.scenario != f"{cost.rooms} rooms" and BUSY not in cost.scenario:
            lines.append(
                f"| {cost.scenario} | {cost.operation} | {cost.seconds:.1f} | {cost.requests} | {cost.refused} |"
            )
    return "\n".join(lines)


def busy_table(figures: Figures) -> str:
    """Return a table of the operations on a machine without an idle processor, next to the naive provider."""
    busy = {(cost.kind, cost.operation): cost for cost in figures.of(BUSY)}
    kinds = [kind for kind in KINDS if any(kind == measured for measured, _ in busy)]
    lines = [
        "| rooms | operation | " + " | ".join(f"{KINDS[kind]}: s, requests, 429" for kind in kinds) + " |",
        "|---|---|" + "---:|" * len(kinds),
    ]
    for operation in dict.fromkeys(operation for _, operation in busy):
        costs = [busy[kind, operation] for kind in kinds]
        cells = (f"{cost.seconds:.1f}, {cost.requests}, {cost.refused}" for cost in costs)
        lines.append(f"| {_number(costs[0].rooms)} | {operation} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def runner_table(figures: Figures) -> str:
    """Return a table of the stack runner's results next to the CLI's, if both were measured."""
    lines = [
        "| rooms | operation | s | no-op: s | times the no-op | the server's own s |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for cost in figures.costs:
        floor = figures.find("noop", cost.rooms, cost.operation, "runner")
        if cost.engine == "runner" and cost.kind == "room" and cost.scenario == f"{cost.rooms} rooms" and floor:
            lines.append(
                f"| {_number(cost.rooms)} | {cost.operation} | {cost.seconds:.2f} | {floor.seconds:.2f} "
                f"| {cost.seconds / floor.seconds:.2f} | {cost.server_seconds:.2f} |"
            )
    return "\n".join(lines)


def routes_table(figures: Figures) -> str:
    """Return a table of the requests by route."""
    lines = ["| scenario | operation | requests |", "|---|---|---|"]
    seen = set()
    for cost in figures.costs:
        key = (cost.kind, cost.scenario, cost.operation)
        if cost.kind in ("room", "set") and cost.routes and key not in seen:
            seen.add(key)
            routes = ", ".join(f"{count} x `{route}`" for route, count in cost.routes.items())
            several = cost.scenario == f"{cost.rooms} rooms" or BUSY in cost.scenario
            name = f"{cost.scenario}, {KINDS[cost.kind]}" if several else cost.scenario
            lines.append(f"| {name} | {cost.operation} | {routes} |")
    return "\n".join(lines)


def claims_table(figures: Figures) -> str:
    """Return a table of the requirements with their results."""
    lines = ["| what must hold | measured | |", "|---|---|---|"]
    for claim in claims(figures):
        says = "" if claim.holds is None else "yes" if claim.holds else "**NO**"
        lines.append(f"| {claim.text} | {claim.measured} | {says} |")
    return "\n".join(lines)


def markdown(figures: Figures, how: str) -> str:
    """Return the whole report, for docs/performance.md."""
    parts = [how, claims_table(figures), table(figures)]
    if any(cost.engine == "runner" for cost in figures.costs):
        parts += ["On the stack runner:", runner_table(figures)]
    if figures.of(BUSY):
        parts += ["Next to two processes that calculate all the time:", busy_table(figures)]
    parts += ["Other scenarios:", other_scenarios(figures), "Which requests:", routes_table(figures)]
    return "\n\n".join(parts) + "\n"


def as_json(figures: Figures, how: str) -> str:
    """Return all results as JSON."""
    found: dict[str, Any] = {
        "how": how,
        "costs": [asdict(cost) for cost in figures.costs],
        "claims": [asdict(claim) for claim in claims(figures)],
    }
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> tuple[Figures, str]:
    """Return the results of an earlier run, and the text about it."""
    found = json.loads(text)
    return Figures(Cost(**cost) for cost in found["costs"]), found["how"]


def merged(before: Iterable[Cost], after: Iterable[Cost]) -> list[Cost]:
    """Return the costs of two runs; costs measured in both are taken from the later one."""
    found = {(cost.engine, cost.kind, cost.scenario, cost.operation): cost for cost in (*before, *after)}
    return list(found.values())


def put_into(page: Path, text: str) -> None:
    """Replace the text between the markers of a page. Raises `SystemExit` for a page without them."""
    old = page.read_text(encoding="utf-8")
    head, _, rest = old.partition(BEGIN)
    _, mark, tail = rest.partition(END)
    if not mark:
        raise SystemExit(f"{page} has no markers")
    page.write_text(f"{head}{BEGIN}\n\n{text}\n{END}{tail}", encoding="utf-8")


def _number(value: int) -> str:
    return f"{value:,}".replace(",", " ")
