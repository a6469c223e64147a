"""The command line: ``vermilion``. Subcommands load when called, so that ``--help`` is instant."""

import importlib
from typing import Any

import click
from typing_extensions import override

COMMANDS: dict[str, tuple[str, str]] = {
    "web": ("serving:web", "Serve the pages."),
    "migrate": ("serving:migrate", "Bring the database up to date."),
    "seed": ("serving:seed", "Add the demo studios."),
}
"""Name → where the command is, and its line in ``vermilion --help``."""


class Commands(click.Group):
    """A group that knows its subcommands by name and imports one only when it is called."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(f"webapp.cli.{module}"), name)
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=Commands)
@click.version_option(package_name="vermilion")
def main(**_options: Any) -> None:
    """Vermilion (朱批) drafts an art teacher's comments from photographed drawings."""
