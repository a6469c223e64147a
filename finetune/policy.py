"""Step three, by way of the reward model: sample, keep what the reward likes best, imitate it.

Best-of-n distillation (rejection sampling; RAFT, Dong et al. 2023) is the policy optimisation that a night
on two cores can afford: drafting writes n candidates for each drawing as fast as it ever does, the checks and
the reward order them, and the best of each drawing becomes a demonstration.

A reward learned from a few hundred pairs can be hacked: what maximises it is not what teachers want (Gao et
al. 2023). So a sample must pass every check (facts, repetition, length, language) and be about as long as the
teacher's own text, and n is small: whatever picks one of n drafts makes none of them more than n times as
likely as drafting itself does. So KL(what is imitated ‖ what is drafted) is at most log n − (n − 1)/n nats
(Beirami et al. 2024), 1.2 for n = 8; at most log(n/p) where something passes with probability p only. That is
said of drafts as the checks leave them, which cut sentences out of what the model writes at drafting's own
temperature; and of what is imitated, not of what a descent makes of it: for that the teachers' texts are
imitated beside the samples, which weigh less.

How far the descent goes is seen only in part. Of the texts y that are imitated, on their prompts x,
``away_from_base`` gives the mean of

    log π(y | x) − log π₀(y | x),

before the descent and after it. π is the model and π₀ the base alone, without any adapter, which is the same
on every night, as ρ is not, and asks for no second model and no samples. What the mean has grown by is how
much likelier, in nats, the descent made these very texts. It is not step three's KL(π ‖ ρ), nor KL(π ‖ π₀),
which would be the mean over what π itself writes now: others wrote these texts, and π before it learned from
them. So it may be below zero, it bounds nothing, and it does not show what π has come to write elsewhere;
that, the exam does.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random

import torch

from drafting.draft import NOBODY_WAITS, draft_class
from drafting.edits import units
from drafting.write.request import Writer
from finetune.model import Example, LearningModel
from finetune.records import Record
from finetune.works import works

SAMPLING = 0.5
"""Of a stage's time no more than this share is for sampling; the descent has the rest."""
_LENGTHS = (0.6, 1.6)  # of the teacher's own text; length is the usual way to hack a reward
_MEASURED = 64  # texts of a kind tell the mean well enough
_AT_ONCE = 8


def sample(
    records: Sequence[Record],
    writer: Writer,
    *,
    candidates: int = 8,
    seed: int = 0,
    until: float | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> dict[str, str]:
    """The model's own best on each drawing, by the record's id, where one passes.

    ``writer`` drafts with the very weights of the model, its reward and the checks. After ``until``, on the
    clock of ``time.monotonic``, no further group is begun: there are fewer samples then. ``tell`` hears how
    many drawings are sampled, of how many.
    """

    def over() -> bool:
        return until is not None and time.monotonic() >= until

    found = {}
    drafted = best_of(records, writer, candidates=candidates, seed=seed, over=over)
    for done, (one, best) in enumerate(drafted, 1):
        if best is not None:
            found[one.id] = best
        if tell:
            tell(done, len(records))
    return found


def examples(
    model: LearningModel, records: Sequence[Record], samples: Mapping[str, str], *, share: float = 0.5
) -> tuple[list[Example], list[Example]]:
    """What is imitated: the teachers' texts, and the samples, of weight ``share``, on the prompts that they
    were drawn on."""
    teachers = [model.example(one.context, one.final) for one in records]
    own = [
        model.example(work.context, samples[work.id], weight=share)
        for work in works(records)
        if work.id in samples
    ]
    return teachers, own


def away_from_base(model: LearningModel, texts: Sequence[Example]) -> Callable[[], dict[str, float]]:
    """A measure of how much likelier the model finds these texts, whenever it is asked, than the base alone
    does (above). Some of them are taken evenly: ``n``, and the mean log-ratio in nats a text (``per_text``)
    and a token (``per_token``); of no text ``n`` alone.
    """
    some = sorted(texts[:: max(1, -(-len(texts) // _MEASURED))], key=len)
    tokens = sum(len(one.comment) for one in some)
    with model.net.disable_adapter():
        base = _loglikelihood(model, some)

    def measured() -> dict[str, float]:
        if not some:
            return {"n": 0}
        ratio = _loglikelihood(model, some) - base
        return {
            "n": len(some),
            "per_text": round(ratio / len(some), 3),
            "per_token": round(ratio / tokens, 4),
        }

    return measured


@torch.no_grad()
def _loglikelihood(model: LearningModel, texts: Sequence[Example]) -> float:
    """The sum over all texts. Always in the same batches: in bf16 others would differ in the last bits."""
    parts = (texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE))
    return sum(float(one.sum()) for part in parts for one in model.logprobs(part))


def best_of(
    records: Sequence[Record],
    writer: Writer,
    *,
    candidates: int = 8,
    seed: int = 0,
    over: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Record, str | None]]:
    """Each record with the best candidate that passes every guard, None where none does, as soon as its group
    is drafted. Between two groups ``over`` is asked whether to leave the rest.

    ``candidates`` are drawn for each, of an odd number one fewer; the better half, all that drafting shows of
    them, is held against the guards. Lessons come in an order drawn by lot, or those of which the time is
    over would always be the latest.
    """
    by_id = {one.id: one for one in records}
    todo = sorted(works(records, records), key=lambda work: Random(f"{seed} {work.lesson}").random())
    shown = candidates // 2  # drafting draws two for each that it shows
    drafted = draft_class(todo, writer, n=shown, seed=seed, budget=0, groups=NOBODY_WAITS, pause=over)
    for id_, drafts in drafted:
        one = by_id[id_]
        usual = max(1, len(units(one.final, one.language)))
        fit = (
            draft.text
            for draft in drafts
            if not draft.flags and _LENGTHS[0] <= len(units(draft.text, one.language)) / usual <= _LENGTHS[1]
        )
        yield one, next(fit, None)
