"""Step one, supervised fine-tuning: imitate what teachers accepted.

The loss is the mean of −log π(token | prompt, tokens before) over the comments' tokens; the prompt's own
tokens are given, and nothing is learned from them (Ouyang et al. 2022, step 1). Where a recipe asks for
``contrast``, as the default one does, sft has the loss of ``voice``, which adds a term to this.
"""

from collections.abc import Sequence

import torch

from finetune.loop import Loss
from finetune.model import Example, LearningModel


def imitation(model: LearningModel, examples: Sequence[Example]) -> Loss:
    """The sum of the negative log-probabilities of all comments' tokens, each weighing as its example's
    ``weight`` says, over the sum of these weights: nats a token."""
    logprobs = model.logprobs(examples)
    total = -torch.stack(
        [one.weight * part.sum() for one, part in zip(examples, logprobs, strict=True)]
    ).sum()
    return Loss(total, sum(one.weight * len(one.comment) for one in examples))
