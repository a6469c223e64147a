"""One model, many teachers: a comment must be likelier under its own teacher's code than under another's.

Imitation alone says little for the code. Once a comment's first words are given, they tell whose it is, and
so do the lesson's theme and medium; all that is to be gained from listening to the code is ln n nats a
comment of n teachers. So drafts come in another teacher's manner. Here the code is asked for itself: by
Bayes' rule, with every code as likely beforehand, P(code | comment) is p(comment | code) over the sum of
p(comment | each of the codes), and its negative logarithm is added to the loss. Of comments yᵢ on prompts
(xᵢ, vᵢ), vᵢ their teachers' codes, it is

    L = [Σᵢ −log π(yᵢ | xᵢ, vᵢ) + c·Σᵢ −log(π(zᵢ | xᵢ, vᵢ) / Σ_v π(zᵢ | xᵢ, v))] / Σᵢ |yᵢ|,

where zᵢ are yᵢ's first 16 tokens, which decide its manner, and v goes through vᵢ and three other codes, drawn
by lot once for each example from those of the records. The plain voice is one of the codes, where there are
plain comments among the records. Only the code is exchanged: style and examples in the prompt stay the
teacher's own. Both sums are in nats, yet the second has one term a comment and is divided by the number of
tokens like the first: of comments of sixty tokens, c = 5 adds a twelfth of a nat a token for each nat of
doubt.

GeDi (Krause et al. 2020) trains a model that is given a class by such a loss. It divides a comment's
log-probabilities by its length before it compares the classes; here they are compared as they are.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from finetune.loop import Loss
from finetune.model import Example, LearningModel
from finetune.records import Record

_OTHERS = 3  # codes that a comment is held against
_FIRST = 16  # tokens of the comment


@dataclass(frozen=True)
class Heard:
    """A comment under its own code, and its first words under others'."""

    own: Example
    others: tuple[Example, ...]

    def __len__(self) -> int:
        """By this like lengths are put together and the pace of a descent is told: the tokens that are read,
        but for the few by which each other prompt differs, its code and what follows it."""
        return len(self.own) + sum(len(one.comment) for one in self.others)

    @property
    def texts(self) -> tuple[Example, ...]:
        return (self.own, *self.others)


def heard(model: LearningModel, records: Sequence[Record], *, seed: int) -> list[Heard]:
    """Every record's accepted text, with the codes of others among the records that it is held against."""
    voices = sorted({one.context.voice for one in records})
    rng = random.Random(seed)
    found = []
    for one in records:
        own = model.example(one.context, one.final)
        strange = [voice for voice in voices if voice != one.context.voice]
        others = [
            model.example(replace(one.context, voice=voice), one.final)
            for voice in rng.sample(strange, min(_OTHERS, len(strange)))
        ]
        found.append(Heard(own, tuple(replace(other, comment=other.comment[:_FIRST]) for other in others)))
    return found


def telling_apart(model: LearningModel, examples: Sequence[Heard], *, contrast: float) -> Loss:
    """The sum of the negative log-probabilities of all comments' tokens, and for each comment ``contrast``
    times −log P(its code), over the number of tokens. The curve shows the first by itself, and the share of
    comments that are likeliest under their own code."""
    read = model.read_together([one.texts for one in examples])
    imitated = torch.zeros((), device=model.device)
    doubted = torch.zeros((), device=model.device)
    right = 0
    for own, *others in read:
        imitated = imitated - own.logprobs.sum()
        begun = [own.logprobs[:_FIRST].sum(), *(one.logprobs.sum() for one in others)]
        codes = torch.stack(begun)
        doubted = doubted - codes.log_softmax(0)[0]
        right += int(codes.argmax() == 0)
    tokens = float(sum(len(one.own.comment) for one in examples))
    figures = {"imitation": (float(imitated.detach()), tokens), "told apart": (right, len(examples))}
    return Loss(imitated + contrast * doubted, tokens, figures)
