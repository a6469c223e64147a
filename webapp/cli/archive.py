"""``vermilion backup`` and ``vermilion restore``."""

from pathlib import Path

import click
from tqdm import tqdm

from webapp.platform import clock
from webapp.platform.archive import ArchiveError, back_up, put_back
from webapp.platform.settings import Settings


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy database, images and secrets into FILE (.tar.gz). Everything may keep running."""
    with tqdm(desc="Saving", unit=" files") as bar, _told():
        file.parent.mkdir(parents=True, exist_ok=True)
        count = back_up(Settings(), clock.now(), file.resolve(), lambda _name: bar.update() and None)
    click.echo(f"{count} files in {file}. Keep it safe: it holds the secrets and every drawing.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is there.")
def restore(file: Path, force: bool) -> None:
    """Put back what FILE holds. Stop Vermilion first."""
    with tqdm(desc="Restoring", unit=" files") as bar, _told():
        count = put_back(Settings(), file, force=force, tell=lambda _name: bar.update() and None)
    click.echo(f"{count} files are back. Run `vermilion migrate`, or `vermilion run`, which does so itself.")


class _told:  # noqa: N801 - reads as part of a with statement
    """Turns an ArchiveError into the command line's own."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ArchiveError):
            raise click.ClickException(str(error)) from None
