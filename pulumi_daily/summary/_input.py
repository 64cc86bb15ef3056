"""Reads the output of ``pulumi preview --json``, in its two forms: one document, or an event a line."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ..objects.values import NULL_GIVEN, UNKNOWN
from ._lines import warnings_in
from ._plugin import as_dynamic
from ._preview import Message, Preview, PreviewError, State, Step

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Pulumi's text for a value that is known only after ``up``."""
_STACK = "pulumi:pulumi:Stack"
_PARTS = frozenset({"create-replacement", "delete-replaced", "read-replacement", "discard-replaced"})
"""The steps of the parts of a replacement, which ``--show-replacement-steps`` adds."""
_DOCUMENT = frozenset({"steps", "diagnostics", "changeSummary", "config", "duration", "maybeCorrupt"})
_INSTEAD = "expected the output of `pulumi preview --json`"


def read(text: str) -> Preview:
    """Return the preview in a text, which may begin with other lines, such as warnings.

    Raises :class:`PreviewError` for a text that contains none, or only a part of one.
    """
    if not text.strip():
        raise PreviewError(f"the input is empty; {_INSTEAD}")
    try:
        documents = list(_documents(text))
        events = [item for item in documents if "sequence" in item and any(key.endswith("Event") for key in item)]
        found = [item for item in documents if item and item.keys() <= _DOCUMENT]
        found += [_digest(stream) for stream in _streams(events)]
        if len(found) == 1:
            return _preview(found[0])
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError) as error:
        if isinstance(error, PreviewError):
            raise
        raise PreviewError(f"the JSON has another form ({type(error).__name__}); {_INSTEAD}") from None
    if found:
        raise PreviewError(f"the input contains {len(found)} previews; give each stack's in a file of its own")
    raise PreviewError(f"the input contains no preview but {_beginning(text)}; {_INSTEAD}")


def _beginning(text: str) -> str:
    """Return the first error in a text, else its first line, in quotes."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = next((line for line in lines if line.startswith("error: ")), lines[0])
    return json.dumps(line if len(line) <= 100 else line[:99] + "…", ensure_ascii=False)


def _documents(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects that begin at the beginning of a line.

    Raises :class:`PreviewError` for one that looks like Pulumi's and is cut off.
    """
    decoder, position = json.JSONDecoder(), 0
    for begin in re.finditer(r"^\{", text, re.MULTILINE):
        if begin.start() < position:
            continue
        try:
            found, position = decoder.raw_decode(text, begin.start())
        except ValueError:
            if re.match(r'\{\s*("(?:config|steps|diagnostics|sequence)"|$)', text[begin.start() :]):
                raise PreviewError("the preview is cut off: its JSON does not end. Was it interrupted?") from None
            continue
        yield found


def _streams(events: list[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the events of each preview: their numbers rise."""
    stream: list[Mapping[str, Any]] = []
    for event in events:
        if stream and event["sequence"] <= stream[-1]["sequence"]:
            yield stream
            stream = []
        stream.append(event)
    if stream:
        yield stream


def _digest(events: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the events of PULUMI_ENABLE_STREAMING_JSON_PREVIEW in the form of the one document."""
    summaries = [event["summaryEvent"] for event in events if "summaryEvent" in event]
    if not summaries:
        raise PreviewError("the preview is cut off: its events have no summary. Was it interrupted?")
    messages = [event["diagnosticEvent"] for event in events if "diagnosticEvent" in event]
    violations = [event["policyEvent"] for event in events if "policyEvent" in event]
    return {
        "config": next((event["preludeEvent"].get("config") for event in events if "preludeEvent" in event), {}),
        "steps": [_streamed(event["resourcePreEvent"]["metadata"]) for event in events if "resourcePreEvent" in event],
        "diagnostics": [
            {**item, "message": f"{item.get('prefix') or ''}{item.get('message') or ''}"}
            for item in messages
            if item.get("severity") != "debug" and not item.get("ephemeral")
        ]
        + [_violation(item) for item in violations],
        "changeSummary": summaries[-1].get("resourceChanges"),
    }


def _violation(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the violation of a policy as a message: an error if the policy is mandatory, else a warning."""
    text = " ".join(str(event.get("message") or "").split("\n")).strip()
    severity = "warning" if event.get("enforcementLevel") == "advisory" else "error"
    name = str(event.get("resourceUrn") or "").rpartition("::")[2]
    said = f"policy {event.get('policyName')}: {text}"
    # Errors are shown with the name of their resource.
    return {
        "severity": severity,
        "urn": event.get("resourceUrn"),
        "message": said if severity == "error" else f"{name}: {said}",
    }


def _streamed(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "op": metadata["op"],
        "urn": metadata["urn"],
        "oldState": metadata.get("old"),
        "newState": metadata.get("new"),
        "replaceReasons": metadata.get("keys"),
        "detailedDiff": metadata.get("detailedDiff"),
    }


def _preview(data: Mapping[str, Any]) -> Preview:
    messages = tuple(_message(item) for item in data.get("diagnostics") or ())
    said: dict[str, list[str]] = {}
    for message in messages:
        said.setdefault(message.urn, []).extend(warnings_in(message.severity, message.text))
    found = (_step(item) for item in data.get("steps") or ())
    steps = [as_dynamic(step, said.get(step.urn, ())) for step in found]
    urns = [step.urn for step in steps]
    parts = urns[0].split("::") if urns else []
    counts = {str(op): int(number) for op, number in (data.get("changeSummary") or {}).items()}
    shown = tuple(step for step in steps if step.op not in _PARTS and step.type != _STACK)
    stack = f"{parts[1]}/{parts[0].rpartition(':')[2]}" if len(parts) > 2 else ""
    listed = Counter(step.op for step in steps if step.op not in _PARTS)
    corrupt = bool(data.get("maybeCorrupt"))
    return Preview(stack, shown, messages, counts, dict(data.get("config") or {}), listed, corrupt)


def _step(data: Mapping[str, Any]) -> Step:
    urn, op, diff = data["urn"], data["op"], data.get("detailedDiff")
    if not isinstance(urn, str) or not isinstance(op, str):
        raise TypeError
    _, _, types, name = urn.split("::", 3)
    return Step(
        op=op,
        type=types.rpartition("$")[2],
        name=name,
        old=_state(data.get("oldState")),
        new=_state(data.get("newState")),
        diff=None if diff is None else tuple(str(path) for path in diff if path),
        reasons=tuple(str(key) for key in data.get("replaceReasons") or ()),
        urn=urn,
        outside=tuple(path for path, one in (diff or {}).items() if path and one and one.get("inputDiff") is False),
    )


def _state(data: Mapping[str, Any] | None) -> State | None:
    if data is None:
        return None
    inputs, outputs = _known(data.get("inputs") or {}), _known(data.get("outputs") or {})
    if not isinstance(inputs, dict) or not isinstance(outputs, dict):
        raise TypeError
    ident, provider = str(data.get("id") or ""), str(data.get("provider") or "")
    return State(ident, inputs, outputs, bool(data.get("retainOnDelete")), provider)


def _known(value: Any) -> Any:
    """Return a copy with ``UNKNOWN`` for Pulumi's text, and null for a null that the program gave."""
    if isinstance(value, dict):
        return None if value == NULL_GIVEN else {key: _known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item) for item in value]
    return UNKNOWN if value == _UNKNOWN else value


def _message(data: Mapping[str, Any]) -> Message:
    urn = str(data.get("urn") or "")
    return Message(str(data.get("severity") or ""), str(data.get("message") or ""), urn.rpartition("::")[2], urn)
