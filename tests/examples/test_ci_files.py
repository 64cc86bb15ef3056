"""The files of examples/ci: their schemas, and rules for pipelines that hold a key."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from ci_jobs import CI, PAGE, load
from click.testing import CliRunner

from pulumi_daily.settings import OPTIONS

WORKFLOWS = sorted((CI / "github").glob("daily-*.yml"))
SCRIPTS = sorted(CI.rglob("*.sh"))
PUBLISHED = [
    ("vendor.github-workflows", WORKFLOWS),
    ("vendor.dependabot", [CI / "github" / "dependabot.yml"]),
    ("vendor.gitlab-ci", [CI / "gitlab" / ".gitlab-ci.yml"]),
]
TEXT = {"type": "string", "minLength": 1}
SECRET = {
    "type": "object",
    "properties": {
        "type": {"const": "Secret"},
        "secret": {"type": "object", "properties": {"name": TEXT, "key": TEXT}, "required": ["name", "key"]},
    },
    "required": ["type", "secret"],
    "additionalProperties": False,
}
STACK = {
    "type": "object",
    "properties": {
        "serviceAccountName": TEXT,
        "projectRepo": {"type": "string", "pattern": "^https://"},
        "branch": TEXT,
        "shallow": {"type": "boolean"},
        "repoDir": TEXT,
        "stack": TEXT,
        "backend": TEXT,
        "refresh": {"type": "boolean"},
        "preview": {"type": "boolean"},
        "continueResyncOnCommitMatch": {"type": "boolean"},
        "resyncFrequencySeconds": {"type": "integer", "minimum": 60},
        "destroyOnFinalize": {"const": False},
        "envRefs": {"type": "object", "additionalProperties": SECRET},
        "workspaceTemplate": {"type": "object", "properties": {"spec": {"type": "object"}}, "required": ["spec"]},
    },
    "required": ["stack", "serviceAccountName", "projectRepo", "branch", "workspaceTemplate"],
    "additionalProperties": False,
}
"""The part of the operator's `Stack` (v1, operator 2.9) that the examples use."""


@pytest.mark.parametrize(("schema", "files"), PUBLISHED)
def test_it_follows_the_published_schema(schema: str, files: list[Path]) -> None:
    transform = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", schema, *transform, *map(str, files)])
    assert done.exit_code == 0, done.output


def test_a_mistake_is_found(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS[0].read_text("utf-8").replace("timeout-minutes: ", "timeout: "), "utf-8")
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", "vendor.github-workflows", str(broken)])
    assert done.exit_code == 1


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_few_permissions_and_ends(path: Path) -> None:
    content = load(path)
    assert content["permissions"] == {}
    assert "pull_request_target" not in content["on"]
    for job in content["jobs"].values():
        assert int(job["timeout-minutes"]) <= 60
        assert job["permissions"]["contents"] == "read"
        written = {name for name, right in job["permissions"].items() if right == "write"}
        assert written <= {"pull-requests", "issues", "id-token"}
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] == "false"
            # Only the last step, which calls a script, gets secrets.
            assert "secrets." not in str(step) or step is job["steps"][-1]


def test_actions_are_pinned_by_commit_everywhere_to_the_same() -> None:
    used: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for name, rest in re.findall(r"uses: ([\w./-]+)@(.*)", path.read_text("utf-8")):
            assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", rest)
            used.setdefault(name, set()).add(rest)
    assert used
    assert all(len(versions) == 1 for versions in used.values()), used


def test_a_deployment_is_never_cancelled() -> None:
    up = load(CI / "github" / "daily-up.yml")["jobs"]["up"]
    assert up["concurrency"] == {"group": "daily-up-${{ matrix.stack }}", "cancel-in-progress": "false"}
    gitlab = load(CI / "gitlab" / ".gitlab-ci.yml")
    assert gitlab[".up"]["resource_group"] == "daily-$STACK"
    assert gitlab[".up"]["interruptible"] == "false"


def test_only_jobs_that_need_the_key_name_an_environment_of_gitlab() -> None:
    """The page limits the variables to these environments."""
    gitlab = load(CI / "gitlab" / ".gitlab-ci.yml")
    named = {name: job["environment"] for name, job in gitlab.items() if "environment" in job}
    # A preview is no deployment.
    assert {job: named[job]["action"] for job in ("preview", "drift")} == {"preview": "access", "drift": "access"}
    assert named[".up"] == {"name": "$STACK"}
    assert set(named) == {"preview", "drift", ".up"}
    assert all(named[job]["name"].startswith("preview/") for job in ("preview", "drift"))
    text = PAGE.read_text("utf-8")
    assert "| `preview/*` |" in text
    assert "**Never press *Run pipeline* on the merge request of a fork.**" in text


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_bash(path: Path) -> None:
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0
    sourced = path.name in ("settings.sh", "lib.sh") and path.parent.name == "scripts"
    assert os.access(path, os.X_OK) is not sourced
    if not sourced:
        first, text = path.read_text("utf-8").split("\n", 1)
        assert first == "#!/usr/bin/env bash"
        assert "set -euo pipefail" in text


@pytest.mark.parametrize("name", ["stack.yaml", "preview.yaml"])
def test_a_stack_of_the_operator(name: str) -> None:
    objects = list(yaml.safe_load_all((CI / "operator" / name).read_text("utf-8")))
    [stack] = [one for one in objects if one["kind"] == "Stack"]
    assert stack["apiVersion"] == "pulumi.com/v1"
    jsonschema.validate(stack["spec"], STACK)
    assert stack["spec"]["workspaceTemplate"]["spec"]["securityProfile"] in ("baseline", "restricted")


def test_the_image_of_the_operator() -> None:
    lines = (CI / "operator" / "Dockerfile").read_text("utf-8").splitlines()
    assert re.fullmatch(r"FROM pulumi/pulumi-python-3\.\d+:\d+\.\d+\.\d+", next(x for x in lines if x[0] != "#"))
    [copied] = [line.split()[1] for line in lines if line.startswith("COPY ")]
    assert (CI / copied).is_file()


@pytest.mark.parametrize("name", ["daily.yaml", "daily-aws.yaml"])
def test_an_environment_of_esc(name: str) -> None:
    content = yaml.safe_load((CI / "esc" / name).read_text("utf-8"))
    config = content["values"]["pulumiConfig"]
    assert set(config) <= {f"daily:{option.name}" for option in OPTIONS}
    key = config["daily:apiKey"]
    if isinstance(key, str):
        # A value that ESC gets from a store is a secret by itself.
        found: Any = content["values"]
        for part in key.removeprefix("${").removesuffix("}").split(".")[:-1]:
            found = found[part]
        assert "daily" in found["fn::open::aws-secrets"]["get"]
    else:
        assert set(key) == {"fn::secret"}


def arguments_of_deployments(tmp_path: Path) -> list[str]:
    fake = tmp_path / "pulumi"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', "utf-8")
    fake.chmod(0o755)
    env = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [str(CI / "deployments" / "settings.sh")], env=env, capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.splitlines()


def test_the_settings_of_deployments(tmp_path: Path) -> None:
    arguments = arguments_of_deployments(tmp_path)
    assert arguments[:3] == ["deployment", "settings", "edit"]
    assert arguments[arguments.index("--folder") + 1] == "infra"
    assert arguments[arguments.index("--stack") + 1] == "acme/video/prod"
    assert "--secret-env" not in arguments


@pytest.mark.cli
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no pulumi on PATH")
def test_the_cli_knows_the_settings_of_deployments(tmp_path: Path) -> None:
    done = subprocess.run(
        ["pulumi", "deployment", "settings", "edit", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    used = {word.partition("=")[0] for word in arguments_of_deployments(tmp_path) if word.startswith("--")}
    assert used <= set(re.findall(r"--[a-z-]+", done.stdout))


def test_the_page_names_every_part() -> None:
    text = PAGE.read_text("utf-8")
    for folder in CI.iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            assert f"examples/ci/{folder.name}" in text
    settings = (CI / "scripts" / "settings.sh").read_text("utf-8")
    for name in ("MAX_DELETES", "PROTECTED"):
        assert f"{name}=" in settings
        assert f"`{name}`" in text
    assert "`allow-deletes`" in text
    assert "report label allow-deletes" in (CI / "scripts" / "lib.sh").read_text("utf-8")
    for path in WORKFLOWS:
        for name in set(re.findall(r"(?:secrets|vars)\.(\w+)", path.read_text("utf-8"))):
            assert f"`{name}`" in text
