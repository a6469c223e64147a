"""A flag: a doubtful phrase of a draft and, in the draft's language, what is wrong with it."""

from functools import cache
from importlib.resources import files
from typing import Any, TypedDict

import yaml

from prompts.vocabulary import Language


class Flag(TypedDict):
    """``span`` is ``[start, end]`` in the draft's text; ``reason`` is a sentence for the teacher."""

    span: list[int]
    kind: str
    reason: str


# The kinds that contradict a measured fact; the others are faults of writing, or cannot be known.
CONTRADICTIONS = frozenset({"colour", "place", "number", "degree"})


def flag(kind: str, span: tuple[int, int], language: Language, reason: str = "", **values: object) -> Flag:
    """A flag whose reason is the row of that name (or of the kind's) in ``reasons.yaml``, filled in."""
    said = lexicon("reasons")[reason or kind][language].format(**values)
    return {"span": [span[0], span[1]], "kind": kind, "reason": said}


@cache
def lexicon(name: str) -> Any:
    """One of the word lists of this folder, as in its file."""
    path = files("drafting.check").joinpath("lexicon", f"{name}.yaml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def listed(words: list[str], language: Language) -> str:
    """Several words as one would say them: "red, blue and green", 红色、蓝色和绿色."""
    if len(words) < 2:
        return "".join(words)
    comma, last = (", ", " and ") if language == "en" else ("、", "和")
    return f"{comma.join(words[:-1])}{last}{words[-1]}"
