"""How far a night is, as whoever waits for it is told."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a night is; ``seconds_left`` of this part, None while that cannot be told."""

    stage: str
    done: int
    total: int
    seconds_left: float | None


Tell = Callable[[Progress], None]


def names_of(stages: Sequence[str]) -> list[str]:
    """What a night's stages are told as: a kind that comes again has a number, so that no two are one."""
    counts = [stages[: place + 1].count(stage) for place, stage in enumerate(stages)]
    return [stage if count == 1 else f"{stage} {count}" for stage, count in zip(stages, counts, strict=True)]


def teller(stage: str, tell: Tell) -> Callable[[int, int], None]:
    """Tells of one stage how much of how much is done, and how long the rest will take.

    Where less is done than before, another part of the stage has begun, which has a pace of its own.
    """
    began, first, last = 0.0, 0, -1

    def told(done: int, total: int) -> None:
        nonlocal began, first, last
        if last <= 0 or done < last:
            # A resumed stage begins in the middle, and what came before its first word tells no pace.
            began, first = time.monotonic(), done
        last = done
        made = done - first
        left = (time.monotonic() - began) / made * (total - done) if made else None
        tell(Progress(stage, done, total, left))

    return told
