"""Drawings made in code, photographed as by a teacher's phone; kept on disk, since a run may be repeated."""

import json
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drafting.samples import draw, photograph
from drafting.samples.tables import Table

MEGAPIXELS = 2.0
_TRIES = 8
_TABLES: tuple[Table, ...] = ("wood", "grey", "dark", "cloth")


@dataclass(frozen=True)
class Photo:
    """The file that is handed in, and by language the words that a teacher adds to it."""

    data: bytes
    subjects: dict[str, list[str]]


def photo(theme: str, seed: int, kept: Path) -> Photo:
    """One child's version of the theme, photographed; from the folder ``kept`` where it was made before."""
    image, known = kept / f"{theme}-{seed}.jpg", _known(theme, seed, kept)
    if not image.exists():
        chance = random.Random(f"{theme}:{seed}")
        taken = photograph(
            draw(theme, seed),
            seed,
            megapixels=MEGAPIXELS,
            turn=chance.uniform(-4.0, 4.0),
            table=chance.choice(_TABLES),
        )
        _put(image, taken.data)
    return Photo(image.read_bytes(), known["subjects"])


def unlike(theme: str, seeds: Sequence[int], kept: Path) -> list[int]:
    """A seed for each child, from these on, so that no two of a class paint mainly in the same two colours,
    as far as the theme allows: children of one class do not, and comments tell them apart by that."""
    taken: set[frozenset[str]] = set()
    chosen = []
    for seed in seeds:
        tried = ((one, frozenset(_known(theme, one, kept)["colours"])) for one in range(seed, seed + _TRIES))
        one, colours = next((pair for pair in tried if pair[1] not in taken), (seed, frozenset()))
        taken.add(colours)
        chosen.append(one)
    return chosen


def _known(theme: str, seed: int, kept: Path) -> dict[str, Any]:
    """What is in a drawing, and its two largest colours."""
    path = kept / f"{theme}-{seed}.json"
    if not path.exists():
        sample = draw(theme, seed)
        kept.mkdir(parents=True, exist_ok=True)
        told = {"subjects": sample.subjects, "colours": list(sample.truth["palette"])[:2]}
        _put(path, json.dumps(told, ensure_ascii=False).encode())
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return known


def _put(path: Path, data: bytes) -> None:
    """A file that a kill leaves whole or not at all; several processes may make it at once."""
    making = path.with_name(f"{path.name}.{os.getpid()}.part")
    making.write_bytes(data)
    os.replace(making, path)
