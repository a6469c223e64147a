"""Taking sentences out of a comment so that the rest stands by itself."""

from collections.abc import Callable

from drafting.check.sentences import is_finished, split, units
from prompts.vocabulary import Language, table

SHARED: dict[Language, int] = {"en": 5, "zh": 8}
"""From so many words (characters) on, a sentence is more than a greeting or a farewell."""


def without(text: str, language: Language, unwanted: Callable[[str], bool]) -> str | None:
    """The text without its unwanted sentences, or None when what is left is no comment.

    What is left must end as a sentence ends, and be as long as a short comment at least is. A text without
    an unwanted sentence comes back as it is.
    """
    sentences = split(text, language)
    starts = [sentence.start for sentence in sentences[1:]] + [len(text)]
    kept = [
        text[sentence.start : until]
        for sentence, until in zip(sentences, starts, strict=True)
        if not unwanted(sentence.text)
    ]
    if len(kept) == len(sentences):
        return text
    rest = "".join(kept).strip()
    counted = "words" if language == "en" else "characters"
    least = table()["lengths"]["short"][counted][0]
    return rest if is_finished(rest) and len(units(rest, language)) >= least else None
