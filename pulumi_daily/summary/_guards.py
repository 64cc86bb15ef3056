"""Guards against deletions: what a preview may not do without somebody's consent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ._model import SECRET, Entry, Summary

_NAMED = 10
_LABEL = " (in the pipelines of this package: add the label allow-deletes to the pull request)"


@dataclass(frozen=True)
class Guards:
    """The limits of a run: at most so many deletions, or percent of what the stack manages; names that must stay."""

    max_deletes: int | None = None
    max_percent: float | None = None
    no_deletes: bool = False
    protected: tuple[str, ...] = ()
    """Patterns of names, as of ``fnmatch``; upper and lower case are the same."""

    @property
    def any(self) -> bool:
        """Return whether there is a limit."""
        limits = self.max_deletes is not None or self.max_percent is not None
        return limits or self.no_deletes or bool(self.protected)


def check(summary: Summary, guards: Guards) -> tuple[str, ...]:
    """Return a text for each guard that the summary violates; each says what to do if it is meant to happen."""
    removed = [entry for entry in summary.entries if entry.removes]
    found = [_too_many(summary, removed, guards), _protected(removed, guards.protected)]
    if guards.any and summary.unknown_sets:
        sets = ", ".join(summary.unknown_sets)
        found.append(
            f"the preview does not show the rooms of the set {sets}, so that nobody can say which rooms `pulumi up` "
            "deletes: they are known only then, or secret as a whole. Leave out the guards for this run, or give the "
            "set names that are known"
        )
    return tuple(text for text in found if text)


def _too_many(summary: Summary, removed: Sequence[Entry], guards: Guards) -> str:
    if not removed:
        return ""
    what = f"{_number(len(removed))}: {_names(removed)}"
    if guards.no_deletes:
        return f"--no-deletes refuses {what}. If they are meant, leave out --no-deletes for this run{_LABEL}"
    if guards.max_deletes is not None and len(removed) > guards.max_deletes:
        return (
            f"--max-deletes {guards.max_deletes} refuses {what}. If they are meant, run it with --max-deletes "
            f"{len(removed)} or without it{_LABEL}"
        )
    share = 100 * len(removed) / max(summary.managed, len(removed))
    if guards.max_percent is None or share <= guards.max_percent:
        return ""
    unlisted = (
        f" ({summary.unlisted} unchanged resources are not counted, because the preview does not list them: "
        "`pulumi preview --json --show-sames` does)"
        if summary.unlisted
        else ""
    )
    return (
        f"--max-deletes {guards.max_percent:g}% refuses {what}, which is {share:.3g}% of the {summary.managed} objects "
        f"that the stack manages{unlisted}. If they are meant, run it with a larger --max-deletes or without "
        f"it{_LABEL}"
    )


def _protected(removed: Iterable[Entry], patterns: Sequence[str]) -> str:
    found = [entry for entry in removed if any(_matches(entry, pattern) for pattern in patterns)]
    if not found:
        return ""
    given = " ".join(f"--protect-names {pattern}" for pattern in patterns)
    return f"{given} refuses {_number(len(found))}: {_names(found)}. If they are meant, change the pattern for this run"


def _matches(entry: Entry, pattern: str) -> bool:
    """Return whether a pattern is about an object; each is, whose name the preview hides as a secret."""
    names = (entry.guarded,) if entry.kind == "Room" else (entry.guarded, entry.resource)
    return SECRET in names or any(fnmatchcase(name.casefold(), pattern.casefold()) for name in names)


def _number(count: int) -> str:
    return f"{count} deletion{'' if count == 1 else 's'}"


def _names(entries: Sequence[Entry]) -> str:
    names = [f"{entry.noun} {entry.old_name or entry.name}" for entry in entries[:_NAMED]]
    more = len(entries) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
