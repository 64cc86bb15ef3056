"""Perform a scenario on an engine: do each act, check what it asks for, and give the record for the golden file."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from pulumi_daily.cli import main
from pulumi_daily.emulator import Emulator
from pulumi_daily.emulator._faults import Fault as EmulatorFault
from pulumi_daily.emulator._faults import Faults

from .model import (
    DOMAIN,
    EU_DOMAIN,
    EU_KEY,
    KEY,
    NEXT_KEY,
    Add,
    AddObject,
    Calm,
    Configure,
    Days,
    Edit,
    EditDomain,
    EditObject,
    Elsewhere,
    Engine,
    Fault,
    Import,
    ImportRooms,
    Meanwhile,
    NothingLeft,
    NowhereInState,
    OnServer,
    Program,
    Remove,
    RemoveObject,
    Report,
    RotateKey,
    Run,
    Scenario,
    SecretInState,
    Step,
    Switch,
)

GOLDEN = Path(__file__).parent / "golden"
KINDS = ("webhooks", "dialin_configs", "phone_numbers", "sip_trunks", "sip_clients")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
"""Ids of objects differ from run to run, because requests come in another order."""
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks a special value in Pulumi's state; a secret among them."""
SECRET = "1b47061264138c4ac30d75fd1eb44270"


class Moments(Faults):
    """Faults, and what somebody does at the moment of a request."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[str, int, Callable[[], None]]] = []

    def take(self, route: str | None) -> EmulatorFault | None:
        due = [one for one in self.waiting if one[0] == route and one[1] == 0]
        self.waiting = [
            (at, after - (at == route), happen) for at, after, happen in self.waiting if at != route or after > 0
        ]
        for _, _, happen in due:
            happen()
        return super().take(route)

    def clear(self) -> None:
        super().clear()
        self.waiting = []


def make_emulator() -> Emulator:
    """An emulator with both accounts of the scenarios; not started."""
    emulator = Emulator(domain_name=DOMAIN, api_key=KEY, record_bodies=True, seed=1)
    emulator.faults = emulator.app.faults = Moments()
    emulator.add_domain(EU_DOMAIN, EU_KEY)
    return emulator


def reset(emulator: Emulator) -> None:
    """No rooms, the first keys, and the same ids in each scenario: names of imported webhooks have a part of them."""
    emulator.reset()
    emulator.backend._rng.seed(1)
    use_key(emulator, NEXT_KEY, KEY)


def use_key(emulator: Emulator, old: str, new: str) -> None:
    """The domain of the key ``old`` has the key ``new`` from now on; the rooms stay."""
    # Daily has no API to rotate a key, and the emulator no control for it: its table of keys is changed directly.
    with emulator.backend.lock:
        keys = emulator.backend._by_key
        domains = list(keys.values())  # in their order: the first one is the emulator's own
        keys.clear()
        for domain in domains:
            domain.api_key = new if domain.api_key == old else domain.api_key
            keys[domain.api_key] = domain


def golden(scenario: Scenario) -> list[dict[str, Any]] | None:
    """What the CLI did; None when it was not recorded."""
    path = GOLDEN / f"{scenario.name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def record(scenario: Scenario, runs: list[dict[str, Any]]) -> None:
    """Write the golden file."""
    GOLDEN.mkdir(exist_ok=True)
    text = json.dumps(runs, indent=1, sort_keys=True)
    (GOLDEN / f"{scenario.name}.json").write_text(text + "\n", encoding="utf-8")


def play(scenario: Scenario, engine: Engine, emulator: Emulator) -> list[dict[str, Any]]:
    """Do all acts; a dict for each command. Raises ``AssertionError`` that names the act."""
    reset(emulator)
    runs: list[dict[str, Any]] = []
    other: Engine | None = None
    for number, act in enumerate(scenario.acts, 1):
        try:
            if isinstance(act, Run):
                runs.append(command(act, engine, emulator))
            elif isinstance(act, Elsewhere):
                other = engine.another() if other is None else other
                if isinstance(act.act, Run):
                    done = command(act.act, other, emulator)
                    runs.append({**done, "command": f"{done['command']} elsewhere"})
                else:
                    perform(act.act, other, emulator)
            elif isinstance(act, ImportRooms):
                options = [argument for room in act.rooms for argument in ("--room", room)]
                entries, _ = import_entries(options, emulator)
                report = engine.import_file(entries)
                assert report.ok, report.errors
                runs.append(as_record("import", report, []))
            elif isinstance(act, Import):
                entries, source = import_entries(act.options, emulator)
                report = engine.import_file(entries)
                assert report.ok, report.errors
                runs.append(as_record("import", report, []))
                engine.write(source)
            else:
                perform(act, engine, emulator)
        except AssertionError as error:
            raise AssertionError(f"{scenario.name}, act {number} {act}: {error}") from error
    return runs


def command(act: Run, engine: Engine, emulator: Emulator) -> dict[str, Any]:
    """Run a command, hold it to what its act expects, and give its record."""
    emulator.clear_log()
    report = engine.run(act.command, refresh=act.refresh, run_program=act.run_program, env=act.env)
    writes = writes_of(emulator)
    check(act, report, writes)
    title = [f"{name}={value}" for name, value in act.env.items()] + [act.command]
    title += ["--refresh"] * act.refresh + ["--run-program"] * act.run_program
    if act.racing:
        return {"command": " ".join(title), "ok": report.ok}
    return as_record(" ".join(title), report, writes)


def perform(act: Any, engine: Engine, emulator: Emulator) -> None:
    """One act that is no command of Pulumi's."""
    match act:
        case Program():
            engine.write(act.source)
        case Configure():
            engine.configure(act.key, act.value, secret=act.secret)
        case Edit():
            emulator.edit_room(act.room, privacy=act.privacy, domain=act.domain, **act.properties)
        case AddObject():
            emulator.add(act.kind, **act.values)
        case EditObject():
            [identity] = emulator.objects(act.kind)
            emulator.edit(act.kind, identity, **act.values)
        case RemoveObject():
            [identity] = emulator.objects(act.kind)
            emulator.remove(act.kind, identity)
        case EditDomain():
            with emulator.backend.lock:
                emulator.backend.domain().properties.update(act.properties)
        case Days():
            emulator.clock.advance(act.count * 86400)
        case NothingLeft():
            domain = emulator.backend.domain()
            left = {"rooms": emulator.rooms(), "settings": domain.properties}
            left |= {kind: emulator.objects(kind) for kind in KINDS}
            assert not any(left.values()), f"left on the server: {left}"
        case Remove():
            emulator.remove_room(act.room, domain=act.domain)
        case Add():
            emulator.add_room(act.room, privacy=act.privacy, api_created=act.api, **act.properties)
        case Switch():
            emulator.switches.update(act.values)
        case Fault():
            getattr(emulator, act.kind)(act.route, **act.how)
        case Calm():
            emulator.clear_faults()
        case Meanwhile():
            assert isinstance(emulator.faults, Moments)
            emulator.faults.waiting.append((act.route, act.after, lambda: perform(act.act, engine, emulator)))
        case RotateKey():
            use_key(emulator, KEY, NEXT_KEY)
        case OnServer():
            found = {name: room["properties"] for name, room in emulator.rooms(act.domain).items()}
            assert found == act.rooms, f"on the server: {found}"
        case SecretInState():
            outputs = engine.outputs_of(act.resource)
            assert is_secret(outputs[act.secret]), f"{act.secret} is in clear: {outputs[act.secret]!r}"
            assert not is_secret(outputs[act.plain])
        case NowhereInState():
            assert act.text not in engine.state_text(), f"{act.text!r} is in the state in clear"
        case _:
            raise TypeError(f"not an act: {act!r}")


def is_secret(value: Any) -> bool:
    """Whether a value of the state is marked as a secret."""
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def check(act: Run, report: Report, writes: list[str]) -> None:
    """Hold a command to what its act expects."""
    if act.fails:
        assert not report.ok, f"it did not fail, but did {report.changes}"
        for text in act.fails:
            assert text in report.errors, f"{text!r} is not in the errors: {report.errors}"
        assert "Traceback" not in report.errors, f"a traceback: {report.errors}"
    else:
        assert report.ok, f"it failed: {report.errors}"
        did = {op: count for op, count in report.changes.items() if op != "same" and count}
        assert did == dict(act.changes), f"changes are {did}; said: {report.warnings}; steps: {report.steps}"
    for text in act.says:
        assert any(text in line for line in report.warnings), f"{text!r} was not said, but: {report.warnings}"
    if not act.says and not act.racing:
        assert not report.warnings, f"warnings: {report.warnings}"
    for name, leaves in act.leaves.items():
        marked = {leaf for step in report.steps if step.name == name for leaf in step.leaves}
        assert marked == set(leaves), f"leaves of {name}: {sorted(marked)}"
    if act.command == "preview":
        assert not writes, f"a preview wrote: {writes}"
    if act.order is not None:
        assert tuple(writes) == act.order, f"writes: {writes}"


def as_record(command: str, report: Report, writes: list[str]) -> dict[str, Any]:
    """A command for the golden file: what two engines can be expected to have in common."""
    return {
        "command": command,
        "ok": report.ok,
        "changes": {op: count for op, count in sorted(report.changes.items()) if count} if report.ok else {},
        "steps": [step.as_json() for step in canonical(report.steps)],
        "warnings": sorted(TIME.sub("<time>", ID.sub("<id>", line)) for line in report.warnings),
        "writes": sorted(ID.sub("<id>", line) for line in writes),
    }


def canonical(steps: list[Step]) -> list[Step]:
    """Independent resources go side by side, in any order: sorted. The default provider is Pulumi's own affair."""
    kept = {s for s in steps if not (s.type.startswith("pulumi:providers:") and s.name.startswith("default"))}
    return sorted(kept)


def writes_of(emulator: Emulator) -> list[str]:
    """What requests changed, in order; how many rooms go into one request is left to the provider."""
    shown: list[str] = []
    for request in emulator.requests:
        if request.method == "GET" or request.status is None or request.status >= 400:
            continue
        body = request.body if isinstance(request.body, dict) else {}
        name = request.path.rpartition("/")[2]
        match request.route:
            case "POST /rooms":
                shown.append(f"create {body.get('name')}")
            case "POST /batch/rooms":
                shown += [f"create {room.get('name')}" for room in body["rooms"]]
            case "DELETE /batch/rooms":
                shown += [f"delete {name}" for name in body["room_names"]]
            case "DELETE /rooms/:name":
                shown.append(f"delete {name}")
            case "POST /rooms/:name":
                shown.append(f"update {name} {json.dumps(body, sort_keys=True)}")
            case _:
                shown.append(f"{request.method} {request.path}")
    return shown


def import_entries(options: Sequence[str], emulator: Emulator) -> tuple[dict[str, Any], str]:
    """The import file and the program that ``pulumi-daily import`` writes for the first domain."""
    account = {"DAILY_API_KEY": emulator.api_key, "DAILY_API_URL": emulator.url}
    with tempfile.TemporaryDirectory() as folder:
        file, code = Path(folder) / "import.json", Path(folder) / "program.py"
        arguments = ["import", *options, "--out", str(file), "--program", str(code)]
        done = CliRunner().invoke(main, arguments, env=account)
        assert done.exit_code == 0, done.output
        return dict(json.loads(file.read_text(encoding="utf-8"))), code.read_text(encoding="utf-8")
