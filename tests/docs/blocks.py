"""The fenced code blocks of README, docs and examples, and how each is run.

A comment before a block says how it is run, where that is not the usual way of its language:
``<!-- run: WORDS -->``, with words divided by commas.

=============  ========================================================================================================
python         a Pulumi program, which begins with ``PREAMBLE``: preview, up, destroy on the stack runner
  plain        a script
  emulator     a script that begins with a running emulator, ``emulator``
  tests        a module of tests, which pytest runs
console        commands in bash, in one session for all blocks of a page; `pulumi` is the stand-in or the CLI
  background   goes on to run meanwhile
  each         each line is run by itself, in a new folder
  cli          only with the CLI, which has what the stand-in lacks
  furnished    the account has some objects of each kind that the page names
text           never run
  output       each line is in the output of the console block before
  message      a message of the package
yaml, json     parsed
any            ``file PATH``: written to this path before the page's commands run
               ``no, REASON``: not run, for one of ``REASONS``
=============  ========================================================================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
PREAMBLE = "import pulumi\nimport pulumi_daily as daily\n\nconfig = pulumi.Config()\n"
LANGUAGES = ("python", "console", "text", "yaml", "json")
REASONS = {
    "installs": "it installs software, or takes minutes",
    "outside": "it needs a server or an account on the internet",
    "drawing": "it is a drawing",
    "recorded": "a test of the CLI records and compares it",
    "part": "it is a line of a file of this package",
    "elsewhere": "another test runs it",
}
RUN_ELSEWHERE = {
    "docs/api-client.md": "tests/api/test_api_docs.py",
    "docs/lookups.md": "tests/lookups/test_lookups_docs.py",
    "docs/tokens.md": "tests/webhooks/test_webhooks_example.py",
    "docs/webhooks.md": "tests/webhooks/test_webhooks_example.py",
}
"""Pages whose Python blocks another test runs."""
COMMENT = re.compile(r"<!-- run: (.*?) -->")


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, the line where it begins, and the words of the comment before it."""

    page: str
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def reason(self) -> str | None:
        """Return why the block is not run; None for a block that is."""
        if self.words[:1] == ("no",):
            return self.words[1]
        return "elsewhere" if self.language == "python" and self.page in RUN_ELSEWHERE else None

    @property
    def file(self) -> str | None:
        """Return the path that the block is written to; None for most blocks."""
        return next((word.removeprefix("file ") for word in self.words if word.startswith("file ")), None)

    @property
    def program(self) -> bool:
        """Return whether the block is a Pulumi program."""
        return self.language == "python" and not self.words and self.reason is None

    @property
    def where(self) -> str:
        """Return the place of the block, for messages."""
        return f"{self.page}, line {self.line}"


def blocks_of(page: str, text: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    found, words = [], ()
    for token in MarkdownIt().parse(text):
        if token.type == "html_block" and (comment := COMMENT.fullmatch(token.content.strip())):
            words = tuple(word.strip() for word in comment[1].split(","))
        elif token.type == "fence":
            assert token.map is not None
            found.append(Block(page, token.map[0] + 1, token.info.strip(), words, token.content))
            words = ()
    return found


@cache
def pages() -> dict[str, str]:
    """Return the text of each page by its path in the project."""
    paths = [
        ROOT / "README.md",
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "examples" / "README.md",
        *ROOT.glob("CONTRIB*.md"),
    ]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted(paths)}


@cache
def blocks() -> tuple[Block, ...]:
    """Return all blocks of all pages."""
    return tuple(block for page, text in pages().items() for block in blocks_of(page, text))
