"""The paints: the vocabulary's named colours, each mixed well inside its name."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from prompts.vocabulary import table

Rgb = NDArray[np.float32]

# The anchors farthest from every other name, so that a little more or less of light, grain or paper still
# reads as the same colour: indices into the vocabulary's anchors, the first where nothing is said.
_SAFE = {
    "orange": (0, 1),
    "green": (0,),
    "turquoise": (0,),
    "blue": (0,),
    "red": (0,),
    "grey": (0,),
    "brown": (0,),
}


@cache
def names() -> tuple[str, ...]:
    """Every colour name of the vocabulary; a colour's id in an owner map is its place here, from 1."""
    return tuple(colour["name"] for colour in table()["colours"])


@cache
def _anchors(name: str) -> tuple[str, ...]:
    return next(tuple(colour["hex"]) for colour in table()["colours"] if colour["name"] == name)


def mix(name: str, rng: np.random.Generator) -> Rgb:
    """One child's ``name``: RGB 0..255, shape (3,), at most 4 levels from an anchor of the vocabulary."""
    anchors = _anchors(name)
    anchor = anchors[int(rng.choice([i for i in _SAFE.get(name, (0,)) if i < len(anchors)]))]
    rgb = np.array([int(anchor[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    return np.clip(rgb + rng.uniform(-4, 4, 3).astype(np.float32), 0, 255)
