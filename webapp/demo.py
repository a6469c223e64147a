"""The demo: an operator, and a studio in each language with people, students, and lessons whose drawings are
made in code.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import click
from sqlmodel import Session, select

from webapp.accounts.keys import make_key
from webapp.accounts.people import create_person, join, make_operator, open_studio
from webapp.accounts.tables import Language, MemberRole, Membership, Studio, User
from webapp.lessons import consents
from webapp.lessons.rosters import Row
from webapp.lessons.students import add_students
from webapp.lessons.tables import Lesson, Student
from webapp.lessons.work import receive_photo
from webapp.money import quota
from webapp.platform import jobs
from webapp.platform.clock import now
from webapp.platform.settings import Settings
from webapp.platform.storage import storage
from webapp.platform.tables import Job
from webapp.platform.worker import Worker

Table = Literal["wood", "grey", "dark", "cloth"]
MEGAPIXELS = 6.0
TABLES: tuple[Table, ...] = ("wood", "grey", "dark", "cloth")


@dataclass(frozen=True)
class Plan:
    """One demo studio."""

    name: str
    zone: str
    people: tuple[tuple[str, str], tuple[str, str]]  # the owner and a teacher: name, e-mail address
    students: tuple[str, ...]
    lessons: tuple[tuple[str, str, int, bool], ...]  # title, theme of the samples, drawings, draft at once?


PLANS = {
    Language.ENGLISH: Plan(
        name="Willow Lane Art Studio",
        zone="Europe/London",
        people=(("Grace Whitfield", "owner@willow.example"), ("Tom Ashby", "teacher@willow.example")),
        students=("Ava", "Ben", "Chloe", "Daniel", "Ella", "Finn", "Hugo", "Isla", "Nora", "Violet"),
        lessons=(("Saturday group", "cat-on-mat", 6, True), ("Tuesday afternoon", "my-garden", 4, False)),
    ),
    Language.CHINESE: Plan(
        name="小树苗画室",
        zone="Asia/Shanghai",
        people=(("周敏", "owner@xiaoshumiao.example"), ("林晓", "teacher@xiaoshumiao.example")),
        students=(
            "陈一诺",
            "李沐阳",
            "王小雨",
            "张子涵",
            "刘思远",
            "赵可欣",
            "孙浩然",
            "周语桐",
            "吴宇轩",
            "郑乐乐",
        ),
        lessons=(("周六上午班", "sea-and-fish", 6, True), ("周三下午班", "dragon-boat", 4, False)),
    ),
}


OPERATOR = "operator@vermilion.example"


def fill(session: Session, now: datetime, settings: Settings) -> dict[str, Any]:
    """Make the demo once, and write ``demo.json``; later only bring its addresses up to date.

    Commits, because the passwords are known here alone. Wake the drafting queue afterwards.
    """
    record = settings.home / "demo.json"
    if record.exists():
        made: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    else:
        first = PLANS[Language.ENGLISH].people[0][1]
        if session.exec(select(User.id).where(User.email == first)).first():
            raise click.ClickException(
                f"The demo is in the database, but {record} with its passwords is gone."
                f" Delete {settings.home} to begin anew."
            )
        made = {"users": [], "api_key": None}
        for language, plan in PLANS.items():
            owner, users = _open(session, now, language, plan)
            made["users"] += users
            made["api_key"] = made["api_key"] or make_key(session, now, owner, "Demo")[1]
    if not any(user["role"] == "operator" for user in made["users"]):
        made["users"].append(_operator(session, now))
    made |= {"url": settings.base_url, "mailbox": f"{settings.base_url}/mailbox"}
    text = json.dumps(
        {name: made[name] for name in ("url", "users", "api_key", "mailbox")}, ensure_ascii=False
    )
    record.touch(mode=0o600)
    record.write_text(text + "\n", encoding="utf-8")
    session.commit()
    return made


def _open(
    session: Session, now: datetime, language: Language, plan: Plan
) -> tuple[Membership, list[dict[str, Any]]]:
    """The studio; its owner's place, and the people as ``demo.json`` tells them."""
    users, told = [], []
    for role, (name, email) in zip(MemberRole, plan.people, strict=True):
        password = secrets.token_urlsafe(9)
        users.append(
            create_person(session, now, email=email, password=password, name=name, language=language)
        )
        told.append({"email": email, "password": password, "role": role.value, "totp_secret": None})
    owner, teacher = users
    studio = open_studio(
        session, now, owner, name=plan.name, language=language, time_zone=plan.zone, teaches_common=True
    )
    quota.give_seats(session, now, studio.id, len(plan.people), by="system")
    join(session, now, studio, teacher, MemberRole.TEACHER)
    rows = [Row(name, now.year - 6 - i % 5) for i, name in enumerate(plan.students)]
    students = add_students(session, now, studio, rows, consent=True).new
    for student in students[::2]:
        consents.grant(student, now, "training")
    for back, (title, theme, count, draft) in enumerate(plan.lessons):
        lesson = _plan_lesson(session, now - timedelta(days=back * 4), studio, teacher, title, theme)
        for i, student in enumerate(students[:count]):  # the first lesson's drawings first
            args = {"lesson": lesson.id, "student": student.id, "theme": theme, "seed": i, "draft": draft}
            jobs.enqueue(
                session,
                queue=jobs.DRAFTING,
                kind="demo",
                key=f"demo:{lesson.id}:{i}",
                args=args,
                studio_id=studio.id,
            )
    places = session.exec(select(Membership).where(Membership.user_id == owner.id)).one()
    return places, told


def _operator(session: Session, now: datetime) -> dict[str, Any]:
    """Whoever runs the server, in no studio. Settings refuse to go on from a demo in production."""
    password = secrets.token_urlsafe(9)
    make_operator(
        session, now, create_person(session, now, email=OPERATOR, password=password, name="Operator")
    )
    return {"email": OPERATOR, "password": password, "role": "operator", "totp_secret": None}


def _plan_lesson(
    session: Session, when: datetime, studio: Studio, teacher: User, title: str, theme: str
) -> Lesson:
    from drafting.samples import draw

    sample, language = draw(theme, 0), studio.language.value
    assert teacher.id is not None
    lesson = Lesson(
        studio_id=studio.id,
        teacher_id=teacher.id,
        title=title,
        theme=sample.titles[language],
        medium=sample.medium[language],
        taught_on=when.date(),
        criteria=["colour", "composition"],
        language=studio.language,
        created_at=when,
    )
    session.add(lesson)
    session.flush()
    return lesson


def draw_one(held: Sequence[Job], worker: Worker) -> None:
    """The job ``demo``: draw a child's version of the theme, photograph it, and hand it in like a teacher."""
    from drafting.samples import draw, photograph

    for job in held:
        with worker.session() as session:
            lesson = session.get(Lesson, job.args["lesson"])
            student = session.get(Student, job.args["student"])
        seed = job.args["seed"]
        sample = draw(job.args["theme"], seed)
        table = TABLES[seed % len(TABLES)]
        photo = photograph(sample, seed, megapixels=MEGAPIXELS, turn=seed - 3.0, table=table)
        if lesson is not None:  # else it was deleted meanwhile
            subjects = sample.subjects[lesson.language.value]
            draft = job.args["draft"]
            with worker.session() as session:  # done twice, it is the same photo and so the same drawing
                receive_photo(
                    session,
                    now(),
                    storage(),
                    lesson,
                    photo.data,
                    student=student,
                    subjects=subjects,
                    draft=draft,
                )
        with worker.finishing(job):
            pass
