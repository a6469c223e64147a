"""Reads prompts: what all of them share once, then the rest of each, in batches."""

from dataclasses import dataclass

import torch
from torch import Tensor

from drafting.write.attention import Part
from drafting.write.net import Net

# Tokens per forward pass: enough to keep the cores busy, few enough for the attention scores to fit in the
# cache.
_TOKENS_AT_ONCE = 2048
# A start of no more tokens, all prompts' together, is laid in front of what each prompt has of its own: a
# step of drafting takes longer to look in two places than to read these.
_LAID_IN_FRONT = 1024


@dataclass(frozen=True)
class Shared:
    """The keys and values of the tokens that every prompt of a class begins with, per layer ``[1, kv,
    length, dim]``."""

    tokens: tuple[int, ...]
    keys: list[Tensor]
    values: list[Tensor]


_NOTHING = Shared((), [], [])


@dataclass(frozen=True)
class Prompts:
    """Prompts that were read: per layer ``[prompts, kv, longest, dim]`` after ``shared``, filled up on the
    right.

    ``lengths`` count the tokens of each after ``shared``; ``last`` is the hidden state at each one's end.
    """

    shared: Shared
    keys: list[Tensor]
    values: list[Tensor]
    lengths: Tensor
    last: Tensor

    def of(self, which: list[int]) -> "Prompts":
        """Some of them, in this order."""
        return Prompts(
            self.shared,
            [keys[which] for keys in self.keys],
            [values[which] for values in self.values],
            self.lengths[which],
            self.last[which],
        )


def common_start(prompts: list[list[int]]) -> tuple[int, ...]:
    """The longest run of tokens that all prompts begin with; each keeps at least one of its own."""
    first, last = min(prompts), max(prompts)
    most = min(len(prompt) for prompt in prompts) - 1
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), most)
    return tuple(first[: min(length, most)])


def read_shared(net: Net, tokens: tuple[int, ...]) -> Shared:
    """Computes the start once."""
    if not tokens:
        return _NOTHING
    read = _read(net, _NOTHING, [list(tokens)])
    return Shared(tokens, read.keys, read.values)


def read(net: Net, shared: Shared, prompts: list[list[int]]) -> Prompts:
    """Reads the rest of each prompt (every one begins with ``shared``), a few thousand tokens at a time. A
    short start is part of each prompt then, and nothing is shared."""
    rests = [prompt[len(shared.tokens) :] for prompt in prompts]
    longest = max(map(len, rests))
    step = max(1, _TOKENS_AT_ONCE // longest)
    done = [_read(net, shared, rests[i : i + step], longest) for i in range(0, len(rests), step)]
    whole = (
        done[0]
        if len(done) == 1
        else Prompts(
            shared,
            [torch.cat(keys) for keys in zip(*(part.keys for part in done), strict=True)],
            [torch.cat(values) for values in zip(*(part.values for part in done), strict=True)],
            torch.cat([part.lengths for part in done]),
            torch.cat([part.last for part in done]),
        )
    )
    start, count = len(shared.tokens), len(prompts)
    if not start or start * count > _LAID_IN_FRONT:
        return whole
    keys, values = (
        [torch.cat([first.expand(count, -1, -1, -1), own], dim=2) for first, own in zip(*parts, strict=True)]
        for parts in ((shared.keys, whole.keys), (shared.values, whole.values))
    )
    return Prompts(_NOTHING, keys, values, whole.lengths + start, whole.last)


def _read(net: Net, shared: Shared, rests: list[list[int]], longest: int = 0) -> Prompts:
    longest = longest or max(map(len, rests))
    count, start, device = len(rests), len(shared.tokens), net.device
    tokens = torch.tensor([rest + [0] * (longest - len(rest)) for rest in rests], device=device)
    positions = torch.arange(start, start + longest, device=device)
    tables = net.rope(start + longest)
    ropes = {
        kind: (cos[start:].repeat(count, 1), sin[start:].repeat(count, 1))
        for kind, (cos, sin) in tables.items()
    }
    before, group = torch.arange(start, device=device), net.heads // net.kv_heads
    biases: dict[int | None, tuple[Tensor | None, Tensor | None]] = {}
    for window in {layer.window for layer in net.layers}:
        far = bias_of(positions, before, window, net.dtype, causal=False)
        near = bias_of(positions, positions, window, net.dtype, causal=True)
        biases[window] = (
            None if far is None else far.repeat_interleave(group, dim=0).repeat(count, 1)[None],
            None if near is None else near.repeat_interleave(group, dim=0)[None],
        )
    x = net.embedded(tokens.flatten())
    all_keys, all_values = [], []
    for i, layer in enumerate(net.layers):
        q, k, v = net.project(layer, x, ropes[layer.rope])
        keys, values = (
            part.view(count, longest, *part.shape[1:]).transpose(1, 2).contiguous() for part in (k, v)
        )
        far, near = biases[layer.window]
        parts = [Part(shared.keys[i], shared.values[i], far)] if start else []
        x = net.finish(layer, x, q, [*parts, Part(keys, values, near)])
        all_keys.append(keys)
        all_values.append(values)
    lengths = torch.tensor([len(rest) for rest in rests], device=device)
    last = x.view(count, longest, -1)[torch.arange(count, device=device), lengths - 1]
    return Prompts(shared, all_keys, all_values, lengths, last)


def bias_of(
    at: Tensor, keys: Tensor, window: int | None, dtype: torch.dtype, *, causal: bool
) -> Tensor | None:
    """0 where the row at position ``at`` may see the key at position ``keys``, else minus infinity:
    ``[rows, keys]``; None if all may see all. A window of w sees its own position and the w - 1 before it.
    """
    hidden = torch.zeros(len(at), len(keys), dtype=torch.bool, device=at.device)
    if causal:
        hidden |= keys > at[:, None]
    if window is not None:
        hidden |= keys <= at[:, None] - window
    return bias_that_hides(hidden, dtype) if hidden.any() else None


def bias_that_hides(hidden: Tensor, dtype: torch.dtype) -> Tensor:
    """Minus infinity there, else 0."""
    return torch.zeros(hidden.shape, dtype=dtype, device=hidden.device).masked_fill_(hidden, float("-inf"))
