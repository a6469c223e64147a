"""What the starter writes in the plain voice of drawings that a night learns from, learned beside what was
written of them in a voice: by teachers, tonight and before, and by hand, in the demonstrations.

A night teaches voices alone, and what it does not teach it unlearns: drafts for whoever has no voice yet
would soon be in the manner of those who were taught last. So a model goes on learning its own old answers
(learning without forgetting, Li and Hoiem 2016), here as texts (Kim and Rush 2016): the starter's, which no
night changes. All that tells the two prompts of a drawing apart is the voice, so the voice is listened to,
where a lesson's theme would otherwise tell as well whose comment it is.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from drafting.draft import NOBODY_WAITS, draft_class
from drafting.write.request import Writer
from finetune.records import Record
from finetune.works import works


def rehearsed(
    records: Sequence[Record],
    writer: Writer,
    *,
    many: int,
    seed: int,
    tell: Callable[[int, int], None] | None = None,
) -> dict[str, str]:
    """The plain comments on so many of the records' drawings, drawn by lot among those in a voice, by what
    their ids will be. ``writer`` is the starter's. Where no draft passes the checks there is none.
    """
    voiced = [_plain(one) for one in records if one.context.voice]
    some = random.Random(seed).sample(voiced, min(many, len(voiced)))
    found = {}
    drafted = draft_class(works(some), writer, n=2, seed=seed, groups=NOBODY_WAITS)
    for done, (id_, drafts) in enumerate(drafted, 1):
        if tell:
            tell(done, len(some))
        sound = next((draft.text for draft in drafts if not draft.flags), None)
        if sound is not None:
            found[id_] = sound
    return found


def with_rehearsed(records: Sequence[Record], texts: dict[str, str]) -> list[Record]:
    """The records, and behind them those of the same drawings with these plain comments."""
    plain = (_plain(one) for one in records)
    return [*records, *(replace(one, final=texts[one.id]) for one in plain if one.id in texts)]


def _plain(one: Record) -> Record:
    """The same drawing for nobody known, in a lesson of its own."""
    context = replace(one.context, voice="", style=(), examples=(), instruction="")
    id_ = f"{one.id}-plain"
    return replace(one, id=id_, context=context, drafts=(), chosen=None, teacher="", lesson="")
