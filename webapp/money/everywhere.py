"""What every page of the application may say of money."""

from typing import Any

from billing import delayed
from billing.entitlements import Source
from webapp.accounts.seats import has_seat
from webapp.accounts.tables import MemberRole
from webapp.lessons.edge import now
from webapp.money import offering, owed_words, quota, wording
from webapp.money.blueprint import bp
from webapp.money.edge import sells
from webapp.platform.access import member, studio
from webapp.platform.db import db


@bp.app_context_processor
def _of_money() -> dict[str, Any]:
    """``money_standing()``: what the studio has and what is left, None where nothing is sold;
    ``money_banner()``: the line about it that every page of a studio shows, or None; ``money_may_draft()``:
    whether the plan has a seat for who looks at the page; ``money_used_up()``: what to do when nothing is
    left, empty while something is; ``money_trial()``: what a new studio may try, empty where nothing is sold.
    """

    def money_standing() -> quota.Standing | None:
        return quota.standing(db.session, now(), studio().id)

    def money_may_draft() -> bool:
        return has_seat(db.session, now(), member())

    def money_banner() -> owed_words.Banner | None:
        here = money_standing()
        if here is None:
            return None
        owing = owed_words.owes(here.entitlement)
        free = here.entitlement.source is Source.FREE
        return owed_words.banner(
            here,
            now(),
            quota.owed(db.session, studio().id) if owing else None,
            trial_ended=quota.trial_ended(db.session, now(), studio().id) if free else None,
            prepaying=owing and delayed.prepaying(db.session, studio().id),
            is_owner=member().role is MemberRole.OWNER,
            has_seat=money_may_draft(),
        )

    return {
        "money_standing": money_standing,
        "money_banner": money_banner,
        "money_may_draft": money_may_draft,
        "money_used_up": lambda: owed_words.used_up(money_standing()),
        "money_sells": sells,
        "money_trial": lambda *, cents=False: offering.trial(cents=cents) if sells() else "",
    }


@bp.app_template_filter("price")
def price(amount: int, currency: str, *, cents: bool = False) -> str:
    """Minor units as money."""
    return wording.price(amount, currency, cents=cents)


@bp.app_template_filter("with_seats")
def with_seats(what: str, seats: int) -> str:
    """With the number of seats, if they are several."""
    return wording.with_seats(what, seats)
