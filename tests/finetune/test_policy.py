"""What of the model's own samples is imitated: the best that passes every guard."""

from collections.abc import Sequence

import pytest

from drafting.write.request import Request, Style, Writer, Written
from finetune import policy
from finetune.policy import best_of, distil
from finetune.recipe import Stage
from tests.finetune import teachers
from tests.finetune.teachers import made

FINAL = "{student}, the orange cat fills the sheet, and the blue holds it. What could come next here?"
GOOD = "Your orange cat is large, {student}, and the blue holds it well. What will you draw after that?"
FALSE = GOOD.replace("blue", "green")
LONG = f"{GOOD} The cat looks at us, and the sheet is full from one side to the other and to the very end."


class Told(Writer):
    """Writes these texts, the first the most fluently."""

    model, chat, needs_leading, prompt, reward = "told", False, False, "", None

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.asked: list[int] = []

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        self.asked.append(n)
        return [[Written(text, -0.2 * at) for at, text in enumerate(self.texts)] for _ in requests]


class Learner:
    """Makes no examples of what it is given, but keeps it."""

    def example(self, *told: object, **options: object) -> object:
        return told, options


@pytest.mark.parametrize(
    ("texts", "best"),
    [
        ((FALSE, GOOD), GOOD),  # the drawing has no green
        ((LONG, GOOD), GOOD),  # too long for what the teacher wrote
        ((FALSE, LONG), None),
        ((), None),
    ],
)
def test_the_best_sample_that_passes(texts: tuple[str, ...], best: str | None) -> None:
    one = made(final=FINAL)
    assert list(best_of([one], Told(*texts), candidates=4)) == [(one, best)]


def test_as_many_are_drawn_as_the_recipe_says() -> None:
    writer, stage = Told(GOOD), Stage(stage="policy", candidates=8)
    list(best_of([made(final=FINAL)], writer, candidates=stage.candidates))
    assert writer.asked == [8]


def test_it_tells_how_far_it_is_while_it_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "NOBODY_WAITS", (2,))
    writer, told = Told(GOOD), list[tuple[int, int, int]]()
    distil(
        Learner(),  # type: ignore[arg-type]
        teachers.night("ann", 5),
        writer,
        tell=lambda done, of: told.append((done, of, len(writer.asked))),
    )
    # The last number: for how many groups the model had written by then.
    assert told == [(1, 5, 1), (2, 5, 1), (3, 5, 2), (4, 5, 2), (5, 5, 3)]
