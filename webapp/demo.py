"""The demo studios: one in each language, with an owner, a teacher, students and lessons."""

import json
import secrets
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.accounts.people import create_person, join, open_studio
from webapp.accounts.tables import Language, MemberRole
from webapp.lessons.tables import Consent, Lesson, Student
from webapp.platform.settings import Settings

STUDIOS: dict[Language, dict[str, Any]] = {
    Language.ENGLISH: {
        "name": "Willow Lane Art Studio",
        "zone": "Europe/London",
        "owner": ("Grace Whitfield", "owner@willow.example"),
        "teacher": ("Tom Ashby", "teacher@willow.example"),
        "students": ["Ava", "Ben", "Chloe", "Daniel", "Ella", "Finn", "Grace", "Hugo", "Isla", "Violet"],
        "lesson": ("Saturday group", "My garden", "marker"),
    },
    Language.CHINESE: {
        "name": "小树苗画室",
        "zone": "Asia/Shanghai",
        "owner": ("周敏", "owner@xiaoshumiao.example"),
        "teacher": ("林老师", "teacher@xiaoshumiao.example"),
        "students": [
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
        ],
        "lesson": ("周六上午班", "我的花园", "马克笔"),
    },
}


def seed(session: Session, now: datetime, settings: Settings) -> dict[str, Any]:
    """Make the demo studios once; afterwards read back who was made. The passwords are random."""
    record = settings.home / "demo.json"
    if record.exists():
        return dict(json.loads(record.read_text(encoding="utf-8")))
    users = []
    for language, plan in STUDIOS.items():
        people = []
        for role in ("owner", "teacher"):
            name, email = plan[role]
            password = secrets.token_urlsafe(9)
            person = create_person(session, now, email=email, password=password, name=name, language=language)
            people.append(person)
            users.append({"email": email, "password": password, "role": role, "totp_secret": None})
        studio = open_studio(
            session,
            now,
            people[0],
            name=plan["name"],
            language=language,
            time_zone=plan["zone"],
            teaches_common=True,
        )
        join(session, now, studio, people[1], MemberRole.TEACHER)
        for i, name in enumerate(plan["students"]):
            session.add(
                Student(
                    studio_id=studio.id,
                    name=name,
                    birth_year=now.year - 6 - i % 5,
                    processing=Consent.GRANTED,
                    processing_at=now,
                    processing_text="1",
                    training=Consent.GRANTED if i % 4 else Consent.NONE,
                    training_at=now if i % 4 else None,
                    training_text="1" if i % 4 else None,
                    created_at=now,
                )
            )
        title, theme, medium = plan["lesson"]
        assert people[1].id is not None
        session.add(
            Lesson(
                studio_id=studio.id,
                teacher_id=people[1].id,
                title=title,
                theme=theme,
                medium=medium,
                taught_on=now.date(),
                language=language,
                created_at=now,
            )
        )
    made = {
        "url": settings.base_url,
        "users": users,
        "api_key": None,
        "mailbox": f"{settings.base_url}/mailbox",
    }
    session.commit()
    record.write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")
    return made
