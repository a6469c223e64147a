"""One text while it is being written, and the rules that it must keep."""

from collections.abc import Callable, Sequence
from math import log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？")


class Spelling(Protocol):
    """A tokenizer as a candidate sees it."""

    def __getitem__(self, token: int, /) -> str:
        """The text that a token adds."""
        ...

    def spell(self, text: str, /) -> list[int]:
        """The tokens of a text that goes on from another."""
        ...


class Candidate:
    """Grows by tokens until it ends. ``chances`` are its own random numbers, one a token, from its own seed.

    It may end itself only where it is ``long_enough``. With ``openings`` every sentence begins with the next
    of them, and the text ends with the last one's sentence; a sentence of more than ``long_sentence`` tokens
    is ended at the first likely place.
    """

    def __init__(
        self,
        seed: int,
        longest: int,
        *,
        spelling: Spelling,
        ends: frozenset[int],
        stop: tuple[str, ...] = (),
        refuse: Callable[[str, int], bool] | None = None,
        long_enough: Callable[[str], bool] | None = None,
        openings: Sequence[str] = (),
        long_sentence: int = 20,
    ) -> None:
        self.tokens: list[int] = []
        self.text = ""
        self.ended = False
        self.longest = longest
        self.chances: NDArray[np.float64] = np.random.default_rng(seed).random(longest)
        self._spelling, self._ends, self._stop = spelling, ends, stop
        self._refuse, self._long_enough = refuse, long_enough
        self._runs: set[tuple[int, ...]] = set()
        self._planned = bool(openings)
        self._openings = list(openings[1:])
        self._given = spelling.spell(openings[0]) if openings else []
        self._sentence, self._long_sentence = 0, long_sentence
        self._surprise, self._chosen = 0.0, 0
        self._judged, self._states = 0.0, 0

    @property
    def fluency(self) -> float:
        """Mean log-probability of the tokens that the model chose itself; 0 is the most fluent."""
        return -self._surprise / max(1, self._chosen)

    @property
    def judged(self) -> float:
        """Mean of what a reward read of the states that the tokens came from."""
        return self._judged / max(1, self._states)

    def judge(self, worth: float) -> None:
        """Notes what the reward reads of the state that the next token comes from."""
        self._judged += worth
        self._states += 1

    @property
    def given(self) -> int | None:
        """The next token where an opening prescribes it."""
        return self._given[0] if self._given else None

    def wants_an_end(self) -> bool:
        """Whether the sentence is long enough to be ended."""
        return self._planned and self._sentence >= self._long_sentence

    def is_end(self, token: int) -> bool:
        """Whether the token ends a sentence."""
        return token not in self._ends and self._spelling[token].strip() in _SENTENCE_ENDS

    def may_take(self, token: int, no_repeat: int) -> bool:
        """Whether the token keeps the rules: nothing refused is said, no run of ``no_repeat`` tokens comes
        twice."""
        if token in self._ends:
            return self._may_end()
        if no_repeat and (*self.tokens[len(self.tokens) - no_repeat + 1 :], token) in self._runs:
            return False
        text = self.text + self._spelling[token]
        if any(stop in text.lstrip() for stop in self._stop) and not self._may_end():
            return False
        return self._refuse is None or not self._refuse(text, len(self.text))

    def take(self, token: int, no_repeat: int, share: float = 1.0) -> None:
        """Adds the token, whose probability was ``share``.

        Ends at an end token, at a stop string (which is cut off), at the longest length, and after the last
        planned sentence.
        """
        if token in self._ends:
            self.ended = True
            return
        given = bool(self._given)
        if given:
            self._given = self._given[1:]
        else:
            self._surprise -= log(max(share, 1e-9))
            self._chosen += 1
        self.tokens.append(token)
        self.text += self._spelling[token]
        self._sentence += 1
        if no_repeat and len(self.tokens) >= no_repeat:
            self._runs.add(tuple(self.tokens[-no_repeat:]))
        # White space before the first word is not yet the answer, so a stop string in it does not count.
        lead = len(self.text) - len(self.text.lstrip())
        cuts = [at for stop in self._stop if (at := self.text.find(stop, lead)) >= 0]
        if cuts:
            self.text = self.text[: min(cuts)]
        self.ended = bool(cuts) or len(self.tokens) >= self.longest
        # An opening may hold whole sentences; only what the model adds to it can end it.
        if self._planned and not given and self.text.rstrip().endswith(_SENTENCE_ENDS):
            self._next_sentence()

    def _may_end(self) -> bool:
        """Whether the model may end the text here: a planned one ends after its last sentence."""
        return not self._planned and (self._long_enough is None or self._long_enough(self.text))

    def _next_sentence(self) -> None:
        self._sentence = 0
        if not self._openings:
            self.ended = True
            return
        opening = self._openings.pop(0)
        glue = " " if self.text.rstrip()[-1] in ".!?" and not self.text.endswith(" ") else ""
        self._given = self._spelling.spell(glue + opening)
