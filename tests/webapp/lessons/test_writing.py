"""The jobs that draft and rewrite, on a worker, with a writer that remembers what it was asked."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from drafting.write.request import Writer, WriterError, Written
from tests.factories import (
    NOW,
    CommentFactory,
    DraftFactory,
    DrawingFactory,
    InstructionFactory,
    JobFactory,
    LessonFactory,
    MembershipFactory,
    StudentFactory,
)
from tests.webapp.conftest import ORANGE
from webapp.accounts.tables import Language
from webapp.desk.tables import CommentState, Draft, Rewrite
from webapp.handlers import GIVEN_UP, HANDLERS
from webapp.lessons import writing
from webapp.lessons.facts import fingerprint, known_facts
from webapp.lessons.tables import Consent, Drawing, DrawingState
from webapp.lessons.work import request_drafts, request_sentence
from webapp.lessons.writers import Open
from webapp.platform import jobs
from webapp.platform.tables import Job, JobState
from webapp.platform.worker import Worker

FACTS = {**ORANGE, "coverage": 0.7}
SENTENCES = (
    "I can feel the warmth of the orange in your {} lines.",
    "Look how calmly your {} shapes stand on the sheet.",
    "Your {} orange strokes lead my eye all the way around.",
    "There is so much patience in every {} mark you made.",
    "What a bright idea to let the {} orange do the talking.",
    "You gave the whole sheet a steady {} rhythm with your hand.",
)
ADVERBS = (
    "gentle",
    "bold",
    "quiet",
    "lively",
    "round",
    "playful",
    "brave",
    "steady",
    "soft",
    "eager",
    "proud",
)


class MemoryWriter(Writer):
    """Answers every request with sentences not given before; keeps the requests."""

    model, prompt, chat, needs_leading = "memory", "", True, False

    def __init__(self) -> None:
        self.requests = []
        self.broken = False
        self.on_write = lambda: None

    def write(self, requests, n, *, longest=90, style=None):
        self.on_write()
        if self.broken:
            raise WriterError("no model here; run doctor")
        answers = []
        for request in requests:
            turn = len(self.requests)
            self.requests.append(request)
            answers.append(
                [
                    Written(
                        "{student}, " + SENTENCES[i % 6].format(ADVERBS[(turn * 3 + i // 6) % 11]).lower()
                    )
                    for i in range(n)
                ]
            )
        return answers


@pytest.fixture
def writer(monkeypatch):
    memory = MemoryWriter()
    monkeypatch.setattr(writing, "writer_for", lambda language, settings: Open(memory, sees=False))
    return memory


@pytest.fixture
def worker(app) -> Worker:
    return Worker(app, jobs.DRAFTING, HANDLERS, GIVEN_UP)


@pytest.fixture
def lesson(session):
    lesson = LessonFactory(criteria=["colour", "whiskers"], language=Language.ENGLISH)
    MembershipFactory(
        studio_id=lesson.studio_id, user_id=lesson.teacher_id, voice="k7ab", studio=None, user=None
    )
    return lesson


def drawing(lesson, **more) -> Drawing:
    return DrawingFactory(lesson=lesson, **{"state": DrawingState.MEASURED, "facts": FACTS, **more})


def work(session, worker) -> None:
    session.commit()
    while worker.work_once():
        pass
    session.rollback()
    session.expire_all()


def drafts_of(session, one) -> list[Draft]:
    return list(
        session.exec(select(Draft).where(Draft.drawing_id == one.id).order_by(Draft.round, Draft.shown)).all()
    )


def test_a_class_is_drafted_once_each(session, worker, writer, lesson) -> None:
    children = [
        StudentFactory(studio_id=lesson.studio_id, name=n, called=n) for n in ("Ava", "Benno", "Cleo")
    ]
    drawn = [drawing(lesson, student_id=child.id) for child in children]
    request_drafts(session, NOW, drawn)
    work(session, worker)
    for one in drawn:
        drafts = drafts_of(session, one)
        assert [(d.round, d.shown) for d in drafts] == [(0, i) for i in range(4)]
        assert {d.model for d in drafts} == {"memory"}
        assert {d.voice for d in drafts} == {"k7ab"}
        assert {d.facts for d in drafts} == {fingerprint(known_facts(session.get(Drawing, one.id)))}
        assert session.get(Drawing, one.id).state is DrawingState.DRAFTED
    flagged = [bool(d.flags) for d in drafts_of(session, drawn[0])]
    assert flagged == sorted(flagged)  # what is doubtful lies last
    assert {job.state for job in session.exec(select(Job)).all()} == {JobState.DONE}
    prompts = "\n".join(str(request.rendered) for request in writer.requests)
    assert "whiskers" in prompts
    assert not any(name in prompts for name in ("Ava", "Benno", "Cleo"))


def test_a_redraft_follows_the_instruction_and_keeps_the_old_round(session, worker, writer, lesson) -> None:
    one = drawing(lesson)
    request_drafts(session, NOW, [one])
    work(session, worker)
    told = InstructionFactory(drawing=session.get(Drawing, one.id), text="mention the horizon")
    request_drafts(session, NOW, [session.get(Drawing, one.id)], told)
    work(session, worker)
    drafts = drafts_of(session, one)
    assert [d.round for d in drafts] == [0] * 4 + [1] * 4
    assert {d.instruction_id for d in drafts[4:]} == {told.id}
    assert drafts[0].seed != drafts[4].seed
    assert "mention the horizon" in str(writer.requests[-1].rendered)


def test_no_sentence_of_another_drawing_is_said_again(session, worker, writer, lesson) -> None:
    other = drawing(lesson, state=DrawingState.ACCEPTED)
    same = "{student}, i can feel the warmth of the orange in your gentle lines."
    CommentFactory(drawing=other, text=same, state=CommentState.ACCEPTED)
    one = drawing(lesson)
    request_drafts(session, NOW, [one])
    work(session, worker)
    repeated = [d for d in drafts_of(session, one) if d.text == same]
    assert all(any(flag["kind"] == "sibling" for flag in d.flags) for d in repeated)


@pytest.mark.parametrize("times", [1, 2])
def test_what_the_teacher_told_two_others_may_be_said_again(
    session, worker, writer, lesson, monkeypatch, times
) -> None:
    farewell = "I am looking forward to your next picture."
    for number in range(times):
        other = drawing(lesson, state=DrawingState.ACCEPTED)
        text = f"{{student}}, that is number {number}. {farewell}"
        CommentFactory(drawing=other, text=text, state=CommentState.ACCEPTED, accepted_at=NOW)
    write = writer.write

    def ending_so(*args, **options):
        return [
            [one._replace(text=f"{one.text} {farewell}") for one in each] for each in write(*args, **options)
        ]

    monkeypatch.setattr(writer, "write", ending_so)
    one = drawing(lesson)
    request_drafts(session, NOW, [one])
    work(session, worker)
    drafts = drafts_of(session, one)
    said = [d for d in drafts if farewell in d.text and all(flag["kind"] != "sibling" for flag in d.flags)]
    assert bool(said) is (times == 2)


def test_a_model_that_is_missing_fails_with_a_reason_and_may_be_tried_again(
    session, worker, writer, lesson, monkeypatch
) -> None:
    monkeypatch.setattr(jobs, "BACKOFF", jobs.BACKOFF * 0)
    writer.broken = True
    one, before = drawing(lesson), drawing(lesson, state=DrawingState.DRAFTED)
    DraftFactory(drawing=before, round=0)
    request_drafts(session, NOW, [one, before])
    work(session, worker)
    assert (session.get(Drawing, one.id).state, session.get(Drawing, one.id).refusal) == (
        DrawingState.FAILED,
        "model_missing",
    )
    assert session.get(Drawing, before.id).state is DrawingState.DRAFTED
    writer.broken = False
    request_drafts(session, NOW, [session.get(Drawing, one.id)])
    work(session, worker)
    assert session.get(Drawing, one.id).state is DrawingState.DRAFTED
    assert session.get(Drawing, one.id).refusal is None


def test_nobody_waits_behind_a_model_that_is_being_prepared(session, worker, writer, lesson) -> None:
    preparing = JobFactory(queue=jobs.SCHOOL, kind="prepare", bundle="smollm2")
    chinese = LessonFactory(language=Language.CHINESE)
    one, other = drawing(lesson), drawing(chinese)
    text = "{student}, your cat glows."
    asked = request_sentence(session, NOW, drawing(lesson, state=DrawingState.DRAFTED), text, 0, len(text))
    request_drafts(session, NOW, [one, other])
    work(session, worker)
    assert drafts_of(session, one) == []
    assert session.get(Rewrite, asked.id).options is None
    assert len(drafts_of(session, other)) == 4
    waiting = session.exec(select(Job).where(Job.state == JobState.QUEUED, Job.queue == jobs.DRAFTING)).all()
    assert sorted((job.kind, job.attempts) for job in waiting) == [("draft", 0), ("sentence", 0)]
    session.get(Job, preparing.id).state = JobState.DONE
    session.exec(Job.__table__.update().values(lease_until=None))  # they are looked at again in seconds
    work(session, worker)
    assert len(drafts_of(session, one)) == 4
    assert session.get(Rewrite, asked.id).options


def test_a_class_lets_others_in_between_its_groups(session, worker, writer, lesson) -> None:
    drawn = [drawing(lesson) for _ in range(10)]
    request_drafts(session, NOW, drawn)
    guest = drawing(LessonFactory())

    def arrive() -> None:  # while the second group is written
        with worker.session() as other:
            if len(set(other.exec(select(Draft.drawing_id)).all())) == 2:
                request_drafts(other, datetime.now(UTC), [other.get(Drawing, guest.id)])

    writer.on_write = arrive
    session.commit()
    assert worker.work_once()
    assert sum(bool(drafts_of(session, one)) for one in drawn) == 6  # groups of two and of four
    session.rollback()
    assert worker.work_once()
    assert len(drafts_of(session, guest)) == 4
    work(session, worker)
    assert all(len(drafts_of(session, one)) == 4 for one in drawn)
    assert {job.attempts for job in session.exec(select(Job)).all()} == {1}


def test_consent_withdrawn_while_waiting_stops_the_drafting(session, worker, writer, lesson) -> None:
    child = StudentFactory(studio_id=lesson.studio_id)
    one = drawing(lesson, student_id=child.id)
    request_drafts(session, NOW, [one])
    child.processing = Consent.WITHDRAWN
    work(session, worker)
    assert writer.requests == []
    assert drafts_of(session, one) == []
    assert session.get(Drawing, one.id).state is DrawingState.MEASURED


def test_a_drawing_erased_while_it_is_drafted_stays_erased(session, worker, writer, lesson) -> None:
    one, two = drawing(lesson), drawing(lesson)
    erased = one.id
    request_drafts(session, NOW, [one, two])

    def erase() -> None:
        with worker.session() as other:
            if (gone := other.get(Drawing, erased)) is not None:
                other.delete(gone)

    writer.on_write = erase
    work(session, worker)
    assert session.exec(select(Draft).where(Draft.drawing_id == erased)).all() == []
    assert len(drafts_of(session, two)) == 4


def test_a_worker_that_lost_its_lease_writes_nothing(session, worker, writer, lesson) -> None:
    one = drawing(lesson)
    request_drafts(session, NOW, [one])

    def lose() -> None:
        with worker.session() as other:
            for job in other.exec(select(Job)).all():
                job.worker, job.attempts = "someone else", job.attempts + 1

    writer.on_write = lose
    work(session, worker)
    assert drafts_of(session, one) == []
    assert session.get(Drawing, one.id).state is DrawingState.DRAFTING


def test_words_accepted_meanwhile_stay_accepted(session, worker, writer, lesson) -> None:
    one = drawing(lesson)
    request_drafts(session, NOW, [one])

    def accept() -> None:
        with worker.session() as other:
            other.get(Drawing, one.id).state = DrawingState.ACCEPTED

    writer.on_write = accept
    work(session, worker)
    assert session.get(Drawing, one.id).state is DrawingState.ACCEPTED
    assert len(drafts_of(session, one)) == 4


def test_another_wording_of_one_sentence(session, worker, writer, lesson) -> None:
    one = drawing(lesson, state=DrawingState.DRAFTED)
    text = "{student}, your cat glows. The red holds it."
    asked = request_sentence(session, NOW, one, text, 0, 26, "softer")
    work(session, worker)
    options = session.get(Rewrite, asked.id).options
    assert len(options) == 3
    assert len(set(options)) == 3
    assert all(option.startswith("{student}, ") and "your cat glows" not in option for option in options)
    assert "softer" in str(writer.requests[-1].rendered)


def test_a_wording_that_cannot_be_written_says_so(session, worker, writer, lesson, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "BACKOFF", jobs.BACKOFF * 0)
    writer.broken = True
    one = drawing(lesson, state=DrawingState.DRAFTED)
    asked = request_sentence(session, NOW, one, "{student}, your cat glows.", 0, 26)
    work(session, worker)
    assert session.get(Rewrite, asked.id).failure == "model_missing"
    assert session.get(Rewrite, asked.id).options is None
