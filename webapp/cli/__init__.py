"""The command line: ``vermilion``. Subcommands load when called, so that ``--help`` is instant."""

import importlib
import signal
import warnings
from typing import Any

import click
from typing_extensions import override

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run:run", "Run everything on this machine."),
    "draft": ("drafting:draft", "Draft comments for photographed drawings."),
    "measure": ("drafting:measure", "Measure photographed drawings."),
    "learn": ("learning:learn", "Learn one night from a file of feedback."),
    "exam": ("learning:exam", "Examine an adapter on a file of feedback."),
    "simulate": ("simulate:simulate", "Let simulated teachers work through the real loop."),
    "study": ("study:study", "Compare ways of learning with simulated teachers."),
    "web": ("serving:web", "Serve the pages."),
    "worker": ("serving:worker", "Do the jobs of one queue."),
    "beat": ("serving:beat", "Ask every minute what is due."),
    "sandbox": ("serving:sandbox", "Serve a payment service in Stripe's shape, for demos and tests."),
    "migrate": ("serving:migrate", "Bring the database up to date."),
    "nightly": ("school:nightly", "Let the models learn now from what teachers accepted."),
    "put-back": ("school:put_back", "Let the version before the one that serves serve again."),
    "sync-plans": ("money:sync_plans", "Make Stripe sell what the catalogue says."),
    "reconcile": ("money:reconcile", "Compare with Stripe, mend what is safe, list the rest."),
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
        if cmd_name == "run":
            _heed_ctrl_c()
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(f"webapp.cli.{module}"), name)
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _heed_ctrl_c() -> None:
    """A shell starts what it runs in the background deaf to SIGINT. ``supervise`` listens on its own, but
    until it does the program imports, migrates or prepares models, and must be stoppable as well.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@click.command(cls=Commands)
@click.version_option(package_name="vermilion")
def main(**_options: Any) -> None:
    """Vermilion (朱批) drafts an art teacher's comments from photographed drawings."""
    leave_out_warnings()


def leave_out_warnings() -> None:
    """peft 0.21 asks transformers by an old name; who runs this can do nothing about it."""
    warnings.filterwarnings("ignore", ".is_gradient_checkpointing", FutureWarning)
