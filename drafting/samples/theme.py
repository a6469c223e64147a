"""What a lesson's theme is to the one who paints it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from drafting.samples.media import Medium
from drafting.samples.pen import Pen
from prompts.facts import Paper
from prompts.vocabulary import table

Subject = tuple[str, str]  # English, Chinese


@dataclass(frozen=True)
class Theme:
    """``paint`` draws one child's version and says what is in it; ``wide`` is a landscape sheet."""

    en: str
    zh: str
    medium: Medium
    paper: Paper
    wide: bool
    paint: Callable[[Pen], list[Subject]]


def one(rng: np.random.Generator, colours: Sequence[str], *taken: str) -> str:
    """One of the colours that is not taken yet."""
    free = [colour for colour in colours if colour not in taken]
    return free[int(rng.integers(len(free)))]


def coloured(colour: str, en: str, zh: str) -> Subject:
    """``("red mat", "红色垫子")`` from red, mat and 垫子."""
    word = next(c["zh"] for c in table()["colours"] if c["name"] == colour)
    return f"{colour} {en}", f"{word}{zh}"
