"""What text each token adds, and which tokens a comment in a language can consist of."""

import re
from functools import cached_property
from typing import Any
from unicodedata import category

from prompts.vocabulary import Language

# Before a piece, so that a tokenizer which strips a text's first space keeps this one.
_ANCHOR = "x"
_LETTERS = {
    "en": re.compile(r"[A-Za-z0-9 \n.,;:!?'’‘“”\"()\-–—…%&/{}éèêëàâäçîïôöûüñáíóúìòùãõåøæœßÉÈÊÀÂÄÇÎÔÖÜÑÁÅØ]+"),
    # Latin letters only where the placeholder {student} needs them; names of things are written in Chinese.
    "zh": re.compile(
        r"[\u3400-\u9fff\n 0-9，。、；：！？“”‘’（）《》—…·%～,!?{}]+|[{}]*student[{}]*|stud|ent"
    ),
}


def _chinese(character: str) -> bool:
    """Whether it is a standard character, simplified or traditional, if it is one at all: 氷 is Japanese."""
    if not "\u3400" <= character <= "\u9fff":
        return True
    return any(_encodes(character, standard) for standard in ("gb2312", "big5"))


def _encodes(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def has_only_letters_of(language: Language, text: str) -> bool:
    """Whether every letter of a text can stand in the language's comments, as it is spelled: a ligature or an
    accent apart from its letter cannot. Other signs are not asked for: a text without them is still one."""
    fits, plain = _LETTERS[language].fullmatch, text.replace("{student}", "")
    return all(fits(one) and _chinese(one) for one in plain if category(one)[0] in "LM")


class Pieces:
    """The vocabulary of one tokenizer as text."""

    def __init__(self, tokenizer: Any) -> None:
        """``tokenizer`` is a transformers tokenizer with a Rust backend."""
        self._tokenizer = tokenizer

    def __getitem__(self, token: int) -> str:
        return self._all[token]

    def spell(self, text: str) -> list[int]:
        """The tokens of a text that goes on from another, without special tokens."""
        tokens: list[int] = self._tokenizer.encode(text, add_special_tokens=False)
        return tokens

    def writable(self, language: Language) -> list[int]:
        """Ids of the tokens that a comment in the language may consist of, without special tokens."""
        special = set(self._tokenizer.all_special_ids)
        fits = _LETTERS[language].fullmatch
        return [
            token
            for token, text in enumerate(self._all)
            if fits(text) and token not in special and all(map(_chinese, text))
        ]

    @cached_property
    def _all(self) -> list[str]:
        anchor = self._tokenizer.encode(_ANCHOR, add_special_tokens=False)
        count = len(self._tokenizer)
        backend = self._tokenizer.backend_tokenizer
        texts: list[str] = backend.decode_batch(
            [[*anchor, token] for token in range(count)], skip_special_tokens=True
        )
        return [text[len(_ANCHOR) :] for text in texts]
