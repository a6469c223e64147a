"""Where simulated teachers live: a database and files of its own, and in it a studio for each of them."""

import random
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import yaml
from flask import Flask
from sqlmodel import Session, select

from webapp.accounts.people import create_person, open_studio
from webapp.accounts.tables import Language, Membership, Studio, User
from webapp.app import create_app
from webapp.lessons import consents
from webapp.lessons.rosters import Row
from webapp.lessons.students import add_students, roster
from webapp.lessons.tables import Student
from webapp.platform.db import db, ids_from
from webapp.platform.migrate import migrate
from webapp.platform.settings import Settings
from webapp.school.versions import ADAPTERS
from webapp.simulation.persona import Persona

CLASSES = 4
"""A teacher's children come in so many groups, turn about, as in a week of an art studio."""

_ZONES = {"en": "Europe/London", "zh": "Asia/Shanghai"}


@dataclass(frozen=True)
class Room:
    """A simulated teacher with their studio and its children."""

    persona: Persona
    studio: Studio
    teacher_id: int
    students: list[Student]


def open_world(work: Path, settings: Settings) -> Flask:
    """The product on an empty database in ``work``, or the one that is there. Base models are those of
    ``settings.home``, which is otherwise left alone."""
    home = work / "home"
    models, known = home / "models", settings.home.resolve() / "models"
    models.mkdir(parents=True, exist_ok=True)
    for base in known.glob("*"):
        if base.name != ADAPTERS and not (models / base.name).exists():  # what the nights make stays here
            (models / base.name).symlink_to(base)
    apart = {"home": home, "database_url": "", "broker_url": "memory://", "storage_url": "", "demo": False}
    app = create_app(settings.model_copy(update=apart))
    with app.app_context():
        migrate(db.engine)
    return app


def enrol(session: Session, now: datetime, persona: Persona, *, children: int, seed: int) -> Room:
    """The persona's studio with this many children, opened the way a teacher opens one unless it is there.

    Their guardians have agreed to everything, so each comment may teach the common model.
    """
    name = f"Simulated: {persona.name}"
    studio = session.exec(select(Studio).where(Studio.name == name)).first()
    if studio is None:
        with ids_from(f"{seed}:{persona.name}"):
            studio = _open(session, now, persona, name, children, seed)
            session.flush()  # a row has its id from then on
    place = session.exec(select(Membership).where(Membership.studio_id == studio.id)).one()
    return Room(persona, studio, place.user_id, list(roster(session, studio.id)))


def _open(session: Session, now: datetime, persona: Persona, name: str, children: int, seed: int) -> Studio:
    code = sha256(f"{seed}:{persona.name}".encode()).hexdigest()
    user: User = create_person(
        session,
        now,
        email=f"{code[:12]}@simulated.example",
        password=secrets.token_urlsafe(12),
        name=persona.name,
        language=Language(persona.language),
    )
    studio = open_studio(
        session,
        now,
        user,
        name=name,
        language=Language(persona.language),
        time_zone=_ZONES[persona.language],
        teaches_common=True,
    )
    place = session.exec(select(Membership).where(Membership.studio_id == studio.id)).one()
    place.voice = f"k{code[:6]}"  # by the seed, because it stands in every prompt
    added = add_students(session, now, studio, _children(persona, now, children, seed), consent=True)
    for student in added.new:
        consents.grant(student, now, "training")
    return studio


def _children(persona: Persona, now: datetime, count: int, seed: int) -> list[Row]:
    names = yaml.safe_load(files("webapp.simulation").joinpath("children.yaml").read_text(encoding="utf-8"))
    given, family = (names[persona.language][part].split() for part in ("given", "family"))
    chance = random.Random(f"{seed}:{persona.name}")
    order = "{family}{given}" if persona.language == "zh" else "{given} {family}"
    every = [order.format(given=first, family=last) for last in family for first in given]
    return [Row(name, now.year - chance.randint(5, 12)) for name in chance.sample(every, count)]
