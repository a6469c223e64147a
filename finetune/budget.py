"""How long the descents of a night may take, so that it is over before the school day, exam and all.

Exams and rehearsal are as long as they are; only what the descents have is less for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 0.25
"""Such a share of a night's time is there at least for the descents to come, whenever one begins: with less,
an exam would examine nothing. So the last has all of it, and one that others follow its part."""


@dataclass(frozen=True)
class Budget:
    """``seconds`` for all of a night, of which exams of ``cases`` drawings more will take ``pace`` each.

    The pace is that at which the champion sat its own exam, which therefore comes first.
    """

    seconds: float
    pace: float = 0.0
    cases: int = 0

    @property
    def reserved(self) -> float:
        """Seconds that are kept for the exams after the learning."""
        return self.pace * self.cases

    def of_a_descent(self, spent: float, stages: Sequence[str], took: Sequence[float]) -> float:
        """How many seconds the next of the night's ``stages`` has if it is a descent: an equal part of what
        is left, or of ``LEAST`` of the whole, whichever is more.

        ``spent`` seconds were over before the first stage, and those that are done ``took`` so many. A reward
        that is learned again will take as long as the first.
        """
        to_come = stages[len(took) :]
        rewards = [seconds for stage, seconds in zip(stages, took, strict=False) if stage == "reward"]
        again = to_come.count("reward") * rewards[0] if rewards else 0.0
        rest = self.seconds - self.reserved - spent - sum(took) - again
        return max(rest, LEAST * self.seconds) / max(1, len(to_come) - to_come.count("reward"))
