"""Why the gate says no: a code and its numbers, and a sentence of them for the operator."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from finetune.words import lexicon
from prompts.vocabulary import Language


@dataclass(frozen=True)
class Reason:
    """``numbers`` are what the sentence of the ``code`` names; ``kinds``, of a rise, are
    ``(kind, before, after)`` of its parts."""

    code: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    kinds: tuple[tuple[str, float, float], ...] = ()

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Reason":
        """One as it stands in a report. KeyError for what is none."""
        kinds = tuple((kind, before, after) for kind, before, after in line["kinds"])
        return cls(line["code"], line["numbers"], kinds)

    @property
    def line(self) -> dict[str, Any]:
        """As it stands in a report."""
        kinds = [list(kind) for kind in self.kinds]
        return {"code": self.code, "numbers": dict(self.numbers), "kinds": kinds}

    def in_words(self, language: Language) -> str:
        """The sentence. KeyError for a code that is not known."""
        words = lexicon("reasons")
        names, kind_of = words["names"][language], words["kind"][language]
        told = {name: _told(names.get(value, value)) for name, value in self.numbers.items()}
        parts = [
            kind_of.format(kind=names.get(kind, kind), before=_told(before), after=_told(after))
            for kind, before, after in self.kinds
        ]
        brackets, comma = ("（{}）", "，") if language == "zh" else (" ({})", ", ")
        kinds = brackets.format(comma.join(parts)) if parts else ""
        return str(words["sentences"][self.code][language].format(**told, kinds=kinds))


def _told(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
