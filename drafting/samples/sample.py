"""One drawing with its truth, and a class of them."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from PIL import Image

from drafting.samples.canvas import Canvas, Truth
from drafting.samples.pen import Pen
from drafting.samples.themes import BY_ID

THEMES: tuple[str, ...] = tuple(BY_ID)


@dataclass(frozen=True)
class Sample:
    """A flat scan of the sheet (RGB, 1600x1200 or 1200x1600) and what is known of it.

    ``titles`` and ``medium`` by language; ``subjects`` by language, the words a teacher would add.
    """

    image: Image.Image
    theme: str
    titles: dict[str, str]
    subjects: dict[str, list[str]]
    medium: dict[str, str]
    truth: Truth


def draw(theme: str, seed: int) -> Sample:
    """One child's version of a theme; the same seed is the same drawing. KeyError for an unknown theme."""
    lesson = BY_ID[theme]
    rng = np.random.default_rng((crc32(theme.encode()), seed))
    canvas = Canvas(*((1600, 1200) if lesson.wide else (1200, 1600)), lesson.paper, rng)
    subjects = lesson.paint(Pen.new(canvas, lesson.medium, rng, skill=float(rng.beta(2, 2))))
    return Sample(
        image=canvas.scan(),
        theme=theme,
        titles={"en": lesson.en, "zh": lesson.zh},
        subjects={"en": [en for en, _ in subjects], "zh": [zh for _, zh in subjects]},
        medium={"en": lesson.medium.en, "zh": lesson.medium.zh},
        truth=canvas.truth(),
    )


def class_of(theme: str, n: int, seed: int) -> list[Sample]:
    """``n`` children's versions of one lesson's theme."""
    return [draw(theme, seed * 1000 + child) for child in range(n)]
