"""Why a night ended as it did, in the reader's language: codes of ours, and the gate's."""

from contextlib import suppress
from dataclasses import replace

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlmodel import Session, col, select

from finetune.reasons import Reason
from prompts.vocabulary import Language
from webapp.accounts.tables import Membership, Studio, User
from webapp.school import nights
from webapp.school.tables import NightRun, NightState


def in_words(session: Session, run: NightRun) -> list[str]:
    """Each reason as a sentence, in which a teacher goes by name and studio."""
    if run.state is NightState.FAILED:
        return [
            _("It was tried several times and given up (%(code)s); the log says where.", code=code)
            for code in run.reasons
        ]
    causes, said = run.report.get("causes") or [], list(run.report.get("reasons") or [])
    if causes and run.reasons == said:
        language: Language = "zh" if str(get_locale()).startswith("zh") else "en"
        with suppress(KeyError):  # told by a version that knew other codes
            return [_named(session, Reason.of(cause)).in_words(language) for cause in causes]
    return [_in_words(reason, run.report.get("counts") or {}) for reason in run.reasons]


def _named(session: Session, reason: Reason) -> Reason:
    """The reason with the teacher's name for the membership that a record tells the teacher by; as it is
    where nobody is, or is there any more."""
    who = session.exec(
        select(User.name, User.email, Studio.name)
        .join(Membership, col(Membership.user_id) == User.id)
        .join(Studio, col(Studio.id) == Membership.studio_id)
        .where(Membership.id == reason.numbers.get("teacher"))
    ).first()
    if who is None:
        return reason
    name, email, studio = who
    return replace(reason, numbers={**reason.numbers, "teacher": f"{name or email} ({studio})"})


def _in_words(reason: str, counts: dict[str, int]) -> str:
    if reason == nights.TOO_FEW:
        new, needed = counts.get("new", 0), counts.get("needed", 0)
        words = _(
            "%(new)d new comments may teach; %(needed)d are needed for a night.", new=new, needed=needed
        )
        return str(words)
    if reason == nights.NOTHING_LEFT:
        words = _(
            "%(new)d new comments may teach, but none is left to learn from: what repeats, was pasted, or"
            " must not train is set aside.",
            new=counts.get("new", 0),
        )
        return str(words)
    known: dict[str, str] = {
        nights.ON_A_SERVER: _(
            "The base of this language runs on a server; what runs elsewhere learns elsewhere."
        ),
        nights.CHAMPION_DAMAGED: _(
            "The version that serves is damaged. Copy its folder back from a backup, or put back the version"
            " before."
        ),
        nights.CHAMPION_CHANGED: _(
            "Another version began to serve during the night, and the candidate was not compared with it."
        ),
    }
    return known.get(reason, reason)
