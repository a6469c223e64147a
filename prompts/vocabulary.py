"""The one table of words and thresholds, read from ``vocabulary.yaml``."""

from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

Language = Literal["en", "zh"]


@cache
def table() -> dict[str, Any]:
    """The whole table, as in the file."""
    return yaml.safe_load(files("prompts").joinpath("vocabulary.yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def degree(quality: str, value: float, language: Language) -> str:
    """The word for a number: ``degree("coverage", 0.9, "en") == "full"``. KeyError for an unknown quality."""
    column = 1 if language == "en" else 2
    rows = table()["degrees"][quality]
    return str(next((row[column] for row in rows if row[0] is not None and value < row[0]), rows[-1][column]))


def term(group: str, name: str, language: Language) -> str:
    """A word of a closed list of the table, such as ``places``, ``weights`` or ``qualities``."""
    return name if language == "en" else str(table()[group][name])
