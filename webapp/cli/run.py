"""``vermilion run``: everything on this machine, with one command."""

import errno
import ipaddress
import json
import os
import socket
import sys

import click

from webapp.cli.models import fill_demo, prepare_models
from webapp.cli.serving import migrate_database, web_command
from webapp.cli.supervisor import Child, supervise
from webapp.platform import jobs
from webapp.platform.settings import Settings


@click.command()
@click.option(
    "--demo", is_flag=True, help="Add two demo studios with drawings, an operator, and a mailbox page."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets phones in your network in."
)
@click.option("--port", default=8000, show_default=True, envvar="PORT", show_envvar=True)
@click.option("--force", is_flag=True, help="Allow --demo on an address that others can reach.")
def run(demo: bool, host: str, port: int, force: bool) -> None:
    """Run everything on this machine: pages, worker, beat. Ctrl-C stops it all."""
    if demo and not _is_loopback(host) and not force:
        raise click.ClickException(
            f"--demo is for this machine alone: its mailbox and passwords lie open. Leave out --host {host},"
            " or add --force if you know who can reach this machine."
        )
    _refuse_a_taken_port(host, port)
    address = f"http://localhost:{port}"
    if "VERMILION_BASE_URL" not in os.environ:
        os.environ["VERMILION_BASE_URL"] = address
    if demo:
        os.environ["VERMILION_DEMO"] = "1"
    settings = Settings()
    migrate_database(settings)
    python = [sys.executable, "-m", "webapp.cli"]
    children = [
        Child("web", web_command(host, port)),
        Child("drafting", [*python, "worker", "--queue", jobs.DRAFTING]),
        Child("school", [*python, "worker", "--queue", jobs.SCHOOL]),
        Child("money", [*python, "worker", "--queue", jobs.MONEY]),
        Child("beat", [*python, "beat"]),
    ]
    if demo and not settings.stripe_key:  # whoever set a key of their own is paid there
        from webapp.cli.demo_sandbox import set_up_sandbox

        sandbox_port = set_up_sandbox(settings, port)
        settings = Settings()
        children.append(Child("sandbox", [*python, "sandbox", "--port", str(sandbox_port)]))
    meanwhile = None
    if demo:
        meanwhile = fill_demo(settings)
    else:
        prepare_models(settings)
    _say_where(settings, host, port, demo)
    supervise(children, os.environ, meanwhile)
    click.echo("Stopped; nothing is lost.")


def _say_where(settings: Settings, host: str, port: int, demo: bool) -> None:
    """Address, accounts, and for phones the link in the local network as a QR code."""
    say = click.echo
    say(f"\n  Vermilion · 朱批   http://localhost:{port}\n")
    if demo:
        made = json.loads((settings.home / "demo.json").read_text(encoding="utf-8"))
        for user in made["users"]:
            say(f"    {user['role']:8} {user['email']:32} {user['password']}")
        say(f"    sign in  {settings.base_url}/sign-in; the operator's pages are in the menu")
        say(f"    mailbox  {made['mailbox']}")
        if settings.has_movable_clock:
            say(f"    clock    {settings.base_url}/clock")
            say(f"    sandbox  {settings.stripe_address}, where the card 4242 4242 4242 4242 pays")
        say("")
    if not _is_loopback(host):
        import segno

        link = f"http://{_lan_address() if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104
        say(f"  On a phone in the same network: {link}")
        segno.make(link).terminal(compact=True)
        say(
            "  Photos can be uploaded over http. Dictation, passkeys and the camera in the page need https:\n"
            "  put a proxy with a certificate in front, e.g.\n"
            f"    caddy reverse-proxy --from studio.example --to :{port}\n"
            "  and set VERMILION_BASE_URL=https://studio.example and VERMILION_TRUSTED_PROXIES=1.\n"
        )
    say("  Ctrl-C stops everything.\n")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse_a_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise click.ClickException(
                    f"Port {port} is taken, perhaps by another Vermilion. Stop that one, or choose another"
                    f" port: --port {port + 1}"
                ) from None
            raise click.ClickException(f"Cannot listen on {host}:{port}: {error.strerror}.") from None


def _lan_address() -> str:
    """This machine's address towards its network. Connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
