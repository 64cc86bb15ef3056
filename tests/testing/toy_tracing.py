"""Runs a scenario and takes down what happened, by the test kit or by a real CLI, in one form for both.

Random and absolute things are left out: provider ids, paths, times, tracebacks (but their last line).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi_daily.testing import Secret, Stack

from . import toy_provider, toy_scenarios
from .toy_scenarios import PRELUDE, Do, Scenario

TESTS = Path(__file__).parents[1]
PROJECT = "toys"
ENV_KEEP = ("PATH", "HOME", "LANG", "TMPDIR")


def provider_string() -> str:
    """What Pulumi stores for the toy provider's class."""
    import base64

    import dill

    return base64.b64encode(dill.dumps(toy_provider.ToyProvider(), protocol=4, recurse=True)).decode()


class Bench:
    """A project directory and a toy world, with either engine."""

    def __init__(self, directory: Path, scenario: Scenario) -> None:
        self.directory = directory / "project"
        self.scenario = scenario
        self.program = self.directory / scenario.program
        self.program.parent.mkdir(parents=True)
        self.world = toy_provider.World(directory / "world.json")
        self.config: dict[str, Any] = {"toy:file": str(self.world.path)}
        self.env = {k: v for k, v in os.environ.items() if k in ENV_KEEP}
        # The interpreter that runs the tests, whether its environment is active or not.
        self.env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), self.env.get("PATH", "")])
        self.env["PYTHONPATH"] = str(TESTS)
        self.env["PYTHONDONTWRITEBYTECODE"] = "1"
        runtime = {"name": "python", "options": {"toolchain": "pip"}}
        settings = {"name": PROJECT, "runtime": runtime, **scenario.settings}
        (self.directory / "Pulumi.yaml").write_text(json.dumps(settings))  # JSON is YAML
        for name, text in scenario.files.items():
            (self.directory / name).write_text(text)

    def prepare(self, do: Do) -> None:
        if do.body is not None:
            text = PRELUDE + f"cfg = {str(self.world.path)!r}\n" + do.body + "\n"
            self.program.write_text(text)
        self.config.update(do.config)
        with self.world.edit() as data:
            data["calls"] = []
            if do.edit is not None:
                do.edit(data)

    def trace(
        self, do: Do, ok: bool, steps: list[Any], changes: Any, errors: list[str], said: list[str], state: Any
    ) -> Any:
        calls = [[m, w] for m, w, _ in self.world.calls("create", "update", "delete", "configure")]
        own = [c for c in calls if c[0] == "configure"]
        lines = [line.removeprefix("warning: ") for text in said for line in text.splitlines() if line]
        return {
            **({"said": sorted(lines)} if self.scenario.said else {}),
            "operation": do.op + (" --refresh" if do.refresh else ""),
            "ok": ok,
            "steps": _by_name(steps),
            "changes": {k: v for k, v in sorted(changes.items()) if v},
            "errors": sorted(errors),
            "configured": sorted(c[1] for c in own),
            "calls": _calls(c for c in calls if c[0] != "configure"),
            "objects": self.world.objects,
            "state": state,
        }

    def scrub(self, value: Any) -> Any:
        text = json.dumps(_tidy(value), sort_keys=True)
        for there, here in ((self.world.path, "$WORLD"), (self.directory, "$PROJECT")):
            text = text.replace(str(there), here)
        return json.loads(text.replace(provider_string(), "$PROVIDER"))


def _tidy(value: Any) -> Any:
    """Whole numbers as such: on the wire there are only floats."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        if "plaintext" in value:
            value = {**value, "plaintext": json.loads(value["plaintext"])}
        return {k: _tidy(v) for k, v in value.items()}
    return [_tidy(v) for v in value] if isinstance(value, list) else value


def _calls(calls: Any) -> Any:
    return sorted(calls, key=str)


def _by_name(steps: list[Any]) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = {}
    for name, entry in steps:
        out.setdefault(name, []).append(entry)
    return dict(sorted(out.items()))


def _entry(op: str, result: str, keys: Any, diffs: Any, detailed: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"op": op}
    if result != op:
        entry["result"] = result
    if keys:
        entry["replaces"] = sorted(keys)
    if diffs:
        entry["diffs"] = sorted(diffs)
    if detailed:
        entry["detailed"] = dict(sorted(detailed.items()))
    return entry


def _message(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if any("Traceback (most recent call last)" in line for line in lines):
        lines = [lines[-1]]
    text = re.sub(r"\s+", " ", " ".join(lines)).removeprefix("Preview failed: ")
    text = re.sub(r"\{&\{.*\}\}", "[secret]", text)  # the CLI's log shows it
    text = re.sub(r"; give its outputs to the test kit: .*$", "", text)
    return re.sub(r", or use the command: .*$", "", text).replace(", either remove", ", remove")


def _states(resources: list[dict[str, Any]], ids: Callable[[str], str]) -> list[Any]:
    out = []
    for res in resources:
        if res["type"].startswith("pulumi:providers:"):
            res = {**res, "id": "$ID"}
        kept = {
            k: res[k]
            for k in (
                "urn",
                "id",
                "inputs",
                "outputs",
                "parent",
                "protect",
                "external",
                "delete",
                "pendingReplacement",
                "retainOnDelete",
                "additionalSecretOutputs",
                "deletedWith",
                "replaceWith",
                "ignoreChanges",
                "replaceOnChanges",
                "replacementTrigger",
            )
            if res.get(k) not in (None, "", False, [], {})
        }
        kept["dependencies"] = sorted(res.get("dependencies") or [])
        props = res.get("propertyDependencies") or {}
        kept["propertyDependencies"] = {k: sorted(v) for k, v in sorted(props.items()) if v}
        if res.get("provider"):
            kept["provider"] = ids(res["provider"])
        out.append(kept)
    return sorted(out, key=lambda s: (s["urn"], s.get("delete", False), s.get("id", "")))


def _provider_id(ref: str) -> str:
    return ref.rsplit("::", 1)[0]


# --- by the test kit ----------------------------------------------------------------------------------------------


def run_kit(scenario: Scenario, directory: Path) -> list[Any]:
    bench = Bench(directory, scenario)
    traces = []
    state_file = directory / "state.json"
    for do in scenario.steps:
        bench.prepare(do)
        config = secret_of(bench.config)
        references = {f"organization/{PROJECT}/{name}": secret_of(told) for name, told in scenario.references.items()}
        options: dict[str, Any] = {"env": bench.env, "state_file": state_file, "references": references}
        with Stack(bench.directory, config=config, timeout=60, **options) as stack:
            if do.op == "import":
                result = stack.import_file(entries(do), protect=False)
            elif do.op == "refresh":
                result = stack.refresh(expect_failure=do.fails)
            elif do.op == "preview":
                result = stack.preview(refresh=do.refresh or None, expect_failure=do.fails)
            elif do.op == "up":
                result = stack.up(refresh=do.refresh or None, expect_failure=do.fails, continue_on_error=do.keep_going)
            else:
                result = stack.destroy(expect_failure=do.fails)
            steps = [
                (
                    s.name,
                    _entry(
                        s.op,
                        s.result if do.op == "refresh" and s.error is None else s.op,
                        s.replaces,
                        s.diffs,
                        {k: _kind(d.kind, d.input_diff) for k, d in (s.detailed_diff or {}).items()},
                    ),
                )
                for s in result.steps
            ]
            errors = [_message(d.message) for d in result.diagnostics if d.severity == "error"]
            said = [d.message for d in result.diagnostics if d.severity in ("info", "warning")]
            resources = stack.export(show_secrets=True)["deployment"]["resources"]
            trace = bench.trace(do, result.ok, steps, result.changes, errors, said, _states(resources, _provider_id))
            traces.append(bench.scrub(trace))
    return traces


def secret_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with the secrets among them marked; ``!held.in`` is a secret within a dictionary ``held``."""
    out: dict[str, Any] = {}
    for key, value in values.items():
        name, _, within = key.lstrip("!").partition(".")
        found = Secret(value) if key[0] == "!" else value
        out[name] = {within: found} if within else found
    return out


def _kind(kind: str, input_diff: bool) -> str:
    return kind if input_diff else f"{kind} (output)"


def entries(do: Do) -> dict[str, Any]:
    text = json.dumps({"resources": do.entries}).replace("$PROVIDER", provider_string())
    return dict(json.loads(text))


# --- by a real CLI ------------------------------------------------------------------------------------------------


def run_cli(scenario: Scenario, directory: Path, pulumi: str) -> list[Any]:
    bench = Bench(directory, scenario)
    with tempfile.TemporaryDirectory() as home:
        env = {
            **bench.env,
            "PULUMI_HOME": home,
            "PULUMI_BACKEND_URL": f"file://{home}",
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",
            # Else the CLI asks the network for plugins that came with it, for seconds, at each command.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

        def cli(*args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
            done = subprocess.run(
                [pulumi, "--non-interactive", *args],
                cwd=bench.directory,
                env=env,
                text=True,
                capture_output=True,
                timeout=180,
            )
            if check and done.returncode:
                raise AssertionError(f"pulumi {args}: {done.stdout}\n{done.stderr}")
            return done

        for name, outputs in scenario.references.items():
            cli("stack", "init", name)
            bench.program.write_text(_exporting(outputs))
            cli("up", "--yes", "--skip-preview")
        cli("stack", "init", "dev")
        traces = []
        for do in scenario.steps:
            bench.prepare(do)
            for key, value in bench.config.items():
                secret = "--secret" if key[0] == "!" else "--plaintext"
                for path, leaf in _leaves(key.lstrip("!"), value):
                    cli(
                        "config",
                        "set",
                        *["--path"] * (path != key.lstrip("!") or "." in path),
                        path,
                        secret,
                        "--",
                        leaf,
                    )
            log = directory / "events.json"
            log.unlink(missing_ok=True)
            args = [do.op, "--event-log", str(log)]
            if do.op == "import":
                file = directory / "import.json"
                file.write_text(json.dumps(entries(do)))
                args += ["--file", str(file), "--generate-code=false", "--protect=false", "--yes", "--skip-preview"]
            elif do.op != "preview":
                args += ["--yes", "--skip-preview"]
            if do.refresh:
                args.append("--refresh")
            if do.keep_going:
                args.append("--continue-on-error")
            done = cli(*args, check=False)
            if bool(done.returncode) != do.fails:
                raise AssertionError(f"{scenario.name} {do}: {done.returncode}\n{done.stdout}\n{done.stderr}")
            steps, changes, errors, said = _read_log(log)
            if not log.exists():  # refused before anything was begun
                errors = [done.stderr.strip().removeprefix("error: ")]
            deployment = json.loads(cli("stack", "export", "--show-secrets").stdout)
            resources = deployment["deployment"].get("resources") or []
            trace = bench.trace(do, not done.returncode, steps, changes, errors, said, _states(resources, _provider_id))
            traces.append(bench.scrub(trace))
        return traces


def _exporting(outputs: Mapping[str, Any]) -> str:
    """Return a program that exports `outputs`."""
    lines = [
        f"pulumi.export({k.lstrip('!')!r}, {f'pulumi.Output.secret({v!r})' if k[0] == '!' else repr(v)})"
        for k, v in outputs.items()
    ]
    return "\n".join(["import pulumi", *lines])


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield what ``pulumi config set --path`` is told to make `value`."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}", item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(f"{path}[{number}]", item)
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _read_log(path: Path) -> tuple[list[Any], dict[str, int], list[str], list[str]]:
    steps: list[tuple[str, dict[str, Any]]] = []
    refreshing: dict[str, list[int]] = {}
    changes: dict[str, int] = {}
    errors: list[str] = []
    said: list[str] = []
    for line in path.read_text().splitlines() if path.exists() else []:
        event = json.loads(line)
        if pre := event.get("resourcePreEvent"):
            meta = pre["metadata"]
            if _hidden(meta):
                continue
            if meta["op"] == "refresh":
                refreshing.setdefault(meta["urn"], []).append(len(steps))
            steps.append((meta["urn"].split("::", 3)[3], _entry_of(meta, meta["op"])))
        elif out := event.get("resOutputsEvent"):
            meta = out["metadata"]
            if indices := refreshing.get(meta["urn"]):
                index = indices.pop(0)
                steps[index] = (steps[index][0], _entry_of({**meta, "op": "refresh"}, meta["op"]))
        elif summary := event.get("summaryEvent"):
            changes = summary["resourceChanges"] or {}
        elif (diagnostic := event.get("diagnosticEvent")) and diagnostic["severity"] == "error":
            errors.append(_message(diagnostic["message"]))
        elif diagnostic and diagnostic["severity"] in ("info", "info#err", "info#out", "warning"):
            said.append(diagnostic["message"])
    return steps, changes, [e for e in errors if e not in ("update failed", "preview failed")], said


def _hidden(meta: dict[str, Any]) -> bool:
    kind, name = meta["urn"].split("::", 3)[2:]
    default = kind.startswith("pulumi:providers:") and name.split("_")[0] == "default"
    return default or meta["op"] == "remove-pending-replace"


def _entry_of(meta: dict[str, Any], result: str) -> dict[str, Any]:
    detailed = {
        k: _kind(d.get("diffKind", d.get("kind", "?")), d.get("inputDiff", False))
        for k, d in (meta.get("detailedDiff") or {}).items()
    }
    return _entry(meta["op"], result, meta.get("keys"), meta.get("diffs"), detailed)


def scenario_named(name: str) -> Scenario:
    return next(s for s in toy_scenarios.SCENARIOS if s.name == name)
