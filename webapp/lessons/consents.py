"""What a guardian agrees to, in which words, and what follows.

Two consents, apart from each other. *Processing*: the photographs of this child's drawings may be measured
and commented on with a model's help. Without it nothing of the child's is measured or drafted. *Training*:
the comments may teach the model. Without it they never do. A drawing of which nobody has said whose it is
belongs to no child yet: it may be measured and drafted, and never teaches.

Teachers ask the guardians on paper or by message; here they record that they hold the answer. For a pasted
list they confirm it once for all, and each student keeps the date and the version of the text.
"""

from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from webapp.lessons.tables import Consent, Student

Kind = Literal["processing", "training"]


@cache
def texts() -> dict[str, dict[str, dict[str, str]]]:
    """What guardians agree to: version, then language, then kind of consent. The last version is the
    current one.
    """
    source = files("webapp.lessons").joinpath("consent_texts.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(source)  # type: ignore[no-any-return]


def version() -> str:
    """The current version of the texts."""
    return list(texts())[-1]


def grant(student: Student, now: datetime, kind: Kind) -> None:
    """Record that the guardian agreed to the current text; ``work.agree`` also begins what waited for it. To
    agree again after a withdrawal is a new consent.
    """
    _record(student, now, kind, Consent.GRANTED)


def withdraw(student: Student, now: datetime, kind: Kind) -> None:
    """Record the withdrawal alone; ``erasure.withdraw`` also erases what it covered."""
    _record(student, now, kind, Consent.WITHDRAWN)


def may_process(student: Student | None) -> bool:
    """Whether a drawing of this student may be measured and drafted; ``None``: it is nobody's yet."""
    return student is None or student.processing is Consent.GRANTED


def may_train(student: Student | None) -> bool:
    """Whether a comment for this student may teach the model."""
    return (
        student is not None and student.processing is Consent.GRANTED and student.training is Consent.GRANTED
    )


def _record(student: Student, now: datetime, kind: Kind, state: Consent) -> None:
    if kind == "processing":
        student.processing, student.processing_at, student.processing_text = state, now, version()
    else:
        student.training, student.training_at, student.training_text = state, now, version()
