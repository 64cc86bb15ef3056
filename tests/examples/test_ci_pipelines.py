"""The pipelines of examples/ci, step by step as they are written; Daily, Pulumi, GitHub and GitLab are on loopback."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ci_forge import TOKEN, FakeForge
from ci_jobs import CI, PAGE, SHA, Checkout, checkout, evaluate, load, run_github, run_gitlab
from warm import warm

from pulumi_daily.emulator import Emulator
from pulumi_daily.testing import Stack

KEY = "canary-daily-key-0123456789"
PASSPHRASE = "canary-passphrase-0123456789"
SECRETS = (KEY, PASSPHRASE, TOKEN)
MERGE = "f" * 40
"""The commit of a pull request's pipeline, which merges it for the time being."""
INSTALL = ("ci/install.sh",)
"""Not run in every test: pip takes a second to find that all is there."""

CHANGED = """
import pulumi

import pulumi_daily as daily

standup = daily.Room("standup", name="standup", privacy="private", properties={"enable_chat": True})
daily.Room("townhall", name="townhall", privacy="private", properties={"max_participants": 200})
daily.Room("retro", name="retro", privacy="private", properties={"exp": 1893456000})
rooms = {f"c-{n}": {"properties": {"max_participants": 10}} for n in range(1, 31)}
rooms["c-2"]["properties"]["max_participants"] = 30
daily.RoomSet("classrooms", rooms=rooms)
pulumi.export("standup", standup.url)
"""
EMPTY = "import pulumi_daily as daily\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator(domain_name="acme", api_key=KEY) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The folder of what stands in for the CLI."""
    folder = tmp_path_factory.mktemp("stand-in")
    with warm(folder):
        yield str(folder)


@pytest.fixture
def emulator(server: Emulator) -> Emulator:
    server.reset()
    return server


@pytest.fixture
def made(tmp_path: Path, emulator: Emulator, stand_in: str) -> Checkout:
    """A repository whose stack `prod` is deployed."""
    backend = tmp_path / "state"
    where = checkout(tmp_path / "repo", tmp_path / "home", stand_in, DAILY_API_URL=emulator.url)
    (where.folder / "infra" / "Pulumi.prod.yaml").write_text("config:\n  daily:domain: acme\n", "utf-8")
    with Stack(
        where.folder / "infra",
        stack="prod",
        config={"daily:domain": "acme"},
        env={**where.env, "DAILY_API_KEY": KEY},
        state_file=backend / ".pulumi" / "stacks" / "video" / "prod.json",
    ) as stack:
        stack.up()
    return where


@pytest.fixture
def made_with_cli(tmp_path: Path, emulator: Emulator) -> Checkout:
    """The same, deployed by the real CLI."""
    pulumi = shutil.which("pulumi")
    assert pulumi is not None
    folder = str(Path(pulumi).parent)
    where = checkout(tmp_path / "repo", tmp_path / "home", folder, DAILY_API_URL=emulator.url)
    (tmp_path / "state").mkdir()
    env = {
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "DAILY_API_KEY": KEY,
    }
    set_up = "cd infra; pulumi stack init prod; pulumi config set daily:domain acme; pulumi up --yes --skip-preview"
    assert where.bash(set_up, env) == 0, where.output
    return where


CLI = [pytest.mark.cli, pytest.mark.skipif(shutil.which("pulumi") is None, reason="no pulumi on PATH")]


@pytest.fixture
def github() -> Iterator[FakeForge]:
    with FakeForge("github") as forge:
        yield forge


@pytest.fixture
def gitlab() -> Iterator[FakeForge]:
    with FakeForge("gitlab") as forge:
        yield forge


def edit(where: Checkout, program: str) -> None:
    (where.folder / "infra" / "__main__.py").write_text(program, "utf-8")


def contexts(where: Checkout, **event: Any) -> dict[str, Any]:
    """Return the contexts of a job that gets all secrets."""
    return {
        "github": {
            "token": TOKEN,
            "repository": "acme/infra",
            "actor": "ada",
            "ref": "refs/heads/main",
            "event": event,
        },
        "vars": {"PULUMI_BACKEND_URL": (where.folder.parent / "state").as_uri()},
        "secrets": {"DAILY_API_KEY": KEY, "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE},
        "steps": {},
    }


def pull_request(repository: str = "acme/infra", author: str = "ada") -> dict[str, Any]:
    head = {"repo": {"full_name": repository}, "sha": SHA}
    return {"pull_request": {"number": 7, "user": {"login": author}, "head": head}}


def github_env(where: Checkout, forge: FakeForge, ref: str) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": forge.url,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/infra",
        "GITHUB_REF": ref,
        "GITHUB_SHA": MERGE if ref.startswith("refs/pull/") else SHA,
        "GITHUB_RUN_ID": "99",
        "GITHUB_STEP_SUMMARY": str(where.folder.parent / "summary.md"),
        "GITHUB_OUTPUT": str(where.folder.parent / "outputs"),
    }


def preview(where: Checkout, forge: FakeForge) -> int | None:
    return run_github(
        where,
        "preview",
        "preview",
        contexts(where, **pull_request()),
        github_env(where, forge, "refs/pull/7/merge"),
        skip=INSTALL,
    )


def nothing_leaked(where: Checkout, *forges: FakeForge) -> bool:
    """Return whether no secret is in what was printed and written."""
    written = [entry.get(key, "") for f in forges for entry in (*f.comments, *f.issues) for key in ("body", f.text_key)]
    summary = where.folder.parent / "summary.md"
    texts = [where.output, *written, summary.read_text("utf-8") if summary.is_file() else ""]
    return not any(secret in text for secret in SECRETS for text in texts)


def drift(emulator: Emulator) -> None:
    emulator.edit_room("standup", enable_chat=False)
    emulator.edit_room("c-7", max_participants=5)
    emulator.remove_room("c-8")


def shown(body: str) -> str:
    return "\n".join(line.rstrip() for line in body.splitlines()) + "\n"


# --- GitHub Actions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["made", pytest.param("made_with_cli", marks=CLI)])
def test_a_pull_request(engine: str, request: pytest.FixtureRequest, emulator: Emulator, github: FakeForge) -> None:
    """Drift, changes and a deletion are one comment, that of the docs; too many deletions stop it until the label."""
    made = request.getfixturevalue(engine)
    drift(emulator)
    edit(made, CHANGED)
    before = emulator.rooms()
    emulator.clear_log()
    assert preview(made, github) == 0, made.output
    [comment] = github.comments
    recorded(comment["body"])
    assert comment["body"].split("\n", 1)[1].partition("<sub>")[0].strip() in made.output

    edit(made, EMPTY)
    assert preview(made, github) == 3, made.output
    assert len(github.comments) == 1
    refused = github.comments[0]["body"]
    assert "room `legacy`" in refused
    assert "the label allow-deletes" in refused

    github.labels = ["allow-deletes"]
    assert preview(made, github) == 0, made.output
    assert len(github.comments) == 1
    assert "room `legacy`" in github.comments[0]["body"]
    assert "the label" not in github.comments[0]["body"]
    assert emulator.rooms() == before
    assert {route.split()[0] for route in emulator.counts()} == {"GET"}
    assert nothing_leaked(made, github)


def recorded_text() -> str:
    """Return the comment in the docs."""
    found = re.search(r"```text\n(<!-- pulumi-daily .*?)```\n", PAGE.read_text("utf-8"), re.S)
    assert found is not None
    return found[1]


def recorded(body: str) -> None:
    """Check that the comment stands in the docs; PULUMI_DAILY_RECORD=1 writes it there."""
    if os.environ.get("PULUMI_DAILY_RECORD"):
        page = PAGE.read_text("utf-8")
        PAGE.write_text(page.replace(recorded_text(), shown(body)), "utf-8")
    assert shown(body) == recorded_text()


def test_a_pull_request_that_gets_no_secrets(made: Checkout, github: FakeForge) -> None:
    """Forks and Dependabot: the program is tested on an emulator of its own; the preview does not run."""
    assert "secrets" not in str(load(CI / "github" / "daily-preview.yml")["jobs"]["check"])
    without = {"github": {"repository": "acme/infra", "token": TOKEN, "event": pull_request("eve/infra")}}
    assert run_github(made, "preview", "preview", without, {}) is None
    bot = "dependabot[bot]"
    # Its own push; a person who labels, reopens or pushes to its pull request; its push to that of a person.
    for actor, author in ((bot, bot), ("ada", bot), (bot, "ada")):
        given = {**contexts(made)["github"], "actor": actor, "event": pull_request(author=author)}
        assert run_github(made, "preview", "preview", {"github": given}, {}) is None
    # The plugins of this project's own tests take seconds to load.
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p pulumi_daily.testing.plugin"}
    made.env = {**made.env, "DAILY_API_URL": "http://127.0.0.1:9/v1"}
    skip = ("ci/install.sh requirements-test.txt",)
    assert run_github(made, "preview", "check", without, env, skip) == 0, made.output
    assert "2 passed" in made.output
    assert github.log == []


def up(where: Checkout, forge: FakeForge) -> int | None:
    given = {**contexts(where), "matrix": {"stack": "prod"}}
    env = github_env(where, forge, "refs/heads/main")
    return run_github(where, "up", "up", given, env, skip=INSTALL)


def test_after_the_merge(made: Checkout, emulator: Emulator, github: FakeForge) -> None:
    drift(emulator)
    edit(made, CHANGED)
    assert up(made, github) == 0, made.output
    rooms = emulator.rooms()
    assert rooms["standup"]["config"]["enable_chat"] is True
    assert rooms["c-2"]["config"]["max_participants"] == 30
    assert "c-8" in rooms
    assert "legacy" not in rooms
    assert nothing_leaked(made, github)

    edit(made, EMPTY)
    assert up(made, github) == 3, made.output
    assert emulator.rooms() == rooms


def test_the_stacks_of_the_settings_are_the_matrix(tmp_path: Path, github: FakeForge) -> None:
    where = checkout(tmp_path / "repo", tmp_path / "home", "", STACKS="dev  prod")
    env = github_env(where, github, "refs/heads/main")
    assert run_github(where, "up", "stacks", contexts(where), env) == 0
    assert (tmp_path / "outputs").read_text("utf-8") == 'stacks=["dev", "prod"]\n'
    job = load(CI / "github" / "daily-up.yml")["jobs"]["up"]
    outputs = {"needs": {"stacks": {"outputs": {"stacks": '["dev", "prod"]'}}}}
    assert evaluate(job["strategy"]["matrix"]["stack"][3:-2].strip(), outputs) == ["dev", "prod"]
    assert job["strategy"]["max-parallel"] == "1"


def test_the_search_for_drift_has_one_issue(made: Checkout, emulator: Emulator, github: FakeForge) -> None:
    def look() -> int | None:
        env = github_env(made, github, "refs/heads/main")
        return run_github(made, "drift", "drift", contexts(made), env, skip=INSTALL)

    emulator.edit_room("standup", enable_chat=False)
    assert look() == 0, made.output
    [issue] = github.issues
    assert "enable_chat" in issue["body"]
    assert issue["labels"] == [{"name": "daily-drift"}]
    emulator.edit_room("townhall", max_participants=5)
    assert look() == 0, made.output
    assert len(github.issues) == 1
    assert "max_participants" in issue["body"]
    emulator.edit_room("standup", enable_chat=True)
    emulator.edit_room("townhall", max_participants=100)
    assert look() == 0, made.output
    assert [one["state"] for one in github.issues] == ["closed"]
    assert nothing_leaked(made, github)


def test_a_preview_that_fails_is_told_in_the_comment(made: Checkout, github: FakeForge) -> None:
    edit(made, 'import pulumi_daily as daily\ndaily.Room("a", properties={"enable_chatt": True})\n')
    assert preview(made, github) == 1
    assert "enable_chatt" in github.comments[0]["body"]
    assert nothing_leaked(made, github)


def test_a_preview_without_json_is_told_in_the_comment(made: Checkout, github: FakeForge) -> None:
    """The CLI prints its reason to standard error alone."""
    made.env = {**made.env, "STACKS": "elsewhere"}
    assert preview(made, github) == 1
    assert "no stack named" in github.comments[0]["body"]
    assert str(made.folder.parent) not in github.comments[0]["body"]
    assert nothing_leaked(made, github)


def test_a_branch_is_not_deployed(made: Checkout, github: FakeForge) -> None:
    given = {**contexts(made), "matrix": {"stack": "prod"}}
    # Its program would also rewrite or close the issue.
    for ref in ("refs/heads/feature", "refs/tags/main"):
        given["github"]["ref"] = ref
        for workflow, job in (("up", "stacks"), ("up", "up"), ("drift", "drift")):
            assert run_github(made, workflow, job, given, github_env(made, github, ref)) is None
    assert github.log == []


# --- GitLab CI --------------------------------------------------------------------------------------------------


def gitlab_env(where: Checkout, forge: FakeForge, source: str, **more: str) -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_PIPELINE_SOURCE": source,
        "CI_API_V4_URL": forge.url,
        "CI_PROJECT_ID": "42",
        "CI_PROJECT_DIR": str(where.folder),
        "CI_COMMIT_SHA": SHA,
        "CI_DEFAULT_BRANCH": "main",
        "CI_JOB_URL": "https://gitlab.com/acme/infra/-/jobs/99",
        "AWS_ID_TOKEN": "canary-id-token",
        # The variables of the project.
        "GITLAB_TOKEN": TOKEN,
        "DAILY_API_KEY": KEY,
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_BACKEND_URL": (where.folder.parent / "state").as_uri(),
        **more,
    }


MERGE_REQUEST = {
    "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_PROJECT_ID": "42",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42",
}


def test_a_merge_request(made: Checkout, emulator: Emulator, gitlab: FakeForge) -> None:
    drift(emulator)
    edit(made, CHANGED)
    env = gitlab_env(made, gitlab, "merge_request_event", **MERGE_REQUEST)
    assert run_gitlab(made, "preview", env, skip=INSTALL) == 0, made.output
    [note] = gitlab.comments
    # The same text as on GitHub; only the log is elsewhere.
    assert shown(note["body"]).partition("<sub>")[0] == recorded_text().partition("<sub>")[0]
    for job in ("up prod", "drift"):
        assert run_gitlab(made, job, env) is None
    assert nothing_leaked(made, gitlab)


def test_a_merge_request_of_a_fork(tmp_path: Path, gitlab: FakeForge) -> None:
    where = checkout(tmp_path / "repo", tmp_path / "home", "")
    for script in ("check.sh", "install.sh"):
        (where.folder / "ci" / script).write_text("#!/bin/bash\n", "utf-8")
    fork = {**MERGE_REQUEST, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "666"}
    # A member pressed "Run pipeline": it runs here, with our variables.
    ours = gitlab_env(where, gitlab, "merge_request_event", **fork)
    # Else it runs in the fork's own project, which has none.
    theirs = {**ours, "CI_PROJECT_ID": "666"}
    for job in ("check", "preview", "up prod", "drift"):
        assert run_gitlab(where, job, ours) is None
        assert run_gitlab(where, job, theirs) == (0 if job == "check" else None)
    assert run_gitlab(where, "check", gitlab_env(where, gitlab, "merge_request_event", **MERGE_REQUEST)) == 0


def test_gitlab_every_night(made: Checkout, emulator: Emulator, gitlab: FakeForge) -> None:
    emulator.edit_room("standup", enable_chat=False)
    schedule = gitlab_env(made, gitlab, "schedule", CI_COMMIT_BRANCH="main")
    assert run_gitlab(made, "drift", schedule, skip=INSTALL) == 0, made.output
    [issue] = gitlab.issues
    assert "enable_chat" in issue["description"]
    emulator.edit_room("standup", enable_chat=True)
    assert run_gitlab(made, "drift", schedule, skip=INSTALL) == 0, made.output
    assert issue["state"] == "closed"
    for job in ("preview", "check", "up prod"):
        assert run_gitlab(made, job, schedule) is None
    assert run_gitlab(made, "drift", {**schedule, "CI_COMMIT_BRANCH": "topic"}) is None
    assert nothing_leaked(made, gitlab)


def test_gitlab_deploys_the_stack_of_the_job_after_a_merge(tmp_path: Path, gitlab: FakeForge) -> None:
    where = checkout(tmp_path / "repo", tmp_path / "home", "")
    push = gitlab_env(where, gitlab, "push", CI_COMMIT_BRANCH="main", AWS_ROLE_ARN="arn:aws:iam::1:role/x")
    shown = 'printf "%s\\n" "$0" "$@" "$(cat "$AWS_WEB_IDENTITY_TOKEN_FILE")"'
    for script in ("up.sh", "install.sh"):
        (where.folder / "ci" / script).write_text(f"#!/bin/bash\n{shown}\n", "utf-8")
    assert run_gitlab(where, "up prod", {**push, "CI_COMMIT_BRANCH": "topic"}) is None
    assert run_gitlab(where, "up prod", push) == 0
    assert where.printed[-1].split() == ["ci/install.sh", "canary-id-token", "ci/up.sh", "prod", "canary-id-token"]


# --- any other CI -----------------------------------------------------------------------------------------------


def test_the_scripts_alone(made: Checkout, emulator: Emulator) -> None:
    emulator.edit_room("standup", enable_chat=False)
    env = {"DAILY_API_KEY": KEY, "PULUMI_BACKEND_URL": (made.folder.parent / "state").as_uri()}
    assert made.bash("cd infra && ../ci/drift.sh", env) == 11, made.output
    assert "enable_chat" in made.output
    edit(made, CHANGED)
    assert made.bash("ci/drift.sh", env) == 10
    assert made.bash("ci/preview.sh", {**env, "PROTECTED": "town* leg*", "MAX_DELETES": ""}) == 3
    assert nothing_leaked(made)
    assert not list((made.folder.parent / "home").glob("tmp.*"))


def recorder(tmp_path: Path) -> tuple[Checkout, Path]:
    """Return a repository whose tools only note how they are called, and the file with their notes.

    The JSON of a preview is the name of its stack; `pulumi-daily` notes what is in the files that it gets.
    """
    tools = tmp_path / "tools"
    tools.mkdir()
    notes = tmp_path / "notes"
    notes.touch()
    scripts = {
        "pulumi": """printf 'pulumi %s %s\\n' "$1" "${!#}" >>"$NOTES"; [ "$1" = up ] || printf %s "${!#}" """,
        "pulumi-daily": """
            for word in "$@"; do
              case "$word" in
              *=*) printf 'summary %s %s\\n' "${word%%=*}" "$(cat "${word#*=}")" >>"$NOTES" ;;
              esac
            done""",
        "python": """printf 'report %s\\n' "$2" >>"$NOTES"; [ "$2" != label ] || echo no""",
    }
    for name, script in scripts.items():
        (tools / name).write_text(f"#!/bin/bash\n{script}\n", "utf-8")
        (tools / name).chmod(0o755)
    where = checkout(tmp_path / "repo", tmp_path / "home", str(tools), NOTES=str(notes))
    return where, notes


@pytest.mark.parametrize("script", ["preview", "drift"])
def test_stacks_with_similar_names_have_a_preview_each(tmp_path: Path, script: str) -> None:
    where, notes = recorder(tmp_path)
    assert where.bash(f"ci/{script}.sh", {"STACKS": "org/a/b  org/a_b"}) == 0, where.output
    summary = [line for line in notes.read_text("utf-8").splitlines() if line.startswith("summary")]
    assert summary == ["summary org/a/b org/a/b", "summary org/a_b org/a_b"]


def test_up_deploys_all_stacks_or_those_that_are_named(tmp_path: Path) -> None:
    where, notes = recorder(tmp_path)
    for arguments, deployed in (("", ["dev", "prod"]), ("prod", ["prod"]), ("prod dev", ["prod", "dev"])):
        notes.write_text("", "utf-8")
        assert where.bash(f"ci/up.sh {arguments}", {"STACKS": "dev prod"}) == 0, where.output
        lines = notes.read_text("utf-8").splitlines()
        assert [line.split()[2] for line in lines if line.startswith("pulumi up ")] == deployed


@pytest.mark.parametrize(
    ("command", "stacks", "reason"),
    [
        ('up.sh ""', "dev prod", "'' is not the name of a stack"),
        ('up.sh dev ""', "dev prod", "'' is not the name of a stack"),
        ('up.sh " "', "dev prod", "' ' is not the name of a stack"),
        ('up.sh "dev prod"', "dev prod", "'dev prod' is not the name of a stack"),
        ("up.sh --yes", "dev prod", "'--yes' is not the name of a stack"),
        ("up.sh", "  ", "no stack: STACKS of "),
        ("preview.sh", "  ", "no stack: STACKS of "),
        ("drift.sh", "  ", "no stack: STACKS of "),
    ],
)
def test_no_stack_is_an_error_and_does_not_mean_all(tmp_path: Path, command: str, stacks: str, reason: str) -> None:
    """Nothing is previewed, deployed or reported; the issue stays as it is."""
    where, notes = recorder(tmp_path)
    assert where.bash(f"ci/{command}", {"STACKS": stacks}) == 2
    assert where.printed[-1].startswith(f"{command.split()[0]}: {reason}")
    assert len(where.printed[-1].splitlines()) == 1
    assert notes.read_text("utf-8") == ""


def test_what_is_installed(tmp_path: Path) -> None:
    where = checkout(tmp_path / "repo", tmp_path / "home", "")
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "python").write_text('#!/bin/sh\necho "$@"\n', "utf-8")
    (fake / "python").chmod(0o755)
    path = {"PATH": f"{fake}{os.pathsep}{where.env['PATH']}"}
    assert where.bash("ci/install.sh && ci/install.sh requirements-test.txt", path) == 0
    lines = where.printed[-1].split("\n")
    assert [line.rpartition(" ")[2] for line in lines[:2]] == ["infra/requirements.txt", "infra/requirements-test.txt"]
    for name in ("requirements.txt", "requirements-test.txt"):
        assert (where.folder / "infra" / name).is_file()
