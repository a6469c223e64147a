"""One draft under check, with everything that may be asked of it."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from drafting.check.sentences import STUDENT, Sentence, split
from prompts import Context
from prompts.vocabulary import Language


@dataclass(frozen=True)
class Case:
    """A draft's text and the context that it was written for."""

    text: str
    context: Context
    language: Language

    @cached_property
    def noted(self) -> str:
        """What the teacher says is drawn, with what, and wants said: true whatever is measured. Folded."""
        subjects = self.context.facts.get("subjects") or ()
        wanted = "" if _REFUSES.search(self.context.instruction) else self.context.instruction
        return " \n ".join((*subjects, self.context.medium, wanted)).casefold()

    @cached_property
    def known(self) -> str:
        """Everything the teacher typed for this drawing or its lesson, lower case."""
        return " \n ".join((self.noted, self.context.theme, *self.context.criteria)).casefold()

    @cached_property
    def plain(self) -> str:
        """The text, as long as before, with blanks where the theme and the placeholder are only quoted."""
        quoted = [STUDENT] + ([self.context.theme] if len(self.context.theme) > 1 else [])
        return blanked(self.text, (re.escape(words) for words in quoted))

    @cached_property
    def sentences(self) -> list[Sentence]:
        """The text's sentences."""
        return split(self.text, self.language)

    def sentence_at(self, place: int) -> Sentence:
        """The sentence that holds the character at ``place``."""
        return self.sentences[bisect_right(self.sentences, place, key=lambda sentence: sentence.end)]

    def suggested_at(self, place: int) -> bool:
        """Whether what stands there belongs to a suggestion: it is not said to be so, but to be tried."""
        sentence = self.sentence_at(place)
        return bool(_SUGGESTS[self.language].search(self.text, sentence.start, place))


_SUGGESTS = {
    "en": re.compile(
        r"\b(?:next time|next step|what if|what (?:would|could|might)|try|trying|imagine|why not|how about|"
        r"perhaps|maybe|consider|suggest|suggestion|would you|could you|(?:you|we|it) (?:could|might))\b"
        r"|\{student\} (?:could|might)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"下次|下一次|下回|下一步|可以|试试|试着|尝试|不妨|如果|要是|想一想|想想|也许|假如|能不能|何不|建议"
    ),
}
_REFUSES = re.compile(
    r"\b(?:no|not|don't|never|without|avoid|skip)\b|别|不要|不写|不提|勿|去掉|删", re.IGNORECASE
)


def blanked(text: str, patterns: Iterable[str]) -> str:
    """The text with every match replaced by as many NUL characters: places stay, words are gone."""
    pattern = "|".join(patterns)
    return re.sub(pattern, lambda match: "\0" * len(match[0]), text, flags=re.IGNORECASE) if pattern else text


def any_word(words: Iterable[str], language: Language, ending: str = "") -> str:
    """A pattern for any of these words, the longest first; in English whole words, spaces as hyphens too."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    if language == "zh":
        return "|".join(re.escape(word) for word in ordered)
    return rf"(?<![\w{{])(?:{'|'.join(map(spelt, ordered))}){ending}(?![\w}}])"


def spelt(word: str) -> str:
    """A pattern for an English word that may be written with a space or a hyphen."""
    return re.sub(r"\\[ -]", "[ -]", re.escape(word))
