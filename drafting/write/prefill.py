"""Reads prompts: what all of them share once, then the rest of each, in batches."""

from dataclasses import dataclass

import torch
from torch import Tensor

from drafting.write.attention import Part
from drafting.write.net import Net

# Tokens per forward pass: enough to keep the cores busy, few enough for the attention scores to fit in the
# cache.
_TOKENS_AT_ONCE = 2048


@dataclass(frozen=True)
class Shared:
    """The keys and values of the tokens that every prompt of a class begins with, per layer ``[1, kv,
    length, dim]``."""

    tokens: tuple[int, ...]
    keys: list[Tensor]
    values: list[Tensor]


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


def common_start(prompts: list[list[int]]) -> tuple[int, ...]:
    """The longest run of tokens that all prompts begin with; each keeps at least one of its own."""
    first, last = min(prompts), max(prompts)
    most = min(len(prompt) for prompt in prompts) - 1
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), most)
    return tuple(first[: min(length, most)])


def read_shared(net: Net, tokens: tuple[int, ...]) -> Shared:
    """Computes the start once."""
    nothing = Shared((), [], [])
    if not tokens:
        return nothing
    read = _read(net, nothing, [list(tokens)])
    return Shared(tokens, read.keys, read.values)


def read(net: Net, shared: Shared, prompts: list[list[int]]) -> Prompts:
    """Reads the rest of each prompt (every one begins with ``shared``), a few thousand tokens at a time."""
    rests = [prompt[len(shared.tokens) :] for prompt in prompts]
    longest = max(map(len, rests))
    step = max(1, _TOKENS_AT_ONCE // longest)
    done = [_read(net, shared, rests[i : i + step], longest) for i in range(0, len(rests), step)]
    if len(done) == 1:
        return done[0]
    return Prompts(
        shared,
        [torch.cat(keys) for keys in zip(*(part.keys for part in done), strict=True)],
        [torch.cat(values) for values in zip(*(part.values for part in done), strict=True)],
        torch.cat([part.lengths for part in done]),
        torch.cat([part.last for part in done]),
    )


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
    before = torch.arange(start, device=device)
    biases: dict[int | None, tuple[Tensor | None, Tensor]] = {
        window: (
            bias_of(positions, before, window, net.dtype, causal=False, times=count),
            bias_of(positions, positions, window, net.dtype, causal=True, times=count),
        )
        for window in {layer.window for layer in net.layers}
    }
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
    at: Tensor, keys: Tensor, window: int | None, dtype: torch.dtype, *, causal: bool, times: int = 1
) -> Tensor | None:
    """0 where the row at position ``at`` may see the key at position ``keys``, else minus infinity; None if
    all may.

    ``[rows * times, keys]``. A window of w sees its own position and the w - 1 before it.
    """
    hidden = torch.zeros(len(at), len(keys), dtype=torch.bool, device=at.device)
    if causal:
        hidden |= keys > at[:, None]
    if window is not None:
        hidden |= keys <= at[:, None] - window
    if not causal and not hidden.any():
        return None
    bias = torch.zeros(hidden.shape, dtype=dtype, device=at.device).masked_fill_(hidden, float("-inf"))
    return bias.repeat(times, 1)
