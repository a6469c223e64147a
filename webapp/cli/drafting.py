"""``vermilion draft`` and ``vermilion measure``: the main job without the web."""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from drafting.draft import Draft
    from drafting.write import Writer
    from prompts.facts import Facts

REFUSED = 3
"""Exit status: some photos were refused, the others were done."""

_PHOTOS = click.argument(
    "photos", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PHOTO..."
)


def _folder(_context: click.Context, _option: click.Parameter, adapter: str) -> str:
    if adapter not in ("", "none") and not Path(adapter).is_dir():
        raise click.BadParameter(f"There is no folder “{adapter}”.")
    return adapter


ADAPTER = click.option(
    "--adapter",
    default="",
    callback=_folder,
    help="An adapter's folder, or \"none\" for the raw base. Default: the language's starter.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object per line and photo.")


@click.command()
@_PHOTOS
@click.option("--theme", default="", help="What the lesson was about.")
@click.option("--subjects", default="", help='What is drawn: "cat, mat".')
@click.option("--medium", default="", help="What it is drawn with.")
@click.option("--age", type=click.IntRange(3, 99), help="The student's age.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option(
    "--drafts", default=4, show_default=True, type=click.IntRange(1, 12), help="How many per photo."
)
@click.option("--instruction", default="", help='What to tell the model: "mention the horizon".')
@click.option("--base", default="", help="smollm2, gemma3, a folder, owner/model, or http://server/v1#model.")
@ADAPTER
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0, 2**31), help="Same seed, same drafts."
)
@_JSON
def draft(
    photos: tuple[Path, ...],
    theme: str,
    subjects: str,
    medium: str,
    age: int | None,
    language: str,
    drafts: int,
    instruction: str,
    base: str,
    adapter: str,
    seed: int,
    as_json: bool,
) -> None:
    """Draft comments for photos of drawings; the photos of one call are one class."""
    from drafting.bases import BaseError
    from drafting.draft import Work, draft_class
    from drafting.write import WriterError
    from prompts import Context

    spoken: Any = language
    measured = dict(_measured(photos, _split(subjects), as_json=as_json))
    works = [
        Work(
            str(photo),
            Context(facts=facts, theme=theme, medium=medium, age=age, instruction=instruction),
            spoken,
            image=image,
        )
        for photo, (facts, image) in measured.items()
    ]
    try:
        if works:
            writer = writer_for(base, adapter, spoken)
            started = time.monotonic()
            with _bar(len(works), "drafting") as bar:
                for photo, written in draft_class(works, writer, n=drafts, seed=seed):
                    seconds = round(time.monotonic() - started, 3)
                    started = time.monotonic()
                    bar.update()
                    bar.clear()
                    _show(photo, measured[Path(photo)][0], written, seconds, spoken, as_json=as_json)
    except (BaseError, WriterError) as error:
        raise click.ClickException(str(error)) from error
    _exit(len(set(photos)), len(measured))


@click.command()
@_PHOTOS
@_JSON
def measure(photos: tuple[Path, ...], as_json: bool) -> None:
    """Measure photos of drawings: the facts alone."""
    done = 0
    for photo, (facts, _) in _measured(photos, [], as_json=as_json):
        done += 1
        if as_json:
            click.echo(json.dumps({"photo": str(photo), "facts": facts}, ensure_ascii=False))
        else:
            click.echo(f"{photo}\n{_in_words(facts, 'en')}\n")
    _exit(len(set(photos)), done)


def _measured(
    photos: tuple[Path, ...], subjects: list[str], *, as_json: bool
) -> Iterator[tuple[Path, tuple["Facts", bytes]]]:
    """Each photo with its facts and the straightened drawing as a JPEG; a refused one is reported and left
    out."""
    from io import BytesIO

    from drafting.measure import PhotoRefused
    from drafting.measure import measure as measure_photo

    with _bar(len(photos), "measuring") as bar:
        for photo in dict.fromkeys(photos):
            try:
                found = measure_photo(photo, subjects=subjects)
            except (PhotoRefused, OSError) as error:
                bar.clear()
                _refuse(photo, error, as_json=as_json)
            else:
                jpeg = BytesIO()
                found.image.save(jpeg, "JPEG", quality=85)
                yield photo, (found.facts, jpeg.getvalue())
            bar.update()


def _refuse(photo: Path, error: Exception, *, as_json: bool) -> None:
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    if as_json:
        click.echo(json.dumps({"photo": str(photo), "error": reason}, ensure_ascii=False))
    else:
        click.echo(f"{photo}: {reason}", err=True)


def writer_for(base: str, adapter: str, language: Any) -> "Writer":
    """Opens what ``--base`` and ``--adapter`` name, with a bar while a base is being converted."""
    from drafting.bases import default_base, starter
    from drafting.write import open_writer

    # The starter was trained on the language's own base and fits no other.
    folder = None if base and base != default_base(language) else starter(language)
    if adapter:
        folder = None if adapter == "none" else Path(adapter)
    home = Path(os.environ.get("VERMILION_HOME", "var"))
    bar = _bar(1, "preparing the model")
    shown = False

    def progress(done: int, total: int, what: str) -> None:
        nonlocal shown
        shown = True
        bar.total, bar.n = total, done
        bar.set_description_str(what)

    try:
        return open_writer(
            base or default_base(language),
            adapter=folder,
            home=home,
            progress=progress,
            key=os.environ.get("VERMILION_REMOTE_KEY", ""),
        )
    finally:
        if not shown:
            bar.clear()
        bar.close()


def _show(
    photo: str, facts: "Facts", drafts: "list[Draft]", seconds: float, language: Any, *, as_json: bool
) -> None:
    if as_json:
        rows = [
            {
                "text": one.text,
                "flags": list(one.flags),
                "score": one.score,
                "prompt": one.prompt,
                "model": one.model,
                "seed": one.seed,
            }
            for one in drafts
        ]
        row = {"photo": photo, "facts": facts, "drafts": rows, "seconds": seconds}
        click.echo(json.dumps(row, ensure_ascii=False))
        return
    click.echo(f"{click.style(photo, bold=True)}\n{_in_words(facts, language)}\n")
    for number, one in enumerate(drafts, 1):
        click.echo(click.wrap_text(f"{number}. {one.text}", width=88, subsequent_indent="   "))
        for flag in one.flags:
            click.echo(click.style(f"   ! {flag['reason']}", fg="red"))
        click.echo()


def _in_words(facts: "Facts", language: Any) -> str:
    from prompts.context import facts_in_words

    return "\n".join(f"  {fact.label}: {fact.words}" for fact in facts_in_words(facts, language))


def _split(subjects: str) -> list[str]:
    for mark in "，、;；":
        subjects = subjects.replace(mark, ",")
    return [subject.strip() for subject in subjects.split(",") if subject.strip()]


def _bar(total: int, what: str) -> Any:
    from tqdm import tqdm

    # On standard error, and only for somebody who watches.
    return tqdm(total=total, desc=what, file=sys.stderr, leave=False, disable=not sys.stderr.isatty())


def _exit(asked: int, done: int) -> None:
    if done < asked:
        sys.exit(REFUSED if done else 1)
