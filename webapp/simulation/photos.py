"""Drawings made in code, photographed as by a teacher's phone; kept on disk, since a run may be repeated."""

import json
import os
import random
from dataclasses import dataclass
from pathlib import Path

from drafting.samples import draw, photograph
from drafting.samples.tables import Table

MEGAPIXELS = 2.0
_TABLES: tuple[Table, ...] = ("wood", "grey", "dark", "cloth")


@dataclass(frozen=True)
class Photo:
    """The file that is handed in, and by language the words that a teacher adds to it."""

    data: bytes
    subjects: dict[str, list[str]]


def photo(theme: str, seed: int, kept: Path) -> Photo:
    """One child's version of the theme, photographed; from the folder ``kept`` where it was made before."""
    image, words = kept / f"{theme}-{seed}.jpg", kept / f"{theme}-{seed}.json"
    if not words.exists():
        chance, sample = random.Random(f"{theme}:{seed}"), draw(theme, seed)
        taken = photograph(
            sample,
            seed,
            megapixels=MEGAPIXELS,
            turn=chance.uniform(-4.0, 4.0),
            table=chance.choice(_TABLES),
        )
        kept.mkdir(parents=True, exist_ok=True)
        _put(image, taken.data)
        _put(words, json.dumps(sample.subjects, ensure_ascii=False).encode())
    return Photo(image.read_bytes(), json.loads(words.read_text(encoding="utf-8")))


def _put(path: Path, data: bytes) -> None:
    """A file that a kill leaves whole or not at all."""
    making = path.with_suffix(".part")
    making.write_bytes(data)
    os.replace(making, path)
