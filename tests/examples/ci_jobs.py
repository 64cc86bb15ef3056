"""Run the jobs of examples/ci as a CI system would: a repository with the files in place, and each step in bash."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "pipelines.md"
CI = ROOT / "examples" / "ci"
SHA = "0123456789abcdef0123456789abcdef01234567"
SECONDS = 120


def load(path: Path) -> dict[str, Any]:
    """Return a pipeline's file. Its key `on` is not read as a boolean."""
    content = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    assert isinstance(content, dict)
    return content


@dataclass
class Checkout:
    """A repository as docs/pipelines.md makes it: the project in infra/, the scripts in ci/."""

    folder: Path
    env: Mapping[str, str]
    """The variables of every process; nothing else is inherited."""
    printed: list[str] = field(default_factory=list)

    def bash(self, script: str, env: Mapping[str, str] | None = None) -> int:
        """Run one step, and return its exit code."""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            cwd=self.folder,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        self.printed.append(done.stdout)
        return done.returncode

    @property
    def output(self) -> str:
        return "".join(self.printed)


def copies() -> list[str]:
    """Return the page's commands that copy files into a repository."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    return [block for block in blocks if "cp " in block]


def checkout(folder: Path, home: Path, pulumi: str, **env: str) -> Checkout:
    """Make a git repository in `folder`, beside this project, with the commands of the page.

    `pulumi` is the folder of the CLI, or of what stands in for it.
    """
    shutil.copytree(CI / "infra", folder / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    (folder.parent / "pulumi-daily").symlink_to(ROOT)
    home.mkdir(exist_ok=True)
    tools = [str(Path(sys.executable).parent), *os.defpath.split(os.pathsep), "/usr/local/bin", "/usr/bin", "/bin"]
    basic = {
        "PATH": os.pathsep.join([pulumi, *tools]),
        "HOME": str(home),
        "PULUMI_HOME": str(home / "pulumi"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TMPDIR": str(home),
        "CI": "true",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        # What a pipeline installs is there already; nothing is downloaded.
        "PIP_NO_INDEX": "1",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    made = Checkout(folder, {**basic, **env})
    assert made.bash("\n".join(["git init -q", *copies()])) == 0, made.output
    return made


# --- GitHub Actions ---------------------------------------------------------------------------------------------


def evaluate(expression: str, contexts: Mapping[str, Any]) -> Any:
    """Return the value of an expression of GitHub Actions. Only what the workflows use is known."""

    def value(match: re.Match[str]) -> str:
        found: Any = contexts
        for name in match[0].split("."):
            found = found.get(name, "") if isinstance(found, Mapping) else ""
        return repr(found)

    text = re.sub(r"'[^']*'|[a-z_]+(?:\.[\w-]+)+", lambda m: m[0] if m[0][0] == "'" else value(m), expression)
    text = text.replace("&&", " and ").replace("||", " or ").replace("fromJSON", "json.loads")
    return eval(" ".join(text.split()), {"__builtins__": {}, "json": json})


def filled(text: str, contexts: Mapping[str, Any]) -> str:
    return re.sub(r"\$\{\{(.*?)\}\}", lambda m: str(evaluate(m[1].strip(), contexts)), text)


def run_github(
    where: Checkout,
    workflow: str,
    job: str,
    contexts: Mapping[str, Any],
    env: Mapping[str, str],
    skip: tuple[str, ...] = (),
) -> int | None:
    """Run the job's steps as they are written until one fails; return the exit code, or None if its `if` is false.

    `workflow` is the name after ``daily-``. Steps in `skip`, and those with `uses`, are not run. A secret is in the
    `env` of the step that names it, and nowhere else.
    """
    content = load(where.folder / ".github" / "workflows" / f"daily-{workflow}.yml")["jobs"][job]
    condition = content.get("if", "true").replace("true", "1 == 1")
    if not evaluate(condition, contexts):
        return None
    for step in content["steps"]:
        if "run" not in step or step["run"] in skip:
            continue
        own = {name: filled(value, contexts) for name, value in step.get("env", {}).items()}
        # An expression in the text of a script would be a place to inject commands.
        assert "${{" not in step["run"]
        if code := where.bash(step["run"], {**env, **own}):
            return code
    return 0


# --- GitLab CI --------------------------------------------------------------------------------------------------


def gitlab_job(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a job with what it inherits by `extends`."""
    own = dict(content[name])
    if "extends" not in own:
        return own
    base = gitlab_job(content, own.pop("extends"))
    return {**base, **own, "variables": {**base.get("variables", {}), **own.get("variables", {})}}


def runs(job: Mapping[str, Any], variables: Mapping[str, str]) -> bool:
    """Return whether one of the job's rules applies."""

    def is_true(rule: str) -> bool:
        text = re.sub(r"\$(\w+)", lambda m: repr(variables.get(m[1], "")), rule).replace("&&", " and ")
        return bool(eval(text, {"__builtins__": {}}))

    return any(is_true(rule["if"]) for rule in job["rules"])


def run_gitlab(where: Checkout, job_name: str, variables: Mapping[str, str], skip: tuple[str, ...] = ()) -> int | None:
    """Run the job's lines in one shell as GitLab does; return the exit code, or None if no rule applies."""
    job = gitlab_job(load(where.folder / ".gitlab-ci.yml"), job_name)
    if not runs(job, variables):
        return None
    lines = [line for line in [*job.get("before_script", []), *job["script"]] if line not in skip]
    own = {k: re.sub(r"\$(\w+)", lambda m: variables.get(m[1], ""), v) for k, v in job.get("variables", {}).items()}
    return where.bash("\n".join(lines), {**variables, **own})
