"""Step three, by way of the reward model: sample, keep what the reward likes best, imitate it.

Best-of-n distillation (rejection sampling; RAFT, Dong et al. 2023) is the policy optimisation that a night
on two cores can afford: drafting writes n candidates for a class as fast as it ever does, the reward and
the fact check order them, and the best of each drawing becomes a demonstration.

A reward learned from a few hundred pairs can be hacked: what maximises it is not what teachers want (Gao
et al. 2023). So a sample must pass every check (facts, repetition, length, language) and be about as long
as the teacher's own text, and the policy cannot go far from the one that was sampled from, the reference:
the best of n is at most log n − (n − 1)/n nats away from it (Stiennon et al. 2020, Beirami et al. 2024),
1.2 for n = 8, and the teachers' texts are imitated beside the samples, which weigh less.
"""

from collections.abc import Callable, Sequence

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

    ``writer`` drafts with the very weights of ``model``, its reward and the checks.
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
) -> list[tuple[Record, str | None]]:
    """For each record the best candidate that passes every guard, None where none does."""
    by_id = {one.id: one for one in records}
    todo = works(records, records)
    found: list[tuple[Record, str | None]] = []
    for id_, drafts in draft_class(todo, writer, n=candidates, seed=seed, budget=0, groups=NOBODY_WAITS):
        one = by_id[id_]
        usual = max(1, len(units(one.final, one.language)))
        fit = (
            draft.text
            for draft in drafts
            if not draft.flags and _LENGTHS[0] <= len(units(draft.text, one.language)) / usual <= _LENGTHS[1]
        )
        found.append((one, next(fit, None)))
    return found
