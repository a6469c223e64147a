"""Step three, without a detour: move the model from the worse text to the better one.

Direct preference optimisation (DPO, Rafailov et al. 2023) writes the reward model away. The policy that is
best for a reward r near a reference ρ is π(y | x) = ρ(y | x)·exp(r(x, y)/β) / Z(x), where Z(x) makes it sum
to one. Solved for the reward that is r = β·log(π/ρ) + β·log Z(x), whose last term two comments on one prompt
share: it is gone from their difference. So Bradley and Terry's likelihood of the teachers' preferences,
P(a beats b) = σ(r(a) − r(b)), trains π itself. ρ is the model as it stands when the stage begins, after sft:

    loss = −log σ(β·[(log π(better) − log ρ(better)) − (log π(worse) − log ρ(worse))])

Alone it cares only for the difference, and may make both texts unlikely until it babbles. The joint loss
adds λ times the mean of −log π(token) of the better text (Pang et al. 2024), which holds it to what a
teacher really wrote; and of texts that stand alone, since nobody changed them, only that. It is a mean over
the tokens of each comment and then over the comments, where ``sft`` takes it over all tokens of a batch: here
long comments must not outweigh the pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from finetune.loop import Loss
from finetune.model import Example, LearningModel
from finetune.records import Record

_AT_ONCE = 8


@dataclass(frozen=True)
class Pair:
    """Two comments on one prompt, and how likely each was to begin with: log ρ in nats, summed over its
    tokens, of the better and of the worse; None until ``with_reference`` has read them.

    ``worse`` is None for a comment that is to be imitated and stands against nothing.
    """

    better: Example
    worse: Example | None
    reference: tuple[float, float] | None = None

    def __len__(self) -> int:
        return len(self.better) + (len(self.worse.comment) if self.worse else 0)

    @property
    def texts(self) -> tuple[Example, ...]:
        return (self.better, self.worse) if self.worse else (self.better,)

    def gained(self, better: Tensor, worse: Tensor) -> tuple[Tensor, Tensor]:
        """log π − log ρ of both, by the tokens' log-probabilities under π. ValueError without a reference."""
        if self.reference is None:
            raise ValueError("a pair has no reference: take it by with_reference before the model learns")
        return better.sum() - self.reference[0], worse.sum() - self.reference[1]


def edits(model: LearningModel, records: Sequence[Record], *, alone: bool = False) -> list[Pair]:
    """(edited ≻ draft) of every record in which the teacher changed the chosen draft; with ``alone`` also the
    accepted texts of the others, if there is any such pair."""
    pairs = [
        Pair(model.example(one.context, one.final), model.example(one.context, one.draft.text))
        for one in records
        if _changed(one) and one.draft is not None
    ]
    if pairs and alone:
        pairs += [Pair(model.example(one.context, one.final), None) for one in records if not _changed(one)]
    return pairs


def _changed(one: Record) -> bool:
    return one.draft is not None and one.draft.text.strip() not in ("", one.final.strip())


def with_reference(model: LearningModel, pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs with what the model thinks of them now, before it learns.

    In bf16 a prompt read for one comment and for two differs in the last bits, and sums of a hundred tokens
    by up to a nat: so the reference, too, reads both together. But it reads in batches of its own, by length,
    where the descent's are small and shuffled, and what stands beside in a batch shows in the last bits as
    well. So a pair's first margin is near 0, in bf16 not exactly 0.
    """
    known = list(pairs)
    order = sorted((i for i, pair in enumerate(pairs) if pair.worse), key=lambda i: len(pairs[i]))
    with torch.no_grad():
        for start in range(0, len(order), _AT_ONCE):
            some = order[start : start + _AT_ONCE]
            read = model.read_together([pairs[i].texts for i in some])
            for i, (better, worse) in zip(some, read, strict=True):
                reference = float(better.logprobs.sum()), float(worse.logprobs.sum())
                known[i] = replace(pairs[i], reference=reference)
    return known


def preferring(model: LearningModel, pairs: Sequence[Pair], *, beta: float, imitation: float) -> Loss:
    """The sum of the pairs' losses; ``imitation`` is λ, 0 for DPO alone. The curve shows the ``margin`` (what
    stands in −log σ), the ``accuracy``, the share of pairs whose margin is above 0, and by how many nats the
    ``better`` texts have become likelier. ValueError for a pair without its reference."""
    read = model.read_together([pair.texts for pair in pairs])
    total = torch.zeros((), device=model.device)
    told: dict[str, list[float]] = {"margin": [], "accuracy": [], "better": []}
    for pair, (better, *worse) in zip(pairs, read, strict=True):
        total = total - imitation * better.logprobs.mean()
        if not worse:
            continue
        gained, other = pair.gained(better.logprobs, worse[0].logprobs)
        margin = beta * (gained - other)
        total = total - F.logsigmoid(margin)
        told["margin"].append(float(margin.detach()))
        told["accuracy"].append(float(margin.detach() > 0))
        told["better"].append(float(gained.detach()))
    # The loss is a mean over all texts, the figures over those that stand against another.
    return Loss(total, float(len(pairs)), {name: (sum(some), len(some)) for name, some in told.items()})
