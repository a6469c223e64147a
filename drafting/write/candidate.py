"""One text while it is being written, and the rules that it must keep."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Pieces(Protocol):
    """Token ids to the text that each adds."""

    def __getitem__(self, token: int, /) -> str: ...


class Candidate:
    """Grows by tokens until it ends. ``chances`` are its own random numbers, one a token, from its own seed."""

    __slots__ = ("_ends", "_pieces", "_refuse", "_runs", "_stop", "chances", "ended", "longest", "text", "tokens")

    def __init__(
        self,
        seed: Sequence[int],
        longest: int,
        *,
        pieces: Pieces,
        ends: frozenset[int],
        stop: tuple[str, ...] = (),
        refuse: Callable[[str], bool] | None = None,
        begin: str = "",
    ) -> None:
        self.tokens: list[int] = []
        self.text = begin
        self.ended = False
        self.longest = longest
        self.chances: NDArray[np.float64] = np.random.default_rng(list(seed)).random(longest)
        self._pieces, self._ends, self._stop, self._refuse = pieces, ends, stop, refuse
        self._runs: set[tuple[int, ...]] = set()

    def may_take(self, token: int, no_repeat: int) -> bool:
        """Whether the token keeps the rules: nothing refused is said, no run of ``no_repeat`` tokens comes twice."""
        if token in self._ends:
            return True
        if no_repeat and (*self.tokens[len(self.tokens) - no_repeat + 1 :], token) in self._runs:
            return False
        return self._refuse is None or not self._refuse(self.text + self._pieces[token])

    def take(self, token: int, no_repeat: int) -> None:
        """Adds the token; ends at an end token, at a stop string (which is cut off) and at the longest length."""
        if token in self._ends:
            self.ended = True
            return
        self.tokens.append(token)
        self.text += self._pieces[token]
        if no_repeat and len(self.tokens) >= no_repeat:
            self._runs.add(tuple(self.tokens[-no_repeat:]))
        # White space before the first word is not yet the answer, so a stop string in it does not count.
        lead = len(self.text) - len(self.text.lstrip())
        cuts = [at for stop in self._stop if (at := self.text.find(stop, lead)) >= 0]
        if cuts:
            self.text = self.text[: min(cuts)]
        self.ended = bool(cuts) or len(self.tokens) >= self.longest
