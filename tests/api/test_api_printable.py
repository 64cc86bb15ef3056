"""What a text of somebody else's may do to a console or a CI log: nothing."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_daily.api import printable

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\n\tc", r"a\nb\r\n\tc"),
        ("\0\x1b[31mred\x7f", r"\x00\x1b[31mred\x7f"),
        ("\x85\x9b", r"\x85\x9b"),
        ("\x1b]8;;https://x.example\x07link\x1b]8;;\x07", r"\x1b]8;;https://x.example\x07link\x1b]8;;\x07"),
        ("user\u202etxt.exe\u2066\u200f", r"user\u202etxt.exe\u2066\u200f"),
        ("a\u200bb\u200cc\u2060d\ufeffe\xadf", r"a\u200bb\u200cc\u2060d\ufeffe\xadf"),
        ("a\u034fb\u115fc\u3164d\uffa0e\U000e0100f", r"a\u034fb\u115fc\u3164d\uffa0e\U000e0100f"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("cut \ud83d", r"cut \ud83d"),
        ("hidden \U000e0041", r"hidden \U000e0041"),
        ("a\u200db", r"a\u200db"),
        ("##[error]no", r"##\x5berror]no"),
        ("text ###[group]", r"text ###\x5bgroup]"),
        ("##vso[task.setvariable variable=x]y", r"##vso\x5btask.setvariable variable=x]y"),
        ("##VSO[x]", r"##VSO\x5bx]"),
        ("::set-output name=x::y", r"\x3a:set-output name=x::y"),
        ("  ::error::y", r"  \x3a:error::y"),
    ],
)
def test_what_acts_on_a_console_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a room\u2026 \xfcber \u2502\u251c\u2500 \u4e2d\u6587",
        FAMILY,
        "\u2764\ufe0f\u200d\U0001f525",
        "::1",
        "a ::b::",
        "# [x] ## x",
        r"\x1b",
    ],
)
def test_plain_text_stays(text: str) -> None:
    assert printable(text) == text


@given(st.text(st.characters() | st.sampled_from("#[:vso \n\ud83d\u200d\U0001f468\u202e"), max_size=30))
@example("##\n[")
@example(":\u200b:x")
def test_nothing_is_left_that_acts_and_once_is_enough(text: str) -> None:
    shown = printable(text)
    assert printable(shown) == shown
    shown.encode()
    assert not re.search(r"##\w*\[|^\s*::[a-zA-Z]", shown)
    acting = {"Cc", "Cs", "Zl", "Zp"}
    assert not [char for char in shown if unicodedata.category(char) in acting]
    assert not [char for char in shown if unicodedata.bidirectional(char) in {"LRE", "RLE", "LRO", "RLO", "PDF"}]
    blank = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
    blank |= {chr(code) for code in range(0xE0000, 0xE1000)}
    if text.isprintable() and not blank & set(text) and "##" not in text and "::" not in text:
        assert shown == text
