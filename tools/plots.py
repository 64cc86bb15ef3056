"""Draws the tables of docs/performance.md as plots: ``docs/images/performance-*.svg``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from svg import document, element, text

ROOT = Path(__file__).resolve().parent.parent
PAGE = "docs/performance.md"
NAMES = ("simple provider", "this package, one Room each", "this package, one RoomSet")
WIDTH = 680.0
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Row:
    """One operation of the main table. ``naive`` has seconds and requests of the simple provider, if measured."""

    rooms: int
    of_set: bool
    operation: str
    seconds: float
    requests: int
    naive: tuple[float, int] | None


def rows(page: str) -> list[Row]:
    """Return the rows of the main table of the page."""
    found = []
    pattern = r"^\| ([\d ]+), one `(Room|RoomSet)`[^|]*\| ([^|]+) \| ([\d.]+) \| (\d+) \| \d+ \| ([^|]*) \|"
    for count, kind, operation, seconds, requests, naive in re.findall(pattern, page, re.MULTILINE):
        parts = naive.split(", ")
        other = (float(parts[0]), int(parts[1])) if len(parts) == 3 else None
        count = int(count.replace(" ", ""))
        found.append(Row(count, kind == "RoomSet", operation, float(seconds), int(requests), other))
    return found


def legend(x: float, y: float, entries: Sequence[int]) -> Iterator[str]:
    """Yield the names of the compared providers, side by side."""
    for entry in entries:
        yield element("rect", x=x, y=y - 10, width=12, height=12, rx=2, class_=f"c{entry}")
        yield text(x + 17, y, NAMES[entry], "soft")
        x += 44 + 6.8 * len(NAMES[entry])


def bars(title: str, subtitle: str, pairs: Mapping[str, tuple[float, float]]) -> str:
    """Return a plot with two bars for each operation: the simple provider's and this package's, with their values."""
    left, top, step = 190.0, 86.0, 44.0
    scale = (WIDTH - left - 70) / max(max(pair) for pair in pairs.values())
    body = [text(18, 28, title, "ink head"), text(18, 48, subtitle, "soft"), *legend(18, 70, (0, 1))]
    for number, (operation, pair) in enumerate(pairs.items()):
        y = top + number * step
        body.append(text(left - 10, y + 21, operation, text_anchor="end"))
        for which, value in enumerate(pair):
            width = max(1.0, value * scale)
            body.append(element("rect", x=left, y=y + which * 16, width=width, height=14, rx=2, class_=f"c{which}"))
            body.append(text(left + width + 6, y + which * 16 + 12, f"{value:g}", "soft"))
    return document(WIDTH, top + len(pairs) * step + 8, f"{title}. {subtitle}", body)


def lines(title: str, subtitle: str, series: Mapping[int, Points]) -> str:
    """Return a plot of values against the number of rooms, both axes logarithmic; ``series`` by index of ``NAMES``."""
    left, right, top, bottom = 60.0, WIDTH - 40, 96.0, 360.0
    largest = max(y for points in series.values() for _, y in points)
    decades = math.ceil(math.log10(largest))

    def at(rooms: float, value: float) -> tuple[float, float]:
        return (
            left + 16 + (math.log10(rooms) - 2) / 2 * (right - left - 46),
            bottom - math.log10(max(value, 1)) / decades * (bottom - top),
        )

    body = [text(18, 28, title, "ink head"), text(18, 48, subtitle, "soft"), *legend(18, 70, sorted(series))]
    for power in range(decades + 1):
        y = at(100, 10**power)[1]
        body.append(element("line", x1=left, x2=right, y1=y, y2=y, class_="rule"))
        body.append(text(left - 8, y + 4, f"{10**power:,}".replace(",", " "), "soft", text_anchor="end"))
    for rooms in (100, 300, 1000, 10_000):
        shown = f"{rooms:,} rooms".replace(",", " ") if rooms == 10_000 else f"{rooms:,}".replace(",", " ")
        body.append(text(at(rooms, 1)[0], bottom + 20, shown, "soft", text_anchor="middle"))
    for which, points in sorted(series.items()):
        path = " ".join("{:.1f},{:.1f}".format(*at(*point)) for point in points)
        body.append(element("polyline", points=path, fill="none", stroke_width=2.5, class_=f"l{which}"))
        for point in points:
            x, y = at(*point)
            body.append(element("circle", cx=x, cy=y, r=4.5, class_=f"c{which}"))
            body.append(text(x, y - 10, f"{point[1]:g}", "ink", text_anchor="middle"))
    return document(WIDTH, bottom + 36, f"{title}. {subtitle}", body)


def against_size(table: Sequence[Row], operation: str, *, seconds: bool) -> Mapping[int, Points]:
    """Return the values of an operation against the number of rooms, by index of ``NAMES``."""
    series: dict[int, list[tuple[float, float]]] = {}
    for row in table:
        if row.operation == operation:
            if row.naive is not None:
                series.setdefault(0, []).append((row.rooms, row.naive[0 if seconds else 1]))
            series.setdefault(2 if row.of_set else 1, []).append((row.rooms, row.seconds if seconds else row.requests))
    return series


def pictures(root: Path = ROOT) -> dict[str, str]:
    """Return the plots by their paths in the project."""
    table = rows((root / PAGE).read_text(encoding="utf-8"))
    compared = [(row, row.naive) for row in table if row.rooms == 300 and row.naive is not None]
    naive_destroy, our_destroy = next((naive[0], row.seconds) for row, naive in compared if row.operation == "destroy")
    drawn = {
        "300-seconds": bars(
            "300 rooms, seconds",
            f"A destroy takes {our_destroy:.0f} seconds instead of {naive_destroy:.0f}.",
            {row.operation: (naive[0], row.seconds) for row, naive in compared},
        ),
        "300-requests": bars(
            "300 rooms, requests to Daily",
            "Lists replace hundreds of single requests. The simple provider's preview reads nothing.",
            {row.operation: (naive[1], row.requests) for row, naive in compared},
        ),
        "size-requests": lines(
            "Requests of a refresh against the number of rooms",
            "One request for each hundred rooms instead of one for each room.",
            against_size(table, "refresh", seconds=False),
        ),
        "size-seconds": lines(
            "Seconds of a destroy against the number of rooms",
            "Batches: a set is deleted in seconds, however large it is.",
            against_size(table, "destroy", seconds=True),
        ),
    }
    return {f"docs/images/performance-{name}.svg": picture for name, picture in drawn.items()}
