"""What a text says of the amounts of colours that it names: the claims of ``order.yaml``, found.

Only what is said of the whole drawing is a claim. What may be said of a thing or of a part of the sheet ("in
the clouds, white leads", "the biggest red apple") is left alone, for nothing measures a part.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from drafting.check.case import Case
from drafting.check.colour import Mention, mentions, said
from drafting.check.flag import lexicon
from prompts.context import as_number
from prompts.vocabulary import Language

# Each mention becomes the letter and, for the rest of its place, the filler: so places in the text stay.
_LETTER, _FILLER = "\ue001", "\ue000"


class ColourClaim(NamedTuple):
    """A claim of some ``kind`` where it stands, and the colours that it is about, each one of the drawing's.

    ``found`` has every colour that the text names, and ``text`` is the text with letters in their places.
    """

    kind: str
    match: re.Match[str]
    named: list[str]
    found: Sequence[Mention]
    text: str

    @property
    def is_introduced(self) -> bool:
        """Whether it begins its sentence, or the sentence names a colour before: else what stands before may
        be a thing, and the claim of that alone (小猫的鼻子，白色只有一点)."""
        before = re.split(r"[.!?。！？；;]", self.text[: self.match.start()])[-1]
        return _LETTER in before or not re.search(r"\w", before)

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands."""
        return self.match.span("claim")


def shares_of(case: Case) -> dict[str, float]:
    """The measured share of each colour, 0..1."""
    return {
        colour["name"]: as_number(colour.get("share")) or 0.0
        for colour in case.context.facts.get("palette") or ()
    }


def colour_claims(case: Case, kinds: Collection[str]) -> Iterator[ColourClaim]:
    """Each claim of these kinds. A colour that only the paper has, or that only the teacher noted, has no
    share, so nothing is claimed of it; nor by a suggestion."""
    shares = shares_of(case)
    low = case.plain.lower()
    cues = lexicon("order")[case.language]["cues"]
    asked = [kind for kind in kinds if any(cue in low for cue in cues.get(kind, ()))]
    found = mentions(case.plain, case.language) if len(shares) > 1 and asked else ()
    if not found:
        return
    text = case.plain
    for (start, end), _ in found:
        text = text[:start] + _LETTER + _FILLER * (end - start - 1) + text[end:]
    for kind in asked:
        for pattern in _patterns(case.language)[kind]:
            for match in pattern.finditer(text):
                span = match.span("claim")
                about = [names & shares.keys() for at, names in found if span[0] <= at[0] < span[1]]
                if not all(about) or case.suggested_at(span[0]) or _of_a_part(text, span, case.language):
                    continue
                # A word for several colours ("rust") means the one that is the largest.
                named = [max(names, key=lambda name: shares[name]) for names in about]
                yield ColourClaim(kind, match, named, found, text)


def with_share(name: str, share: float, language: Language) -> str:
    """A colour's name and its share, for a reason: orange (40%), 橙色（40%）."""
    percent = f"{round(100 * share)}%"
    return f"{name} ({percent})" if language == "en" else f"{said(name, language)}（{percent}）"


def are_joined(text: str, language: Language) -> bool:
    """Whether what stands between two colours names them together: "a and b", a、b."""
    return bool(_around(language)["joins"].fullmatch(text))


def _of_a_part(text: str, span: tuple[int, int], language: Language) -> bool:
    """Whether the words around a claim tie it to something within the drawing: "in the sky, ..."."""
    around = _around(language)
    before = around["before"].search(text, 0, span[0])
    after = around["after"].match(text, span[1])
    return any(part and not around["whole"].search(part[0]) for part in (before, after))


@cache
def _around(language: Language) -> dict[str, re.Pattern[str]]:
    known: dict[str, Any] = lexicon("order")[language]
    patterns = known["around"] | {"joins": known["joins"]}
    return {name: re.compile(pattern, re.IGNORECASE) for name, pattern in patterns.items()}


@cache
def _patterns(language: Language) -> dict[str, list[re.Pattern[str]]]:
    """The patterns of each kind of claim."""
    known: dict[str, Any] = lexicon("order")[language]
    letters = {"colour": f"{_LETTER}{_FILLER}*", "any": f"[{_LETTER}{_FILLER}]"}
    parts: dict[str, str] = letters | known["parts"]

    def filled(pattern: str) -> str:
        return re.sub(r"%(\w+)%", lambda name: filled(parts[name[1]]), pattern)

    def either(patterns: Sequence[str], begins: str) -> list[re.Pattern[str]]:
        claim = filled(rf"{begins}(?P<claim>{'|'.join(patterns)})")
        return [re.compile(claim, re.IGNORECASE)] if patterns else []

    return {
        kind: either(rows["said"], parts["begins"]) + either(rows.get("anywhere", ()), "")
        for kind, rows in known["claims"].items()
    }
