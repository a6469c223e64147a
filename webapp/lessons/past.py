"""Comments a teacher wrote before Vermilion: split, told apart by language, scrubbed of names, without
near-duplicates.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from webapp.accounts.tables import Language, Studio
from webapp.desk.tables import PastComment
from webapp.lessons.naming import STUDENT, Named, scrub, without_name
from webapp.lessons.tables import Student

SHORTEST = {Language.ENGLISH: 12, Language.CHINESE: 6}  # characters: less is a mark, not a comment
LONGEST = 2000
ALIKE = 0.8
"""Share of common three-character pieces from which two comments are one and the same with another name in
it.
"""

_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_BLANK_LINE = re.compile(r"\n\s*\n")


@dataclass
class Added:
    comments: list[PastComment] = field(default_factory=list)
    dropped: int = 0


def of_teacher(session: Session, studio: Studio, teacher_id: int) -> Sequence[PastComment]:
    """The teacher's old comments, newest first."""
    return session.exec(
        select(PastComment)
        .where(PastComment.studio_id == studio.id, PastComment.teacher_id == teacher_id)
        .order_by(col(PastComment.created_at).desc())
    ).all()


def add(
    session: Session, now: datetime, studio: Studio, teacher_id: int, roster: Sequence[Student], text: str
) -> Added:
    """Take in a paste of comments. What is too short, or almost the same as one that is there, is dropped."""
    added = Added()
    seen = [_pieces(comment.text) for comment in of_teacher(session, studio, teacher_id)]
    for written in split(text):
        language = language_of(written)
        clean = scrubbed(written, roster, language)
        pieces = _pieces(clean)
        if len(clean) < SHORTEST[language] or any(_alike(pieces, other) for other in seen):
            added.dropped += 1
            continue
        seen.append(pieces)
        comment = PastComment(
            studio_id=studio.id,
            teacher_id=teacher_id,
            language=language,
            text=clean,
            created_at=now - timedelta(microseconds=len(added.comments)),  # keeps the paste's order
        )
        session.add(comment)
        added.comments.append(comment)
    return added


def split(text: str) -> list[str]:
    """One comment a paragraph where there are empty lines, else one a line."""
    text = text.replace("\r\n", "\n").strip()
    parts = _BLANK_LINE.split(text) if _BLANK_LINE.search(text) else text.split("\n")
    return [" ".join(part.split())[:LONGEST] for part in parts if part.strip()]


def language_of(text: str) -> Language:
    """Chinese when at least a third of the letters are Chinese characters: an English name may stand among
    them.
    """
    han, letters = len(_HAN.findall(text)), len(_LETTER.findall(text))
    return Language.CHINESE if han * 3 >= max(letters, 1) else Language.ENGLISH


def scrubbed(text: str, roster: Sequence[Named], language: Language) -> str:
    """The text about ``{student}``: the roster's name that comes first in it; other children are
    classmates.
    """
    named = [(without_name(text, child).find(STUDENT), child) for child in roster]
    found = [(place, i) for i, (place, _child) in enumerate(named) if place >= 0]
    student = named[min(found)[1]][1] if found else None
    return scrub(text, student, roster, language).text


def _pieces(text: str) -> frozenset[str]:
    """Three-character pieces of the letters, without the placeholder."""
    letters = "".join(_LETTER.findall(unicodedata.normalize("NFKC", text.replace(STUDENT, "")).casefold()))
    return frozenset(letters[i : i + 3] for i in range(max(1, len(letters) - 2)))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= ALIKE * len(one | other)
