"""Step three, by way of the reward model: sample, keep what the reward likes best, imitate it.

Best-of-n distillation (rejection sampling; RAFT, Dong et al. 2023) is the policy optimisation that a night
on two cores can afford: drafting writes n candidates for each drawing as fast as it ever does, the checks and
the reward order them, and the best of each drawing becomes a demonstration.

A reward learned from a few hundred pairs can be hacked: what maximises it is not what teachers want (Gao et
al. 2023). So a sample must pass every check (facts, repetition, length, language) and be about as long as the
teacher's own text, and n is small: whatever picks one of n drafts makes none of them more than n times as
likely as drafting itself does. What is imitated is thus at most log n nats away from what was drafted
(Beirami et al. 2024), 2.1 for n = 8; log(n/p) where something passes for a share p of the drawings only. That
is said of drafts as the checks leave them, which cut sentences out of what the model writes, and of what is
imitated, not of what a descent makes of it: for that the teachers' texts are imitated beside the samples,
which weigh less.
"""

from collections.abc import Callable, Iterator, Sequence

from drafting.draft import NOBODY_WAITS, draft_class
from drafting.edits import units
from drafting.write.request import Writer
from finetune.model import Example, LearningModel
from finetune.records import Record
from finetune.works import works

_LENGTHS = (0.6, 1.6)  # of the teacher's own text; length is the usual way to hack a reward


def distil(
    model: LearningModel,
    records: Sequence[Record],
    writer: Writer,
    *,
    candidates: int = 8,
    share: float = 0.5,
    seed: int = 0,
    tell: Callable[[int, int], None] | None = None,
) -> list[Example]:
    """The teachers' texts and, where one passes, the model's own best on the same drawing, of weight
    ``share``.

    ``writer`` drafts with the very weights of ``model``, its reward and the checks. ``tell`` hears how many
    drawings are sampled, of how many.
    """
    examples = [model.example(one.context, one.final) for one in records]
    for done, (one, best) in enumerate(best_of(records, writer, candidates=candidates, seed=seed), 1):
        if best is not None:
            examples.append(model.example(one.context, best, weight=share))
        if tell:
            tell(done, len(records))
    return examples


def best_of(
    records: Sequence[Record], writer: Writer, *, candidates: int = 8, seed: int = 0
) -> Iterator[tuple[Record, str | None]]:
    """Each record with the best candidate that passes every guard, None where none does, as soon as its group
    is drafted.

    ``candidates`` are drawn for each, of an odd number one fewer; the better half, all that drafting shows of
    them, is held against the guards.
    """
    by_id = {one.id: one for one in records}
    todo = works(records, records)
    shown = candidates // 2  # drafting draws two for each that it shows
    for id_, drafts in draft_class(todo, writer, n=shown, seed=seed, budget=0, groups=NOBODY_WAITS):
        one = by_id[id_]
        usual = max(1, len(units(one.final, one.language)))
        fit = (
            draft.text
            for draft in drafts
            if not draft.flags and _LENGTHS[0] <= len(units(draft.text, one.language)) / usual <= _LENGTHS[1]
        )
        yield one, next(fit, None)
