"""Picks the next token of every candidate, each with its own random number and its own rules."""

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from drafting.write.candidate import Candidate
from drafting.write.request import Style

AMONG = 48
"""How many of the likeliest tokens may be chosen from. Sampling below them only adds noise."""


def choose(logits: Tensor, words: Tensor, rows: Sequence[Candidate], style: Style) -> Tensor:
    """Lets every row that still writes take its next token: ``[rows]`` ids, 0 for a row that has ended.

    ``logits`` is ``[rows, words]``. A token that breaks a row's rules is passed over for the next one drawn;
    where all of the likeliest break them, the row ends. Which token a row takes depends on that row alone.
    """
    values, places = logits.topk(min(AMONG, logits.shape[1]), dim=-1)
    tokens = words[places].cpu().numpy()
    if style.temperature > 0:
        shares = (values / style.temperature).softmax(-1).cpu().numpy().astype(np.float64)
        # The nucleus: a token stays while the likelier ones together hold less than top_p (Holtzman et al.
        # 2020).
        shares[np.cumsum(shares, axis=-1) - shares >= style.top_p] = 0
    else:
        shares = np.zeros(values.shape)
        shares[:, 0] = 1
    raw = values.softmax(-1).cpu().numpy()
    chosen = torch.zeros(len(rows), dtype=torch.long)
    for i, row in enumerate(rows):
        if not row.ended:
            chosen[i] = _choose(row, tokens[i], shares[i], raw[i], style.no_repeat)
    return chosen


def _choose(
    row: Candidate,
    tokens: NDArray[np.int64],
    shares: NDArray[np.float64],
    raw: NDArray[np.float32],
    no_repeat: int,
) -> int:
    if row.given is not None:
        token = row.given
        row.take(token, no_repeat)
        return token
    order: Iterator[int] = _draws(shares, float(row.chances[len(row.tokens)]))
    if row.wants_an_end():
        order = chain((at for at in range(len(tokens)) if row.is_end(int(tokens[at]))), order)
    for at in order:
        token = int(tokens[at])
        if row.may_take(token, no_repeat):
            row.take(token, no_repeat, float(raw[at]))
            return token
    row.ended = True
    return 0


def _draws(shares: NDArray[np.float64], chance: float) -> Iterator[int]:
    """Places in the order in which ``chance`` (0..1) draws them without putting back; then the unlikely,
    best first."""
    left = shares.copy()
    while (mass := left.sum()) > 0:
        at = min(int(np.searchsorted(np.cumsum(left), chance * mass, side="right")), len(left) - 1)
        at = at if left[at] else int(left.argmax())
        yield at
        left[at] = 0
    yield from (int(at) for at in np.flatnonzero(shares == 0))
