"""How long the parts of a night may take, so that it is over before the school day, exam and all."""

from dataclasses import dataclass

LEAST = 0.25
"""Of a night's time the descents have such a share at least: with less, an exam would examine nothing."""


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

    def of_a_descent(self, spent: float, left: int) -> float:
        """How many seconds the next of ``left`` descents has, after so many were spent: an equal part of what
        is left."""
        rest = self.seconds - self.reserved - spent
        return max(rest, LEAST * self.seconds) / max(1, left)
