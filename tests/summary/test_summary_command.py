"""``pulumi-daily summary``: files, formats, guards and exit statuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from preview_texts import other, preview, step, warning

from pulumi_daily.cli import main

CLEAN = preview(step("same", "Room", "a", {"name": "a"}, {"name": "a"}))
CHANGE = preview(step("create", "Room", "a", new={"name": "a"}))
DELETION = preview(step("delete", "Room", "a", {"name": "a"}), step("same", "Room", "b", {"name": "b"}, {"name": "b"}))
DRIFT = preview(
    step("update", "Room", "a", {"name": "a"}, {"name": "a", "drift": {"lang": "is 1 on Daily, the program says 2"}})
)
FOREIGN = preview(other("create", "aws:s3/bucket:Bucket", "b"))
FAILED = preview(
    said=[
        {
            "message": "error: Program failed:\nTraceback (most recent call last):\n  x\nValueError: no\n",
            "severity": "error",
        }
    ]
)


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(main, ["summary", *arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    ("text", "status"),
    [(CLEAN, 0), (CHANGE, 10), (DELETION, 10), (DRIFT, 11), (FOREIGN, 10), (FAILED, 1), ("", 1), ("{", 1), ("oh\n", 1)],
)
def test_exit_statuses(text: str, status: int) -> None:
    assert run("--exit-code", stdin=text).exit_code == status
    assert run("-", stdin=text).exit_code == (status if status == 1 else 0)


def test_several_stacks_and_their_titles(tmp_path: Path) -> None:
    for name, text in (("a.json", CHANGE), ("b.json", DRIFT), ("c=d", CLEAN)):
        (tmp_path / name).write_text(text, "utf-8")
    result = run(f"production={tmp_path}/a.json", f"{tmp_path}/b.json", f"{tmp_path}/c=d", "--exit-code")
    assert result.exit_code == 10
    assert [line for line in result.output.splitlines() if line.startswith("#")] == [
        "### `production`: 1 room to create",
        "### `shop/dev`: 1 room changed outside Pulumi",
        "### `shop/dev`: no changes",
    ]
    assert run(f"{tmp_path}/b.json", f"{tmp_path}/c=d", "--exit-code").exit_code == 11


def test_one_stack_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(DELETION, "utf-8")
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\xff")
    result = run(
        f"{tmp_path}/a.json", f"gone={tmp_path}/none.json", f"{tmp_path}/b.json", str(tmp_path), "--no-deletes"
    )
    assert result.exit_code == 1
    assert "room `a`" in result.stdout
    assert "### `gone`: the preview could not be read" in result.stdout
    assert f"gone: {tmp_path}/none.json: No such file or directory" in result.stderr
    assert f"the stack: {tmp_path}: Is a directory" in result.stderr
    assert "shop/dev: --no-deletes refuses 1 deletion: room a" in result.stderr


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 0),
        (["--max-deletes", "1"], 0),
        (["--max-deletes", "0"], 3),
        (["--max-deletes", "50%"], 0),
        (["--max-deletes", "49.9%"], 3),
        (["--no-deletes"], 3),
        (["--protect-names", "b*"], 0),
        (["--protect-names", "b*", "--protect-names", "A*", "--exit-code"], 3),
        (["--exit-code"], 10),
        (["--max-deletes", "-1"], 2),
        (["--max-deletes", "many"], 2),
        (["--protect-names", "[a"], 2),
        (["--protect-names", ""], 2),
        (["--format", "html"], 2),
    ],
)
def test_guards(options: list[str], status: int) -> None:
    result = run(*options, stdin=DELETION)
    assert result.exit_code == status
    assert ("**Refused**" in result.stdout) is (status == 3)
    assert ("room `a`" in result.stdout) is (status != 2)


def test_an_output_file(tmp_path: Path) -> None:
    out = tmp_path / "report.md"
    result = run("--output", str(out), "--format", "json", stdin=DELETION)
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads(out.read_text("utf-8"))["stacks"][0]["counts"] == {"delete": 1}
    assert run("--output", str(tmp_path / "none" / "x"), stdin=CLEAN).exit_code == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    text = preview(step("create", "Room", "Übung", new={"name": "x"})).encode().decode("unicode_escape")
    assert "`Übung`" in run(stdin=text.encode(encoding)).output


def test_errors_are_one_line_on_standard_error() -> None:
    result = run("--format", "text", stdin=FAILED)
    assert result.stderr == "shop/dev: ValueError: no\n"
    assert "Traceback (most recent call last):" in result.stdout
    result = run("--format", "text", stdin=preview(said=[{"message": "error: \x1b[31mbad\nmore", "severity": "error"}]))
    assert result.stderr == "shop/dev: \\x1b[31mbad\n"


def test_a_preview_that_did_not_ask_daily_proves_nothing() -> None:
    said = [
        warning(
            "daily:offline is set: Daily is not asked. Drift, names that are taken and other conflicts are not seen"
        )
    ]
    blind = preview(said=said)
    assert run("--exit-code", stdin=blind).exit_code == 1
    assert run(stdin=blind).exit_code == 0
    assert "no changes; Daily was not asked" in run(stdin=blind).output
    assert run("--exit-code", stdin=preview(step("create", "Room", "a", new={"name": "a"}), said=said)).exit_code == 10


def test_a_warning_is_no_change() -> None:
    assert run("--exit-code", stdin=preview(said=[warning("mind")])).exit_code == 0
