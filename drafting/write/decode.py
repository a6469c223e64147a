"""Writes many candidates for many drawings at once, token by token."""

from collections.abc import Sequence

import torch
from torch import Tensor

from drafting.write.attention import Part
from drafting.write.candidate import Candidate
from drafting.write.choose import choose
from drafting.write.linear import Linear
from drafting.write.net import Net
from drafting.write.prefill import Prompts, bias_of
from drafting.write.request import Style

# Candidates that have ended still cost their share of every step; they are taken out once this many of ten
# are.
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
        going = [i for i, row in enumerate(rows) if not row.ended]
        if not going:
            return
        if len(rows) - len(going) >= max(1, len(rows) * _ENDED_OF_TEN // 10):
            rows = [rows[i] for i in going]
            batch.keep(going)
            chosen = chosen[going]
        states = net.normed(batch.step(chosen.to(net.device)))
        logits = head(states).float()


class _Batch:
    """The candidates that still write: where each one's prompt is, and the keys and values of what it
    wrote."""

    def __init__(self, net: Net, prompts: Prompts, each: int, longest: int) -> None:
        count, device = len(prompts.lengths), net.device
        self.net, self.prompts, self.written = net, prompts, 0
        self.drawing = torch.arange(count, device=device).repeat_interleave(each)
        self.place = torch.arange(each, device=device).repeat(count)
        self.places = each
        shape = (count * each, net.kv_heads, longest, net.head_dim)
        self.keys = [torch.empty(shape, dtype=net.dtype, device=device) for _ in net.layers]
        self.values = [torch.empty(shape, dtype=net.dtype, device=device) for _ in net.layers]
        self.ropes = net.rope(int(prompts.lengths.max()) + len(prompts.shared.tokens) + longest)
        self.windows = {layer.window for layer in net.layers}

    def keep(self, rows: list[int]) -> None:
        """Takes out the rows that are not named."""
        kept = torch.tensor(rows, device=self.drawing.device)
        self.drawing, self.place = self.drawing[kept], self.place[kept]
        done = self.written
        for cache in (self.keys, self.values):
            for i, old in enumerate(cache):
                cache[i] = old.new_empty(len(rows), *old.shape[1:])
                torch.index_select(old[:, :, :done], 0, kept, out=cache[i][:, :, :done])

    def step(self, tokens: Tensor) -> Tensor:
        """Feeds each row its token: the hidden states ``[rows, hidden]`` that the next ones come from."""
        net, prompts, t = self.net, self.prompts, self.written
        start = len(prompts.shared.tokens)
        at = prompts.lengths[self.drawing] + start + t
        ropes = {kind: (cos[at], sin[at]) for kind, (cos, sin) in self.ropes.items()}
        biases = {window: self._biases(at, window) for window in self.windows}
        slots = (self.drawing, self.place, self.places)
        x = net.embedded(tokens)
        for i, layer in enumerate(net.layers):
            q, k, v = net.project(layer, x, ropes[layer.rope])
            self.keys[i][:, :, t], self.values[i][:, :, t] = k, v
            far, near, own = biases[layer.window]
            parts = [Part(prompts.shared.keys[i], prompts.shared.values[i], far)] if start else []
            parts.append(Part(prompts.keys[i], prompts.values[i], near, slots))
            parts.append(Part(self.keys[i][:, :, : t + 1], self.values[i][:, :, : t + 1], own))
            x = net.finish(layer, x, q, parts)
        self.written += 1
        return x

    def _biases(self, at: Tensor, window: int | None) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        """What hides keys from the rows: of the shared start, of the prompt (its filling-up too), of their
        own text."""
        dtype, device, start = self.net.dtype, at.device, len(self.prompts.shared.tokens)
        lengths = self.prompts.lengths[self.drawing]
        rest = torch.arange(self.prompts.keys[0].shape[2], device=device)
        hidden = rest >= lengths[:, None]
        if window is not None:
            hidden |= start + rest <= at[:, None] - window
        near = torch.zeros(hidden.shape, dtype=dtype, device=device).masked_fill_(hidden, float("-inf"))
        far = bias_of(at, torch.arange(start, device=device), window, dtype, causal=False)
        own = None
        if window is not None and self.written >= window:
            # Own keys are as far back for every row, so positions within the text will do.
            here = torch.tensor([self.written], device=device)
            own = bias_of(here, torch.arange(self.written + 1, device=device), window, dtype, causal=False)
            own = None if own is None else own.expand(len(at), -1)
        return far, near, own
