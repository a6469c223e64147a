"""Writes many candidates for many drawings at once, token by token."""

from collections.abc import Sequence

import torch
from torch import Tensor

from drafting.write.attention import Part
from drafting.write.candidate import Candidate
from drafting.write.choose import choose
from drafting.write.linear import Linear
from drafting.write.net import Net
from drafting.write.prefill import Prompts, bias_of, bias_that_hides
from drafting.write.request import Style

# Candidates that have ended still cost their share of every step; they are taken out once this many of ten
# can be.
_ENDED_OF_TEN = 1


def decode(
    net: Net,
    prompts: Prompts,
    candidates: Sequence[Sequence[Candidate]],
    *,
    head: Linear,
    words: Tensor,
    style: Style,
    judge: Tensor | None = None,
) -> None:
    """Lets every candidate write until it ends. ``candidates[i]`` belong to prompt i, the same number for
    each.

    ``head`` gives the scores of the tokens that may be written and ``words`` are those tokens' ids.
    ``judge``, ``[hidden]``, is the part of a reward that reads the states; candidates note what it says.
    """
    rows = [candidate for group in candidates for candidate in group]
    batch = _Batch(net, prompts, len(candidates[0]), max(row.longest for row in rows))
    # The first token comes from the prompt's last hidden state, the same for every candidate of a drawing.
    first = net.normed(prompts.last)
    states, logits = (
        part.repeat_interleave(len(candidates[0]), dim=0) for part in (first, head(first).float())
    )
    while True:
        if judge is not None:
            for row, worth in zip(rows, (states.float() @ judge).tolist(), strict=True):
                if not row.ended:  # what is read of one that has ended, until it is taken out, means nothing
                    row.judge(worth)
        chosen = choose(logits, words, rows, style)
        if all(row.ended for row in rows):
            return
        kept = _still_written([row.ended for row in rows], batch.places)
        if (len(rows) - len(kept)) * 10 >= max(1, len(rows) * _ENDED_OF_TEN):
            rows = [rows[i] for i in kept]
            batch.keep(kept)
            chosen = chosen[kept]
        states = net.normed(batch.step(chosen.to(net.device)))
        logits = head(states).float()


def _still_written(ended: Sequence[bool], places: int) -> list[int]:
    """The rows to go on with, of so many a drawing: of each drawing that has one which has not ended, as many
    as of the one that has most, filled up with some that have ended. So rows stay side by side by drawing.
    """
    drawings = [
        sorted(range(first, first + places), key=lambda row: ended[row])
        for first in range(0, len(ended), places)
    ]
    most = max(sum(not ended[row] for row in drawing) for drawing in drawings)
    return [row for drawing in drawings if not ended[drawing[0]] for row in sorted(drawing[:most])]


class _Batch:
    """The candidates that still write, ``places`` of each drawing: the drawings' prompts, and the keys and
    values of what the candidates wrote."""

    def __init__(self, net: Net, prompts: Prompts, each: int, longest: int) -> None:
        rows = len(prompts.lengths) * each
        self.net, self.prompts, self.places, self.written = net, prompts, each, 0
        shape = (rows, net.kv_heads, longest, net.head_dim)
        self.keys = [torch.empty(shape, dtype=net.dtype, device=net.device) for _ in net.layers]
        self.values = [torch.empty(shape, dtype=net.dtype, device=net.device) for _ in net.layers]
        self.ropes = net.rope(int(prompts.lengths.max()) + len(prompts.shared.tokens) + longest)
        self.windows = {layer.window for layer in net.layers}

    def keep(self, rows: list[int]) -> None:
        """Takes out the rows that are not named. Of every drawing named there are as many."""
        drawings = sorted({row // self.places for row in rows})
        self.places = len(rows) // len(drawings)
        if len(drawings) < len(self.prompts.lengths):
            self.prompts = self.prompts.of(drawings)
        kept, done = torch.tensor(rows, device=self.net.device), self.written
        for cache in (self.keys, self.values):
            for i, old in enumerate(cache):
                cache[i] = old.new_empty(len(rows), *old.shape[1:])
                torch.index_select(old[:, :, :done], 0, kept, out=cache[i][:, :, :done])

    def step(self, tokens: Tensor) -> Tensor:
        """Feeds each row its token: the hidden states ``[rows, hidden]`` that the next ones come from."""
        net, prompts, t = self.net, self.prompts, self.written
        start = len(prompts.shared.tokens)
        at = prompts.lengths + start + t
        rows = at.repeat_interleave(self.places)
        ropes = {kind: (cos[rows], sin[rows]) for kind, (cos, sin) in self.ropes.items()}
        biases = {window: self._biases(at, window) for window in self.windows}
        x = net.embedded(tokens)
        for i, layer in enumerate(net.layers):
            q, k, v = net.project(layer, x, ropes[layer.rope])
            self.keys[i][:, :, t], self.values[i][:, :, t] = k, v
            far, near, own = biases[layer.window]
            parts = [Part(prompts.shared.keys[i], prompts.shared.values[i], far)] if start else []
            parts.append(Part(prompts.keys[i], prompts.values[i], near))
            parts.append(Part(self.keys[i][:, :, : t + 1], self.values[i][:, :, : t + 1], own))
            x = net.finish(layer, x, q, parts)
        self.written += 1
        return x

    def _biases(self, at: Tensor, window: int | None) -> tuple[Tensor | None, Tensor, Tensor | None]:
        """What hides keys from the drawings' rows, which are at these positions: of the shared start, of the
        prompts (their filling-up too), of the rows' own texts. As ``Part`` wants it."""
        dtype, device, start = self.net.dtype, at.device, len(self.prompts.shared.tokens)
        rest = torch.arange(self.prompts.keys[0].shape[2], device=device)
        hidden = rest >= self.prompts.lengths[:, None]
        if window is not None:
            hidden |= start + rest <= at[:, None] - window
        near = bias_that_hides(hidden, dtype)[:, None]
        far = bias_of(at, torch.arange(start, device=device), window, dtype, causal=False)
        if far is not None:
            far = far.repeat_interleave(self.places * self.net.heads // self.net.kv_heads, dim=0)[None]
        own = None
        if window is not None and self.written >= window:
            # Own keys are as far back for every row, so positions within the text will do.
            here = torch.tensor([self.written], device=device)
            own = bias_of(here, torch.arange(self.written + 1, device=device), window, dtype, causal=False)
            own = None if own is None else own[None]
        return far, near, own
