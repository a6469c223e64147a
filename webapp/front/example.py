"""The landing page's example: a photographed drawing, a draft, and what the teacher's pen made of it."""

import io
import os
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml
from PIL import Image

from prompts.vocabulary import Language

SIDE = 1400


class Stroke(NamedTuple):
    """A run of the comment: ``kept`` from the draft, ``struck`` out of it, or ``added`` by the teacher."""

    kind: Literal["kept", "struck", "added"]
    text: str


class Example(NamedTuple):
    """The comment as a page shows it: the draft, the teacher's pen over it, and what remains. ``model`` wrote
    the draft.
    """

    student: str
    model: str
    draft: str
    strokes: list[Stroke]
    final: str


def example(language: Language) -> Example:
    """The example in this language."""
    told = _plan()[language]
    strokes = list(_pen(told["draft"], told["final"], language))
    return Example(told["student"], told["model"], told["draft"], strokes, told["final"])


def photo(folder: Path, language: Language) -> Path:
    """The example's photo as WebP, drawn the first time it is wanted and then kept in ``folder``."""
    plan = _plan()[language]
    path = folder / f"example-{plan['theme']}-{plan['seed']}.webp"
    if not path.exists():
        from drafting import samples  # OpenCV: not loaded before it is needed

        sheet = samples.draw(plan["theme"], plan["seed"])
        taken = samples.photograph(sheet, plan["seed"], megapixels=3, turn=-2.5, warp=0.25, shadow=0.35)
        image = Image.open(io.BytesIO(taken.data)).convert("RGB")
        image.thumbnail((SIDE, SIDE))
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        image.save(fresh, "WEBP", quality=82)
        fresh.replace(path)
    return path


@cache
def _plan() -> dict[str, Any]:
    text = files("webapp.front").joinpath("example.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)  # type: ignore[no-any-return]


def _pen(draft: str, final: str, language: Language) -> Iterator[Stroke]:
    """What a pen would do: strike out and write in, whole words in English, characters in Chinese."""
    old, new = (text.split(" ") if language == "en" else list(text) for text in (draft, final))
    joint = " " if language == "en" else ""
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield Stroke("kept", joint.join(old[a:b]))
            continue
        if b > a:
            yield Stroke("struck", joint.join(old[a:b]))
        if d > c:
            yield Stroke("added", joint.join(new[c:d]))
