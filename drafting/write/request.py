"""What a writer is asked, and what every writer can do, wherever its model runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from drafting.reward import Reward
from prompts import Rendered
from prompts.vocabulary import Language


class WriterError(RuntimeError):
    """The model could not be loaded or reached. The message says what to do."""


@dataclass(frozen=True)
class Request:
    """One drawing's prompt.

    ``seed`` fixes every candidate: candidate i draws from ``seed + i`` and is the same text whatever else is
    in the batch (but for rounding). ``refuse`` is asked at each step whether the text, of which all from the
    given character on is new, says something that it must not, and ``long_enough`` whether it may end; only a
    ``LocalWriter`` can ask them.
    ``openings[i]`` are how the sentences of candidate i begin, for a base that needs leading; empty leaves
    it free. ``image`` is a JPEG, for models that see.
    """

    rendered: Rendered
    language: Language
    seed: int = 0
    refuse: Callable[[str, int], bool] | None = None
    long_enough: Callable[[str], bool] | None = None
    openings: Sequence[Sequence[str]] = ()
    image: bytes | None = field(default=None, repr=False)


class Written(NamedTuple):
    """A candidate. ``fluency`` is the mean log-probability of its tokens, 0 at most; 0 where a server tells
    nothing. ``judged`` is what a reward reads of the model's states while it writes.
    """

    text: str
    fluency: float = 0.0
    judged: float = 0.0


@dataclass(frozen=True)
class Style:
    """How freely to write. ``temperature`` 0 always takes the likeliest token; ``top_p`` keeps the likeliest
    mass.

    ``no_repeat`` forbids a second occurrence of any run of that many tokens within one text; 0 allows it.
    """

    temperature: float = 0.8
    top_p: float = 0.92
    no_repeat: int = 5


class Writer(Protocol):
    """Writes candidates.

    ``model`` is what drafts record; ``prompt`` is the one prompt (``comment@3``) that a trained model serves
    with, empty where any does; ``chat`` says whether it reads chats or plain text; ``needs_leading`` that it
    is small and untrained, and writes best with ``openings``; ``voices`` are the codes of the teachers whom
    it learned from; ``reward`` orders its candidates as the teachers would, where one was learned.
    """

    model: str
    prompt: str
    chat: bool
    needs_leading: bool
    voices: frozenset[str] = frozenset()
    reward: Reward | None = None

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style = ...
    ) -> list[list[Written]]:
        """``n`` candidates per request, in order, each of at most ``longest`` tokens, without what follows a
        stop string.

        WriterError when the model fails.
        """
        ...
