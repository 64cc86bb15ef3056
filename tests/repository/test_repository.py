"""The files for contributors: workflows, forms and hooks are valid, and what they run is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
SCHEMAS = {
    "vendor.github-workflows": WORKFLOWS,
    "vendor.dependabot": [GITHUB / "dependabot.yml"],
    "vendor.github-issue-forms": [GITHUB / "ISSUE_TEMPLATE" / "bug.yml", GITHUB / "ISSUE_TEMPLATE" / "idea.yml"],
    "vendor.github-issue-config": [GITHUB / "ISSUE_TEMPLATE" / "config.yml"],
}
WRITES = {
    ("docs.yml", "publish"): {"pages", "id-token"},
    ("release.yml", "publish"): {"id-token"},
    ("release.yml", "archives"): {"contents"},
}
"""What jobs may do besides reading: publish the site, prove to PyPI who they are, and make a release on GitHub."""
PUBLISHES = 'gh release create "$TAG" --repo "$GITHUB_REPOSITORY" --verify-tag --title "$TAG" archives/*'
"""The only command of a job that may write."""
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE))


def loaded(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def jobs() -> list[tuple[str, str, dict[str, Any]]]:
    """All jobs: the file's name, the job's name, the job."""
    return [(path.name, name, job) for path in WORKFLOWS for name, job in loaded(path)["jobs"].items()]


def steps() -> list[dict[str, Any]]:
    return [step for _, _, job in jobs() for step in job.get("steps", ())]


def run(*command: str) -> None:
    """Run a tool of this Python, which must succeed."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_of_github_has_a_schema() -> None:
    checked = {path for paths in SCHEMAS.values() for path in paths}
    assert checked == set(GITHUB.rglob("*.yml"))


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_of_github_follow_their_schemas(schema: str) -> None:
    run("check_jsonschema", "--builtin-schema", schema, *map(str, SCHEMAS[schema]))


def test_actions_are_pinned_by_commit() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert [use for use in used if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", use)] == []
    lines = [
        line for path in WORKFLOWS for line in path.read_text("utf-8").splitlines() if "uses: " in line and "@" in line
    ]
    assert [line for line in lines if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []
    assert len({line.split("uses: ")[1] for line in lines}) == len({use.split("@")[0] for use in used})


def test_workflows_may_only_read_except_where_they_publish() -> None:
    for path in WORKFLOWS:
        assert loaded(path)["permissions"] == {"contents": "read"}
    for file, name, job in jobs():
        permissions = job.get("permissions", {})
        assert set(permissions) == WRITES.get((file, name), set()), (file, name)
        assert "secrets" not in str(job)
        if permissions:  # nothing of the repository runs where a job may publish
            assert {step["run"] for step in job["steps"] if "run" in step} <= {PUBLISHES}
            assert not [step for step in job["steps"] if "checkout" in step.get("uses", "")]


def test_checkouts_keep_no_credentials_and_every_job_ends() -> None:
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert all("timeout-minutes" in job for _, _, job in jobs() if "uses" not in job)


def test_pull_requests_of_forks_get_no_secrets() -> None:
    for path in WORKFLOWS:
        events = loaded(path)[True]  # YAML 1.1 reads the key `on` as true
        assert "pull_request_target" not in events
        assert "workflow_run" not in events


def test_steps_run_targets_of_the_makefile() -> None:
    """No value of an expression is put into a shell line, so nothing in a tag or a branch can be run."""
    commands = {step["run"] for step in steps() if "run" in step}
    assert commands >= {"make check", "make test", "make demo", "make dist", "make release-check", "make docs"}
    assert {command.removeprefix("make ") for command in commands - {PUBLISHES}} <= TARGETS


def test_the_repository_has_one_address() -> None:
    [address] = re.findall(r'^Repository = "(.*)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    files = [ROOT / "pyproject.toml", *ROOT.glob("*.md"), *(path for path in GITHUB.rglob("*") if path.is_file())]
    texts = [path.read_text(encoding="utf-8") for path in files]
    named = {f"https://{found}" for text in texts for found in re.findall(r"github\.com/pulumi-daily/[\w-]+", text)}
    assert named == {address}


def test_the_pythons_are_the_same_everywhere() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    classified = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', pyproject)
    [oldest] = re.findall(r'^requires-python = ">=(.*)"$', pyproject, re.MULTILINE)
    [versions] = re.findall(r"^VERSIONS \?= (.*)$", MAKEFILE, re.MULTILINE)
    assert classified[0] == oldest
    assert versions.split() == [f"python{version}" for version in classified]
    tested = loaded(GITHUB / "workflows" / "test.yml")["jobs"]
    assert tested["test"]["strategy"]["matrix"]["python"] == classified
    assert tested["cli"]["strategy"]["matrix"]["python"] == classified


def test_the_oldest_cli_is_that_of_the_dependency() -> None:
    [oldest] = re.findall(r'"pulumi>=([\d.]+),', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    matrix = loaded(GITHUB / "workflows" / "test.yml")["jobs"]["cli"]["strategy"]["matrix"]
    assert matrix["pulumi"][0] == f"{oldest}.0"


def test_help_names_every_target() -> None:
    named = set(re.findall(r'@echo "make ([a-z-]+) ', MAKEFILE))
    [phony] = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == TARGETS
    assert named == TARGETS - {"help"}


def test_the_hooks_are_valid_and_run_tools_of_the_environment() -> None:
    run("pre_commit", "validate-config")
    [repository] = loaded(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        program, *rest = hook["entry"].split()
        assert program in {".venv/bin/ruff", ".venv/bin/python"}
        assert all((ROOT / part).exists() for part in rest if part.endswith(".py"))
