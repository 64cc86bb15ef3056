"""Advice in the words of other languages: messages are those of the dynamic providers, which speak Python."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..objects.kinds import PLUGIN_TYPE
from ..objects.values import camel_case

Found = re.Match[str]

_WORDS: tuple[tuple[str, str | Callable[[Found], str]], ...] = (
    (r"opts=pulumi\.ResourceOptions\(aliases=[^)]*\)\]\)", "the resource option `aliases`"),
    (r"opts=pulumi\.ResourceOptions\((\w+)=True\)", lambda found: f"the resource option `{camel_case(found[1])}`"),
    (r"\b(\w+_\w+)=True\b", lambda found: f"`{camel_case(found[1])}: true`"),
    (r"(did you mean )(\w+)", lambda found: found[1] + camel_case(found[2])),
    (r"`pulumi-daily import --room (\S+)`", rf"`pulumi import {PLUGIN_TYPE}Room NAME \1`"),
    (r"`pulumi-daily import --kind (\w+) --id (\S+)`", rf"`pulumi import {PLUGIN_TYPE}\1 NAME \2`"),
    (r" or `pulumi-daily import --all [^`]*`", ""),
    (r", which \w+\.get reads", ""),
    (r"[;,.]?( or)? pass default=None if it may be \w+", ""),
)


def in_other_words(text: str) -> str:
    """Return a message with options, commands and names as programs in other languages have them."""
    for pattern, words in _WORDS:
        text = re.sub(pattern, words, text)
    return text
