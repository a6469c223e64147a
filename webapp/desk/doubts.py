"""What is doubtful about a text on the desk: the drafts after a fact was corrected, and what the teacher
writes.

The teacher saw the drawing and knows the child, so their own words are held to less than the model's: to what
was measured, to the other children's comments, and to names. A thing that nobody could know is doubtful only
if it came from the draft.
"""

from dataclasses import dataclass
from typing import Self

from sqlmodel import Session, col, select

from drafting.check import CONTRADICTIONS, Flag, check
from drafting.habits import Habits
from prompts import Context
from prompts.vocabulary import Language
from webapp.desk.tables import Comment, Draft
from webapp.lessons.briefs import context_of, habits_of, instruction_text, names_of_all, said_before
from webapp.lessons.tables import Drawing, Lesson

_OF_FACTS = CONTRADICTIONS | {"unknowable"}
_OF_THE_TEACHER = CONTRADICTIONS | {"sibling", "earlier", "repetition", "name", "leak"}


@dataclass(frozen=True)
class Checking:
    """Everything that a text for one drawing is held against, read once; checking needs no database."""

    context: Context
    language: Language
    names: tuple[str, ...]
    siblings: tuple[str, ...]
    earlier: tuple[str, ...]
    habits: Habits
    draft: str

    @classmethod
    def gather(cls, session: Session, drawing: Drawing) -> Self:
        """Read it all for this drawing."""
        lesson = session.get_one(Lesson, drawing.lesson_id)
        draft = session.exec(
            select(Draft.text)
            .join(Comment, col(Comment.draft_id) == Draft.id)
            .where(Comment.drawing_id == drawing.id)
        ).first()
        siblings = session.exec(
            select(Comment.text)
            .join(Drawing, col(Drawing.id) == Comment.drawing_id)
            .where(Drawing.id != drawing.id, Drawing.lesson_id == drawing.lesson_id, col(Comment.text) != "")
        ).all()
        return cls(
            context=context_of(session, drawing.created_at, drawing),
            language=lesson.language.value,
            names=names_of_all(session, drawing.studio_id),
            siblings=tuple(siblings),
            earlier=tuple(said_before(session, drawing)),
            habits=habits_of(session, lesson),
            draft=draft or "",
        )

    def flags(self, text: str) -> list[Flag]:
        """What is doubtful about the teacher's text, with ``{student}`` in it."""
        if not text.strip():
            return []
        found = check(
            text,
            context=self.context,
            language=self.language,
            student_names=self.names,
            siblings=self.siblings,
            earlier=self.earlier,
            habits=self.habits,
        )
        return [flag for flag in found if flag["kind"] in _OF_THE_TEACHER or self._invented(flag, text)]

    def _invented(self, flag: Flag, text: str) -> bool:
        start, end = flag["span"]
        return flag["kind"] == "unknowable" and text[start:end] in self.draft


def recheck(session: Session, drawing: Drawing) -> None:
    """Hold the drafts against the facts as they are now; other doubts about them stay."""
    lesson = session.get_one(Lesson, drawing.lesson_id)
    for draft in session.exec(select(Draft).where(Draft.drawing_id == drawing.id)).all():
        told = instruction_text(session, draft.instruction_id)
        context = context_of(session, draft.created_at, drawing, told)
        found = check(draft.text, context=context, language=lesson.language.value)
        kept = [flag for flag in draft.flags if flag["kind"] not in _OF_FACTS]
        new = [dict(flag) for flag in found if flag["kind"] in _OF_FACTS]
        draft.flags = sorted([*kept, *new], key=lambda flag: flag["span"])
