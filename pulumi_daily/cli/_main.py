"""The group of subcommands."""

from __future__ import annotations

import importlib
from typing import Any

import click

_COMMANDS = {
    "doctor": ("_doctor", "Check versions, key, API and domain, and print the next steps."),
    "emulator": ("_emulator", "Run an emulator of Daily's API on this machine."),
    "import": ("_import", "Write a Pulumi import file for existing objects."),
    "move-to-plugin": ("_move_to_plugin", "Convert the state of a stack to resources of the native plugin."),
    "plugin": ("_plugin", "Write the native plugin, for programs in any language, into a folder."),
    "summary": ("_summary", "Summarize `pulumi preview --json` for a pull request, with guards against deletions."),
    "webhook-echo": ("_webhook_echo", "Run a server for a Daily webhook and print its events."),
}


class _Group(click.Group):
    """A group that knows its subcommands by name; a help page loads neither them nor their dependencies."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f".{_COMMANDS[cmd_name][0]}", __package__)
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand. Its error messages are escaped because they may quote a server, except usage errors."""
        try:
            return super().invoke(ctx)
        except click.UsageError:
            raise
        except click.ClickException as error:
            from ..api import printable

            raise click.ClickException(printable(error.message)) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pulumi-daily")
def main() -> None:
    """Commands for pulumi-daily, the Pulumi provider for Daily (daily.co)."""
