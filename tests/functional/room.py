"""A teacher with a class on the desk, as every browser test begins."""

from sqlmodel import Session

from drafting import samples
from drafting.measure import measure
from tests.factories import (
    DraftFactory,
    DrawingFactory,
    LessonFactory,
    MembershipFactory,
    StudentFactory,
    StudioFactory,
    UserFactory,
)
from tests.functional.site import Site
from webapp.accounts.tables import Language, Studio, User
from webapp.lessons.photos import images_of
from webapp.lessons.tables import Consent, DrawingState, Lesson, Student
from webapp.platform.storage import photo_key, storage

DRAFTS = {
    "en": (
        "{student}, your cat looks completely at home on its mat.",
        "{student}, your lines are bold and sure.",
        "What a sleepy cat, {student}! It fills the sheet.",
        "We look at the cat first, {student}, and then at the mat.",
    ),
    "zh": (
        "{student}，小猫舒舒服服地趴在垫子上。",
        "{student}，你的线条大胆肯定。",
        "好一只贪睡的小猫，{student}！它把画面撑得满满的。",
        "{student}，我们先看到小猫，再看到垫子。",
    ),
}
NAMES = {"en": ("Mia", "Noah", "Violet"), "zh": ("王小雨", "陈一诺", "李沐阳")}


class Room:
    """A teacher with a studio; ``lesson()`` puts another class of three on the desk."""

    def __init__(self, site: Site, language: str) -> None:
        self.site, self.language = site, language
        sheets = [samples.draw("cat-on-mat", seed) for seed in range(3)]
        photos = [samples.photograph(sheet, 1, megapixels=1.5) for sheet in sheets]
        self.measured = [measure(photo.data) for photo in photos]
        self.subjects = sheets[0].subjects[language]
        self.studio, self.teacher, self.students = site.do(self._open)

    def lesson(self) -> list[str]:
        """The ids of the new drawings."""
        return self.site.do(self._teach)

    def _open(self, _session: Session) -> tuple[Studio, User, list[Student]]:
        studio = StudioFactory(language=Language(self.language))
        teacher = UserFactory(language=Language(self.language))
        MembershipFactory(studio=studio, user=teacher)
        students = [
            StudentFactory(studio=studio, name=name, called=name, processing=Consent.GRANTED)
            for name in NAMES[self.language]
        ]
        return studio, teacher, students

    def _teach(self, _session: Session) -> list[str]:
        lesson = LessonFactory(
            studio=self.studio,
            teacher=self.teacher,
            title="周六上午班" if self.language == "zh" else "Saturday group",
            theme="我的宠物" if self.language == "zh" else "My pet",
            language=Language(self.language),
        )
        return [self._draw(lesson, place) for place in range(3)]

    def _draw(self, lesson: Lesson, place: int) -> str:
        measured = self.measured[place]
        drawing = DrawingFactory(
            lesson=lesson,
            student_id=self.students[place].id,
            position=place,
            facts=dict(measured.facts),
            subjects=self.subjects,
            state=DrawingState.DRAFTED,
        )
        for name, data in images_of(measured.image, measured.overlay).items():
            storage().put(photo_key(drawing.studio_id, drawing.id, name), data)
        for shown, text in enumerate(DRAFTS[self.language]):
            DraftFactory(drawing=drawing, round=0, shown=shown, text=text)
        return str(drawing.id)


def english(shown: int, name: str = "Mia") -> str:
    return DRAFTS["en"][shown].replace("{student}", name)
