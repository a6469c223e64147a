"""Is a draft true, and fit to be shown? Each doubtful phrase is flagged, with the reason in its language."""

from collections.abc import Collection, Iterable

from drafting.check.address import check_address
from drafting.check.case import Case
from drafting.check.claims import check_claims
from drafting.check.colour import check_colour, forbidden_words
from drafting.check.counted import check_counted
from drafting.check.degree import check_degree
from drafting.check.flag import CONTRADICTIONS, Flag
from drafting.check.form import check_end, check_language, check_length
from drafting.check.leak import check_leak
from drafting.check.names import check_names
from drafting.check.number import check_number
from drafting.check.order import check_order
from drafting.check.place import check_place
from drafting.check.proportion import check_proportion
from drafting.check.repetition import check_repetition, check_shared
from drafting.check.share import check_share
from drafting.check.temperature import check_temperature
from drafting.check.things import check_things
from prompts import Context
from prompts.vocabulary import Language

__all__ = ["CONTRADICTIONS", "Flag", "check", "forbidden_words"]


_OF_WORDS = CONTRADICTIONS | {"unknowable"}


def check(
    text: str,
    *,
    context: Context,
    language: Language,
    student_names: Collection[str] = (),
    siblings: Iterable[str] = (),
    earlier: Iterable[str] = (),
    habits: Collection[tuple[str, ...]] = (),
    prompt_text: str = "",
) -> list[Flag]:
    """Every flag of a draft, in the order of the text; without any, it may be shown unmarked.

    ``student_names`` is the roster; ``siblings`` are texts for the other students of the lesson, ``earlier``
    this student's last comments; ``habits`` are sentences, normalised, that may stand there as well;
    ``prompt_text`` is what the model was given, so that copying is noticed.
    """
    case = Case(text, context, language)
    found = [
        *check_colour(case),
        *check_place(case),
        *check_number(case),
        *check_proportion(case),
        *check_share(case),
        *check_order(case),
        *check_degree(case),
        *check_temperature(case),
        *check_things(case),
        *check_claims(case),
        *check_names(case, student_names),
        *check_address(case),
        *check_leak(case, prompt_text),
        *check_repetition(case),
        *check_shared(case, "sibling", siblings, habits),
        *check_shared(case, "earlier", earlier, habits),
        *check_length(case),
        *check_language(case),
        *check_counted(case),
        *check_end(case),
    ]
    return _clearest(found)


def _clearest(flags: list[Flag]) -> list[Flag]:
    """In the order of the text, without an unknowable word inside a longer doubtful phrase, or the same
    contradiction of a part of it."""
    kept: list[Flag] = []
    covered, kind = 0, ""
    for flag in sorted(flags, key=lambda flag: (flag["span"][0], -flag["span"][1], flag["kind"])):
        if flag["kind"] in _OF_WORDS:
            inside = flag["span"][1] <= covered
            if inside and flag["kind"] in ("unknowable", kind):
                continue
            if not inside:
                covered, kind = flag["span"][1], flag["kind"]
        kept.append(flag)
    return kept
