"""Messages of the plugin give advice that fits a program in any language."""

from __future__ import annotations

import pytest

from pulumi_daily.lifecycle.errors import import_command
from pulumi_daily.plugin._texts import in_other_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Take it over with adopt_existing=True (it is", "Take it over with `adoptExisting: true` (it is"),
        (
            "first. Give opts=pulumi.ResourceOptions(delete_before_replace=True)",
            "first. Give the resource option `deleteBeforeReplace`",
        ),
        (
            'a rename: opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="OLD")]). For',
            "a rename: the resource option `aliases`. For",
        ),
        (f"run `{import_command('Room', 'a')}`", "run `pulumi import daily:index:Room NAME a`"),
        (f"run `{import_command('Webhook', 'w-1')}`", "run `pulumi import daily:index:Webhook NAME w-1`"),
        (f"over or `{import_command('RoomSet', '')}`.", "over."),
        ("is not known here; did you mean enable_chat?", "is not known here; did you mean enableChat?"),
        ('room "x_y" is gone from Daily', 'room "x_y" is gone from Daily'),
    ],
)
def test_advice_is_in_the_words_of_other_languages(text: str, expected: str) -> None:
    assert in_other_words(text) == expected
