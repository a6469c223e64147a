"""What leaves the house: the accepted comments of a lesson, in order, and as CSV and plain text."""

import csv
import io
from dataclasses import dataclass

from sqlmodel import Session, col, select

from webapp.accounts.tables import Language, Studio
from webapp.desk.tables import Comment, CommentState
from webapp.lessons.naming import BLANK, on_paper
from webapp.lessons.photos import DRAWING, turned
from webapp.lessons.tables import Drawing, Lesson, Student
from webapp.platform.storage import Storage, photo_key

LABELS = {
    Language.ENGLISH: "Drafted with a computer model, read and edited by the teacher.",
    Language.CHINESE: "本评语由模型起草，经老师审阅修改。",
}
_HEADINGS = {
    Language.ENGLISH: ("Student", "Comment", "Lesson", "Theme", "Date", "Note"),
    Language.CHINESE: ("学生", "评语", "课程", "主题", "日期", "备注"),
}


@dataclass(frozen=True)
class Finished:
    """One accepted comment, with the name in it. ``label`` says that a model drafted it, or is empty."""

    drawing: Drawing
    student: Student | None
    text: str
    label: str

    @property
    def name(self) -> str:
        return self.student.name if self.student else BLANK


@dataclass(frozen=True)
class Class:
    """A lesson's accepted comments."""

    lesson: Lesson
    studio: Studio
    comments: list[Finished]

    @property
    def heading(self) -> str:
        return " · ".join(part for part in (self.lesson.title, self.lesson.theme) if part)

    @property
    def date(self) -> str:
        """As a reader of the lesson's language writes it."""
        day = self.lesson.taught_on
        if self.lesson.language is Language.CHINESE:
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {day:%B %Y}"


def finished(session: Session, lesson: Lesson, *, labelled: bool = False, only: str | None = None) -> Class:
    """The accepted comments of the lesson, or of the one drawing ``only``.

    ``labelled``: say of each that a model drafted it; of what the teacher wrote without a draft it is not
    said.
    """
    query = (
        select(Comment, Drawing, Student)
        .join(Drawing, col(Drawing.id) == Comment.drawing_id)
        .outerjoin(Student, col(Student.id) == Drawing.student_id)
        .where(Drawing.lesson_id == lesson.id, Comment.state == CommentState.ACCEPTED)
        .order_by(col(Drawing.position), col(Drawing.created_at))
    )
    if only is not None:
        query = query.where(Drawing.id == only)
    comments = [
        Finished(
            drawing=drawing,
            student=student,
            text=on_paper(comment.text, student),
            label=LABELS[lesson.language] if labelled and comment.draft_id else "",
        )
        for comment, drawing, student in session.exec(query)
    ]
    return Class(lesson, session.get_one(Studio, lesson.studio_id), comments)


def as_csv(of: Class) -> bytes:
    """A table that Excel opens with its Chinese whole (UTF-8 with a mark) and without running what was
    typed.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADINGS[of.lesson.language])
    for one in of.comments:
        cells = (
            one.name,
            one.text,
            of.lesson.title,
            of.lesson.theme,
            of.lesson.taught_on.isoformat(),
            one.label,
        )
        writer.writerow([_inert(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def as_text(of: Class) -> str:
    """Plain text to paste into a message."""
    parts = [f"{of.heading}\n{of.date}"]
    parts += ["\n".join(line for line in (one.name, one.text, one.label) if line) for one in of.comments]
    return "\n\n".join(parts) + "\n"


def picture_of(storage: Storage, drawing: Drawing) -> bytes | None:
    """The drawing as the teacher turned it, WebP; None when the photo is past its time and erased."""
    try:
        data = storage.get(photo_key(drawing.studio_id, drawing.id, DRAWING))
    except FileNotFoundError:
        return None
    return turned(data, drawing.turned) if drawing.turned % 4 else data


def _inert(cell: str) -> str:
    """A spreadsheet takes a cell that begins like this for a formula; the apostrophe makes it text again."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
