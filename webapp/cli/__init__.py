"""The command line: ``vermilion``. Subcommands load when called, so that ``--help`` is instant."""

import importlib
from typing import Any

import click
from typing_extensions import override

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run:run", "Run everything on this machine."),
    "draft": ("drafting:draft", "Draft comments for photographed drawings."),
    "measure": ("drafting:measure", "Measure photographed drawings."),
    "simulate": ("simulate:simulate", "Let simulated teachers work through the real loop."),
    "web": ("serving:web", "Serve the pages."),
    "worker": ("serving:worker", "Do the jobs of one queue."),
    "beat": ("serving:beat", "Ask every minute what is due."),
    "migrate": ("serving:migrate", "Bring the database up to date."),
    "doctor": ("doctor:doctor", "Check everything and say what to mend."),
    "backup": ("archive:backup", "Copy everything into one file."),
    "restore": ("archive:restore", "Put a backup back."),
    "create-operator": ("studios:create_operator", "Make a person an operator of this server."),
    "export-studio": ("studios:export_studio", "Print a studio's feedback as JSON Lines."),
    "delete-studio": ("studios:delete_studio", "Delete a studio with everything in it."),
    "bench": ("bench:bench", "Measure how fast this machine is."),
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
