"""Doubts about what the teacher writes: held against what the model was told, and every child's name."""

from sqlmodel import Session

from tests.factories import NOW, StudentFactory
from tests.webapp.conftest import Class
from webapp.desk.doubts import Checking
from webapp.lessons.briefs import brief


def test_a_classmates_nickname_is_doubtful(session: Session, room: Class) -> None:
    StudentFactory(studio=room.studio, name="Elizabeth Moor", called="Bibi")
    checking = Checking.gather(session, room.drawings[0])
    text = "{student}, your cat would like to play with Bibi."
    [flag] = checking.flags(text)
    assert (flag["kind"], text[slice(*flag["span"])]) == ("name", "Bibi")
    assert checking.flags("{student}, your cat would like to play.") == []


def test_the_desk_holds_a_text_against_what_the_writer_was_told(session: Session, room: Class) -> None:
    room.lesson.criteria, room.lesson.tone = ["contrast", "brave marks"], "precise"
    room.students[0].birth_year = NOW.year - 7
    session.flush()
    told = brief(session, NOW, room.drawings[0])
    checking = Checking.gather(session, room.drawings[0])
    assert told is not None
    assert (checking.context, set(checking.names)) == (told.context, set(told.names))
    assert checking.context.criteria == ("light and dark", "brave marks")
    assert (checking.context.tone, checking.context.age) == ("precise and professional", 7)
