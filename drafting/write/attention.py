"""Grouped-query attention of many rows over keys that they share.

Thirty drawings of one lesson have the same instructions and examples in their prompts, and the candidates of
one drawing have the same prompt. Those keys and values exist once; here every row reads them where they are.
A softmax over all the parts together makes the result that of plain attention.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Part:
    """Keys and values, ``[groups, kv_heads, length, dim]``, each group read by its own rows.

    ``slots`` tells where each row stands when the rows of a group are laid side by side: (group, place) index
    tensors and the number of places; None when row i is place i % places of group i // places. ``bias`` is
    added to the scores: ``[rows, length]`` or None.
    """

    keys: Tensor
    values: Tensor
    bias: Tensor | None = None
    slots: tuple[Tensor, Tensor, int] | None = None


def attend(q: Tensor, parts: list[Part], kv_heads: int) -> Tensor:
    """Attention output of scaled queries ``[rows, heads, dim]`` over all parts: ``[rows, heads * dim]``."""
    rows, heads, dim = q.shape
    grouped = q.reshape(rows, kv_heads, heads // kv_heads, dim)
    scores = []
    for part in parts:
        score = _gather(_laid_out(grouped, part) @ part.keys.transpose(-1, -2), part, rows)
        scores.append(score if part.bias is None else score + part.bias[:, None, None])
    weights = torch.cat(scores, dim=-1).softmax(dim=-1, dtype=torch.float32).to(q.dtype)
    shares = weights.split([part.keys.shape[2] for part in parts], dim=-1)
    out = [
        _gather(_laid_out(share, part) @ part.values, part, rows)
        for share, part in zip(shares, parts, strict=True)
    ]
    return (
        torch.stack(out).sum(0).reshape(rows, heads * dim)
        if len(out) > 1
        else out[0].reshape(rows, heads * dim)
    )


def _laid_out(x: Tensor, part: Part) -> Tensor:
    """``[rows, kv, group, width]`` → ``[groups, kv, places * group, width]``."""
    rows, kv, group, width = x.shape
    count = len(part.keys)
    if part.slots is None:
        laid = x.view(count, rows // count, kv, group, width)
    else:
        where, place, places = part.slots
        laid = x.new_zeros(count, places, kv, group, width)
        laid[where, place] = x
    return laid.transpose(1, 2).reshape(count, kv, laid.shape[1] * group, width)


def _gather(x: Tensor, part: Part, rows: int) -> Tensor:
    """The way back: ``[groups, kv, places * group, width]`` → ``[rows, kv, group, width]``."""
    count, kv, _, width = x.shape
    places = rows // count if part.slots is None else part.slots[2]
    laid = x.view(count, kv, places, -1, width).transpose(1, 2)
    if part.slots is None:
        return laid.reshape(rows, kv, -1, width)
    return laid[part.slots[0], part.slots[1]]
