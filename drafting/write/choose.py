"""Picks the next token of every candidate, each with its own random number and its own rules."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from drafting.write.candidate import Candidate
from drafting.write.request import Style

# How many of the likeliest tokens may be chosen from. Sampling below them only adds noise.
_AMONG = 48


def choose(logits: Tensor, words: Tensor, rows: Sequence[Candidate], style: Style) -> Tensor:
    """Lets every row that still writes take its next token: ``[rows]`` ids, 0 for a row that has ended.

    ``logits`` is ``[rows, words]``. A token that breaks a row's rules is passed over for the next one drawn; where
    all of the likeliest break them, the row ends. Which token a row takes depends on that row alone.
    """
    values, places = logits.topk(min(_AMONG, logits.shape[1]), dim=-1)
    tokens = words[places].cpu().numpy()
    if style.temperature > 0:
        shares = (values / style.temperature).softmax(-1).cpu().numpy().astype(np.float64)
        # The nucleus: a token stays while the likelier ones together hold less than top_p (Holtzman et al. 2020).
        shares[np.cumsum(shares, axis=-1) - shares >= style.top_p] = 0
    else:
        shares = np.zeros(values.shape)
        shares[:, 0] = 1
    chosen = torch.zeros(len(rows), dtype=torch.long)
    for i, row in enumerate(rows):
        if row.ended:
            continue
        for token in _draws(tokens[i], shares[i], float(row.chances[len(row.tokens)])):
            if row.may_take(token, style.no_repeat):
                row.take(token, style.no_repeat)
                chosen[i] = token
                break
        else:
            row.ended = True
    return chosen


def _draws(tokens: NDArray[np.int64], shares: NDArray[np.float64], chance: float) -> Iterator[int]:
    """Tokens in the order in which ``chance`` (0..1) draws them without putting back; then the unlikely, best first."""
    left = shares.copy()
    while (mass := left.sum()) > 0:
        at = min(int(np.searchsorted(np.cumsum(left), chance * mass, side="right")), len(left) - 1)
        at = at if left[at] else int(left.argmax())
        yield int(tokens[at])
        left[at] = 0
    yield from (int(token) for token in tokens[shares == 0])
