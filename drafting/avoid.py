"""Keeps a model from the words that a drawing gives no reason for, while it writes."""

from collections.abc import Callable
from functools import cache
from itertools import accumulate

from drafting.check import check
from drafting.check.colour import colour_words
from drafting.check.things import things
from prompts import Context
from prompts.vocabulary import Language

# Common in what small models write, and never known: the check of claims finds them in any sentence.
_CLAIMS = {
    "en": (
        "he",
        "she",
        "his",
        "her",
        "him",
        "mother",
        "father",
        "mom",
        "dad",
        "family",
        "friend",
        "friends",
        "today",
    ),
    "zh": ("妈妈", "爸爸", "他", "她", "家人", "同学们", "今天"),
}
_BETWEEN = {"en": " . ", "zh": "。"}


def refusal(context: Context, language: Language) -> Callable[[str], bool]:
    """A test whether a text ends in a colour, thing or person that this drawing does not have.

    What is refused is what ``check`` would flag, so the two cannot disagree: it is shown every word it knows, once.
    Longer words come first: where 浅蓝 is measured and 蓝 is not, a text may end in 浅蓝.
    """
    words = _all_words(language)
    glue = _BETWEEN[language]
    starts = list(accumulate((len(word) + len(glue) for word in words), initial=0))
    listing = glue.join(words)
    unfit = {
        flag["span"][0]
        for flag in check(listing, context=context, language=language)
        if flag["kind"] in _KINDS
    }
    refused = frozenset(word for word, start in zip(words, starts, strict=False) if start in unfit)
    allowed = frozenset(words) - refused
    return lambda text: _ends_in(text.lower(), refused, allowed, language)


_KINDS = {"colour", "unknowable"}


def _ends_in(text: str, refused: frozenset[str], allowed: frozenset[str], language: Language) -> bool:
    if language == "zh":
        ends = (text[-size:] for size in range(4, 0, -1))
    else:
        text = text.rstrip(" ,.;:!?")
        # The last two words, then the last one, whole.
        ends = (
            end.lstrip("({\"'“‘")
            for end in (
                " ".join(text.rsplit(maxsplit=2)[-2:]),
                text.rsplit(maxsplit=1)[-1:][0] if text else "",
            )
        )
    for end in ends:
        if end in allowed:
            return False
        if end in refused:
            return True
    return False


@cache
def _all_words(language: Language) -> tuple[str, ...]:
    known = {word for thing in things(language) for word in thing.words}
    if language == "en":
        known |= {f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s" for word in known}
    return tuple(sorted(known | set(colour_words(language)) | set(_CLAIMS[language])))
