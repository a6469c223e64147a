"""What a night keeps on the disk: its notes, and how its adapter comes to where it was asked for."""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class OutError(ValueError):
    """The adapter cannot be put where it was asked for. The message says why."""


def read_json(path: Path) -> Any:
    """What a note holds; None where there is none, or none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_json(path: Path, data: object) -> None:
    """Writes a note whole or not at all."""
    making = path.with_suffix(".making")
    making.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(making, path)


def check_out(out: Path, work: Path, read: Iterable[Path]) -> None:
    """OutError where the night would delete what it did not make, or what it still reads."""
    for place in (out, work):
        for path in read:
            if path.resolve().is_relative_to(place.resolve()):
                raise OutError(f"{path} would be deleted: the night reads it, and writes to {place}.")
    if not out.exists():
        return
    report = read_json(out / "report.json")
    if out.is_dir() and (not any(out.iterdir()) or (isinstance(report, dict) and "asked" in report)):
        return
    raise OutError(f"{out} holds something else than an adapter that a night made. Name another folder.")


def put(making: Path, out: Path, work: Path) -> None:
    """Puts a folder where another one may be. Killed in the middle, ``put_back`` undoes it."""
    before = work / "before"
    shutil.rmtree(before, ignore_errors=True)
    if out.exists():
        os.replace(out, before)  # a folder cannot take the place of one with files in it
    os.replace(making, out)


def put_back(out: Path, work: Path) -> None:
    """Lets the adapter stand at ``out`` again that was to be replaced when the night was killed."""
    if (work / "before").exists() and not out.exists():
        os.replace(work / "before", out)
