"""The script of examples/ci that writes the comment and the issue, against GitHub's and GitLab's API on loopback."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ci_forge import BOTS, TOKEN, FakeForge

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "ci" / "scripts" / "report.py"
SHA = "0123456789abcdef0123456789abcdef01234567"


def load() -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location("ci_report", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ci_report"] = module
    spec.loader.exec_module(module)
    return module


report = load()


@pytest.fixture(params=["github", "gitlab"])
def forge(request: pytest.FixtureRequest) -> Iterator[FakeForge]:
    with FakeForge(request.param) as forge:
        yield forge


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "report.md"
    path.write_text("2 rooms change.\n", "utf-8")
    return path


def env_of(forge: FakeForge, *, pull: bool = True) -> dict[str, str]:
    if forge.kind == "github":
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": forge.url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "acme/infra",
            "GITHUB_REF": "refs/pull/7/merge" if pull else "refs/heads/main",
            "GITHUB_SHA": SHA,
            "GITHUB_RUN_ID": "99",
            "GITHUB_TOKEN": TOKEN,
        }
    merge = {"CI_MERGE_REQUEST_IID": "7"} if pull else {}
    return {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": forge.url,
        "CI_PROJECT_ID": "42",
        "CI_COMMIT_SHA": SHA,
        **({} if pull else {"CI_COMMIT_BRANCH": "main"}),
        "CI_JOB_URL": "https://gitlab.com/acme/infra/-/jobs/99",
        "GITLAB_TOKEN": TOKEN,
        **merge,
    }


def run(forge: FakeForge, *args: Any, pull: bool = True, waits: list[float] | None = None, **env: str) -> int:
    recorded = waits if waits is not None else []
    return int(report.main([str(a) for a in args], {**env_of(forge, pull=pull), **env}, recorded.append))


def bodies(forge: FakeForge) -> list[str]:
    return [comment["body"] for comment in forge.comments]


def test_a_second_run_updates_its_comment_among_many_others(forge: FakeForge, file: Path) -> None:
    for number in range(5):
        forge.add_comment("ada", f"comment {number}")
    assert run(forge, "comment", file) == 0
    for number in range(3):
        forge.add_comment("ada", f"later {number}")
    file.write_text("Nothing changes.", "utf-8")
    assert run(forge, "comment", file) == 0
    own = [c for c in forge.comments if "pulumi-daily" in c["body"]]
    assert len(own) == 1
    assert own[0]["body"].startswith(
        "<!-- pulumi-daily preview of infra -->\nNothing changes.\n\n<sub>Commit 01234567, "
    )
    assert len(forge.comments) == 9


@pytest.mark.parametrize("author", ["ada", "bot-of-others"])
def test_a_comment_of_others_with_the_marker_is_left_alone(forge: FakeForge, file: Path, author: str) -> None:
    marker = report.marker("preview", {})
    foreign = f"{marker}\nlooks like a report"
    forge.add_comment(author, foreign)
    forge.add_comment(BOTS[forge.kind], f"somebody quoted {marker}")
    assert run(forge, "comment", file) == 0
    assert run(forge, "comment", file) == 0
    assert len(forge.comments) == 3
    assert bodies(forge)[0] == foreign
    assert "2 rooms change." in bodies(forge)[2]


def test_two_projects_have_two_comments(forge: FakeForge, file: Path) -> None:
    for folder in ("infra", "other", "infra"):
        assert run(forge, "comment", file, INFRA=folder) == 0
    assert [body.partition("\n")[0] for body in bodies(forge)] == [
        "<!-- pulumi-daily preview of infra -->",
        "<!-- pulumi-daily preview of other -->",
    ]


@pytest.mark.parametrize("faults", [[502], [429, 503], ["lost"], [200, "lost"], [200, 200, "lost"]])
def test_a_forge_that_cannot_answer_is_asked_again_and_nothing_is_written_twice(
    forge: FakeForge, file: Path, faults: list[int | str]
) -> None:
    forge.faults = [fault if fault != 200 else "" for fault in faults]
    waits: list[float] = []
    assert run(forge, "comment", file, waits=waits) == 0
    assert len(forge.comments) == 1
    assert len(waits) <= len(faults)


def test_it_gives_up_in_the_end(forge: FakeForge, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge.faults = [503] * 20
    waits: list[float] = []
    assert run(forge, "comment", file, waits=waits) == 1
    assert waits == [1.0, 2.0, 4.0]
    assert "503" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["comment", "issue", "close"])
def test_an_expired_token_is_one_readable_line_without_the_token(
    forge: FakeForge, file: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forge.token = "another"
    assert run(forge, command, file) == 1
    printed = capsys.readouterr()
    assert printed.out == "2 rooms change.\n\n"
    assert "is the token expired" in printed.err
    assert len(printed.err.splitlines()) == 1
    assert TOKEN not in printed.out + printed.err
    assert len(forge.log) == 1


def test_without_a_token(forge: FakeForge, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(forge, "comment", file, GITHUB_TOKEN="", GITLAB_TOKEN="") == 1
    assert "_TOKEN is not set" in capsys.readouterr().err
    assert forge.log == []


def test_the_token_is_not_sent_to_another_server(forge: FakeForge) -> None:
    known = report.forge_of(env_of(forge))
    with pytest.raises(report.ReportError, match="another server"):
        report.call(known, "GET", "http://127.0.0.1:9/repos/acme/infra/issues?page=2")


def test_one_issue_is_opened_updated_and_closed(forge: FakeForge, file: Path) -> None:
    forge.add_issue("ada", report.marker("drift", {}), labels=["daily-drift"])
    forge.add_issue(BOTS[forge.kind], "about another thing", labels=["daily-drift"])
    assert run(forge, "close", file, pull=False) == 0
    assert run(forge, "issue", file, pull=False) == 0
    file.write_text("3 rooms drifted.", "utf-8")
    assert run(forge, "issue", file, pull=False) == 0
    assert len(forge.issues) == 3
    assert "3 rooms drifted." in forge.issues[2][forge.text_key]
    assert forge.issues[2]["title"] == report.TITLE
    assert run(forge, "close", file, pull=False) == 0
    assert [issue["state"] == "closed" for issue in forge.issues] == [False, False, True]
    assert run(forge, "issue", file, pull=False) == 0
    assert len(forge.issues) == 4


def test_an_issue_that_the_next_run_would_not_find_is_an_error(
    forge: FakeForge, file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forge, "shown", lambda labels: [])
    assert run(forge, "issue", file, pull=False) == 1
    assert "create the label" in capsys.readouterr().err


def test_a_pull_request_is_no_issue(file: Path) -> None:
    with FakeForge("github") as forge:
        forge.add_issue(BOTS["github"], report.marker("drift", {}), labels=["daily-drift"], pull_request={})
        assert run(forge, "close", file, pull=False) == 0
        assert forge.issues[0]["state"] == "open"


def test_labels_of_the_pull_request(forge: FakeForge, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(forge, "label", "allow-deletes") == 0
    forge.labels = ["bug", "allow-deletes"]
    assert run(forge, "label", "allow-deletes") == 0
    assert capsys.readouterr().out == "no\nyes\n"


def test_labels_of_the_pull_request_that_was_merged(forge: FakeForge, capsys: pytest.CaptureFixture[str]) -> None:
    forge.merge("main", "allow-deletes", merged_at=None, state="opened")
    forge.merge("main", "bug")
    assert run(forge, "label", "allow-deletes", pull=False) == 0
    forge.merge("main", "allow-deletes")
    assert run(forge, "label", "allow-deletes", pull=False) == 0
    assert capsys.readouterr().out == "no\nyes\n"


def test_a_label_of_a_pull_request_into_another_branch_lifts_nothing(
    forge: FakeForge, capsys: pytest.CaptureFixture[str]
) -> None:
    forge.merge("topic", "allow-deletes")
    forge.merge("heads/main", "allow-deletes")
    forge.merge("main")
    assert run(forge, "label", "allow-deletes", pull=False) == 0
    # Without a branch, such as for a tag, none is right.
    tag = {"GITHUB_REF": "refs/tags/topic", "CI_COMMIT_BRANCH": ""}
    assert run(forge, "label", "allow-deletes", pull=False, **tag) == 0
    assert capsys.readouterr().out == "no\nno\n"


@pytest.mark.parametrize(
    ("merge", "squash", "answer"),
    [(SHA, None, "yes"), ("f" * 40, SHA, "yes"), (None, None, "yes"), ("f" * 40, None, "no"), (None, "f" * 40, "no")],
)
def test_a_label_counts_on_gitlab_for_the_commit_of_its_merge(
    merge: str | None, squash: str | None, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeForge("gitlab") as forge:
        forge.merge("main", "allow-deletes", merge_commit_sha=merge, squash_commit_sha=squash)
        assert run(forge, "label", "allow-deletes", pull=False) == 0
    assert capsys.readouterr().out == f"{answer}\n"


def test_the_comment_names_the_commit_that_was_pushed(forge: FakeForge, file: Path) -> None:
    """Not the merge commit, which exists for the pipeline only."""
    name = "HEAD_SHA" if forge.kind == "github" else "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"
    for head, shown in (("f" * 40, "ffffffff"), ("", SHA[:8])):
        assert run(forge, "comment", file, **{name: head}) == 0
        assert f"<sub>Commit {shown}, " in bodies(forge)[0]


def test_a_label_that_cannot_be_read_is_no_answer(forge: FakeForge, capsys: pytest.CaptureFixture[str]) -> None:
    forge.token = "another"
    assert run(forge, "label", "allow-deletes") == 1
    assert capsys.readouterr().out == ""


def test_without_a_pull_request_nothing_is_written(forge: FakeForge, file: Path) -> None:
    assert run(forge, "comment", file, pull=False) == 0
    assert forge.log == []


def test_elsewhere_the_report_is_printed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("comment", "issue", "close", "print"):
        assert report.main([command, str(file)], {}) == 0
    assert report.main(["label", "allow-deletes"], {}) == 0
    assert capsys.readouterr().out == "2 rooms change.\n\n" * 4 + "no\n"


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert report.main(["shout", "x"], {}) == 2
    assert "report.py comment FILE" in capsys.readouterr().out
    assert report.main(["print", "/nowhere/report.md"], {}) == 1


def test_the_summary_of_the_job(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "summary"
    for _ in range(2):
        report.main(["print", str(file)], {"GITHUB_STEP_SUMMARY": str(path)})
    assert path.read_text("utf-8") == "2 rooms change.\n" * 2


def test_a_long_report_is_cut_between_lines_and_what_is_open_is_closed(forge: FakeForge, file: Path) -> None:
    lines = [f"| room-{n} | changes |" for n in range(60_000)]
    file.write_text("<details>\n\n```text\n" + "\n".join(lines) + "\n```\n</details>\n", "utf-8")
    assert run(forge, "comment", file) == 0
    [body] = bodies(forge)
    assert len(body) < (65_536 if forge.kind == "github" else 1_000_000)
    assert body.count("```") == 2
    assert body.count("<details>") == body.count("</details>") == 1
    assert "\n… The rest is in the log of the run.\n" in body
    kept = [line for line in body.splitlines() if line.startswith("| room")]
    assert kept == lines[: len(kept)]


def test_a_line_of_the_report_is_no_command_for_gitlab(file: Path) -> None:
    file.write_text("a\n/close\n  /merge\n", "utf-8")
    with FakeForge("gitlab") as forge:
        assert run(forge, "comment", file) == 0
        assert "\\/close\n  \\/merge" in bodies(forge)[0]
