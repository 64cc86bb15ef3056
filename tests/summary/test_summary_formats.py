"""The formats: what Markdown makes of hostile texts, the longest comment, and the JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from preview_texts import UNKNOWN, other, step, summary, warning

from pulumi_daily.summary import Report, to_json, to_markdown, to_text, unreadable
from pulumi_daily.summary._escape import block, code

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = re.compile(r"\s*(?:</?(?:details|summary|b)>|[\w ()-]+)*\s*")
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            [
                "`",
                "``",
                "|",
                "\\",
                "\\|",
                "[x](http://evil)",
                "![x](y)",
                "<img src=x>",
                "<b>",
                "</details>",
                "@team",
                "#123",
                "https://evil.example",
                "\n",
                "\r\n",
                "\x1b[31m",
                "\u202e",
                "\x00",
                "*",
                "_",
                "~",
                "&lt;",
                "-->",
                "<!--",
                " ",
                "a",
                "```\n",
                "| - |",
                "::error::",
                "##[x]",
                "\ud800",
            ]
        ),
        max_size=12,
    ).map("".join),
)


def report(name: str, value: str, said: str, title: str = "") -> Report:
    """Return a report in which every part contains one of these texts."""
    found = summary(
        step(
            "update",
            "Room",
            name or "x",
            {"name": name, "properties": {value: 1}},
            {"name": name, "properties": {value: value}},
        ),
        step("create", "RoomSet", "set", new={"rooms": {name: {}, **{f"r{n}": {} for n in range(12)}}}),
        step("delete", "Webhook", value or "y", {"url": value}),
        step("replace", "Room", "z", {"name": name + "1"}, {"name": "z"}, ["name"], [value]),
        step(
            "update",
            "Room",
            "d",
            {"name": "d"},
            {"name": "d", "drift": {value: said, "s": f"is {value} on Daily, the program says {said}"}},
            ["drift"],
        ),
        said=[
            warning(said),
            {"message": said, "severity": "error"},
            {"message": f"`pulumi up` will refuse {said}", "severity": "warning"},
        ],
    )
    object.__setattr__(found, "title", title or found.title)
    return Report(found, (said,))


def inlines(text: str) -> list[Any]:
    return [child for token in PARSER.parse(text) for child in (token.children or [token])]


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_markdown_makes_nothing_of_foreign_texts(name: str, value: str, said: str, title: str) -> None:
    text = to_markdown([report(name, value, said, title)])
    text.encode()
    tokens = inlines(text)
    assert not {token.type for token in tokens} & {
        "link_open",
        "image",
        "s_open",
        "em_open",
        "hr",
        "blockquote_open",
        "code_block",
    }
    for token in tokens:
        if token.type in ("html_inline", "html_block"):
            assert OURS.fullmatch(token.content), token.content
        elif token.type == "text":
            assert not re.search(r"[@#<>|*~\[\]\\]|://|evil", token.content), token.content
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_tables_keep_their_columns(name: str, value: str, said: str) -> None:
    """Every row has as many cells as its head, whichever way a renderer splits it."""
    rows: list[str] = []
    for line in [*to_markdown([report(name, value, said)]).splitlines(), ""]:
        if line.startswith("|"):
            rows.append(line)
        elif rows:
            assert len({row.count("|") for row in rows}) == 1, rows
            assert not any("\\|" in row for row in rows)
            rows = []


@given(HOSTILE, HOSTILE, HOSTILE)
def test_text_has_no_control_characters(name: str, value: str, said: str) -> None:
    text = to_text([report(name, value, said)])
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    assert not re.search(r"^\s*::\w|##\w*\[", text, re.MULTILINE)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_json_is_ascii_and_reads_back(name: str, value: str, said: str) -> None:
    text = to_json([report(name, value, said)])
    assert text.isascii()
    [stack] = json.loads(text)["stacks"]
    assert stack["refused"] == [said]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("", '`""`'),
        ("  ", '`"  "`'),
        ("a|b", r"`a\x7cb`"),
        ("x" * 300, "`" + "x" * 199 + "…`"),
    ],
)
def test_code(text: str, shown: str) -> None:
    assert code(text) == shown


def test_a_block_ends_where_it_should() -> None:
    assert block(["a", "````", "b"]) == "`````text\na\n````\nb\n`````"


def big(rooms: int) -> Report:
    old = {f"c-{n}": {"properties": {"max_participants": 10}} for n in range(rooms)}
    new = {name: {"properties": {"max_participants": 20}} for name in old}
    note = {name: {"lang": "is 1 on Daily, the program says 2"} for name in list(old)[:60]}
    return Report(
        summary(step("update", "RoomSet", "set", {"rooms": old}, {"rooms": new, "drift": note}, ["rooms", "drift"]))
    )


def test_a_long_comment_leaves_out_whole_rows() -> None:
    text = to_markdown([big(1200)])
    assert 50_000 < len(text.encode()) <= 60_000
    left_out = re.search(r"\*\*(\d+) rows left out: the comment would be too long\.\*\*", text)
    assert left_out is not None
    rows = re.findall(r"^\| room `c-\d+` of `set` \| `max_participants` \| `10` \| `20` \|$", text, re.MULTILINE)
    assert len(rows) + int(left_out[1]) == 1200
    assert text.count("<details>") == text.count("</details>") == 2
    assert len(re.findall(r"^\| room `c-\d+` of `set` \| `lang` ", text, re.MULTILINE)) == 20
    assert "| `set` | and 40 more |  |  |" in text


def test_stacks_share_one_comment() -> None:
    """A small stack is whole, and each of the large ones has a part of the rest."""
    small = Report(summary(step("create", "Room", "a", new={"name": "a"})))
    text = to_markdown([big(1200), small, big(1200)])
    assert 45_000 < len(text.encode()) <= 60_000
    stacks = text.split("### ")[1:]
    assert len(stacks) == 3
    assert "### " + stacks[1].strip() + "\n" == to_markdown([small])
    assert abs(len(stacks[0]) - len(stacks[2])) < 300


def test_stacks_without_room_are_counted() -> None:
    text = to_markdown([big(15)] * 200)
    assert len(text.encode()) <= 60_000
    left_out = re.search(r"\*\*(\d+) more stacks left out: the comment would be too long\.\*\*", text)
    assert left_out is not None
    assert len(re.findall("^### ", text, re.MULTILINE)) + int(left_out[1]) == 200
    assert int(left_out[1]) == 50
    assert "**1 more stack left out" in to_markdown([big(15)], limit=300)


def test_a_small_comment_names_one_row_and_drops_whole_sections() -> None:
    found = Report(summary(*(step("delete", "Room", f"{n}" * 200, {"name": f"{n}" * 200}) for n in range(9))))
    texts = {to_markdown([found], limit=limit) for limit in range(300, 5_000, 50)}
    assert to_markdown([found]) in texts
    assert any("**1 row left out" in text for text in texts)
    assert any("**9 rows left out" in text and "Deleted" not in text for text in texts)


def test_the_text_format() -> None:
    found = Report(
        summary(
            step("create", "Room", "a", new={"name": "a"}),
            step("delete", "DomainConfig", "d", {}, outputs={"domain": "acme"}),
            step("update", "Room", "res", {"name": "b"}, {"name": "b", "privacy": UNKNOWN}, ["privacy"]),
            step("delete", "Room", "kept", {"name": "kept"}, retainOnDelete=True),
            step("delete", "Room", "from", {"name": "m"}),
            step("create", "RoomSet", "to", new={"rooms": {"m": {}}}),
            step("create", "MeetingToken", "token", new={"self_signed": True}),
            other("create", "aws:s3/bucket:Bucket", "b"),
            other("update", "aws:s3/bucket:Bucket", "c"),
        ),
        ("no",),
    )
    assert to_text([found, found]) == "\n\n".join([TEXT, TEXT]) + "\n"


TEXT = """\
shop/dev: 2 objects to create, 1 to change, 1 to move, 1 to let go, 1 to delete

Refused
  no

Deleted (1)
  object       resource
  domain acme  d         its settings are reset

Changed (1)
  object        setting  old      new
  room b (res)  privacy  not set  not known yet

Moved (1)
  object        between resources
  room m of to  from from to to (RoomSet)

Created (2)
  object               resource
  meeting token token  token
  room a               a

Let go (1)
  object     why
  room kept  retain_on_delete

2 resources of other packages: 1 to change, 1 to create.

pulumi up sends about 7 requests to Daily: less than a second under its limits."""


def test_the_json_format() -> None:
    found = summary(
        step(
            "update",
            "Room",
            "a",
            {"name": "a", "privacy": "public"},
            {"name": "a", "properties": {"exp": UNKNOWN}},
            None,
        ),
        step("replace", "Room", "b", {"name": "b"}, {"name": "c"}, [], ["name"]),
        step(
            "update",
            "Room",
            "d",
            {"name": "d"},
            {"name": "d", "drift": {"x": "is 1 on Daily, the program says …"}},
            ["drift"],
        ),
    )
    [stack] = json.loads(to_json([Report(found, ("no",))]))["stacks"]
    assert stack["counts"] == {"replace": 1, "drift": 1, "change": 1}
    assert stack["objects"][0] == {
        "action": "replace",
        "kind": "Room",
        "name": "c",
        "oldName": "b",
        "resource": "b",
        "inSet": False,
        "deletes": True,
        "reason": "name cannot be changed in place",
        "changes": [],
    }
    assert [item["changes"] for item in stack["objects"][1:]] == [
        [{"setting": "x", "old": 1, "new": "…"}],
        [{"setting": "privacy", "old": "public"}, {"setting": "exp", "unknown": ["new"]}],
    ]
    assert {
        key: stack[key]
        for key in ("title", "status", "askedDaily", "refused", "errors", "upWouldRefuse", "warnings", "otherResources")
    } == {
        "title": "shop/dev",
        "status": "changes",
        "askedDaily": True,
        "refused": ["no"],
        "errors": [],
        "upWouldRefuse": [],
        "warnings": [],
        "otherResources": {},
    }


def test_an_unreadable_preview_and_a_clean_one() -> None:
    text = to_markdown([Report(unreadable("", "it is empty")), Report(summary(same=3))])
    assert text == (
        "### the preview could not be read\n\n**Errors**\n\n```text\nit is empty\n```\n\n### `shop/dev`: no changes\n"
    )
