"""Model comments, written by hand for drawings that the samples drew: the first lesson a model ever gets.

``en.jsonl`` and ``zh.jsonl`` teach; ``golden.en.jsonl`` and ``golden.zh.jsonl`` are of the same kind and
teach nothing, ever: what is about to serve is examined on them, so that what the version before could is not
lost unseen.
``drawing`` names the drawing: theme, seed, by how many degrees its hues were turned, mirrored, upside down.
"""

from pathlib import Path

from finetune.records import Record, read
from prompts.vocabulary import Language

_HERE = Path(__file__).parent


def lessons(language: Language) -> Path:
    """The file that the starter of a language is taught with."""
    return _HERE / f"{language}.jsonl"


def golden(language: Language) -> list[Record]:
    """The cases that no night trains on."""
    return list(read(_HERE / f"golden.{language}.jsonl"))
