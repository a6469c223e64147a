"""What of the model's own samples is imitated: the best that passes every guard."""

from collections.abc import Sequence

import pytest

from drafting.write.request import Request, Style, Writer, Written
from finetune.policy import best_of
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

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        return [[Written(text, -0.2 * at) for at, text in enumerate(self.texts)] for _ in requests]


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
    assert best_of([one], Told(*texts), candidates=2) == [(one, best)]
