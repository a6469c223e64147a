"""A lesson on the desk: three children, three drawings, four drafts each; and a tiny model that can write."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Client
from tests.drafting.write.tiny import tiny_folder
from tests.factories import (
    DraftFactory,
    DrawingFactory,
    LessonFactory,
    MembershipFactory,
    StudentFactory,
    StudioFactory,
    UserFactory,
)
from webapp.accounts.tables import Studio, User
from webapp.desk.tables import Draft
from webapp.lessons.tables import Consent, Drawing, DrawingState, Lesson, Student

FACTS: dict[str, Any] = {
    "schema": 1,
    "sheet": {"found": True, "orientation": "landscape", "paper": "white"},
    "palette": [
        {"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 0.6},
        {"name": "purple", "zh": "紫色", "hex": "#7a3fa0", "share": 0.4},
    ],
    "warmth": 0.4,
    "saturation": 0.6,
    "contrast": 0.7,
    "coverage": 0.5,
    "composition": {"place": "centre", "centre": [0.5, 0.5], "balance": 0.8, "symmetry": 0.4},
    "line": {"density": 0.1, "direction": "mixed", "weight": "bold", "curved": 0.6},
    "strengths": ["contrast"],
    "weakest": "symmetry",
}
# Of another drawing only the colour is known.
ORANGE: dict[str, Any] = {
    "schema": 1,
    "subjects": [],
    "palette": [{"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 1.0}],
}
TEXTS = (
    "{student}, your orange cat looks completely at home on its mat.",
    "{student}, the orange and the purple are strong beside each other.",
    "What a sleepy cat, {student}! Your lines are bold and sure.",
    "The cat sits in the centre, {student}, and we look at it first.",
)


@dataclass
class Class:
    studio: Studio
    teacher: User
    lesson: Lesson
    students: list[Student]
    drawings: list[Drawing]
    drafts: list[list[Draft]]


def make_class() -> Class:
    """Three children's drawings of one lesson, drafted."""
    studio, teacher = StudioFactory(), UserFactory()
    MembershipFactory(studio=studio, user=teacher)
    lesson = LessonFactory(studio=studio, teacher=teacher, theme="My pet")
    names = ("Mia Chen", "Noah", "Violet")
    students = [
        StudentFactory(studio=studio, name=n, called=n.split()[0], processing=Consent.GRANTED) for n in names
    ]
    drawings = [
        DrawingFactory(
            lesson=lesson,
            student_id=student.id,
            position=place,
            facts=FACTS,
            subjects=["cat", "mat"],
            state=DrawingState.DRAFTED,
        )
        for place, student in enumerate(students)
    ]
    drafts = [
        [DraftFactory(drawing=drawing, round=0, shown=shown, text=text) for shown, text in enumerate(TEXTS)]
        for drawing in drawings
    ]
    return Class(studio, teacher, lesson, students, drawings, drafts)


@pytest.fixture
def room(session: Any) -> Class:
    return make_class()


@pytest.fixture
def teacher(client: Client, room: Class) -> Client:
    """The teacher's browser."""
    return client.sign_in(room.teacher)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model's folder."""
    return tiny_folder(tmp_path_factory.mktemp("tiny"))
