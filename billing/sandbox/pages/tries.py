"""What a person tried on a page, and why it was refused. A form is always answered with another address, so
that Back, reload and the other language work; so what was tried waits with the page's object until the next
try.
"""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from flask import request

from billing.sandbox.cards import faults, numbered
from billing.sandbox.errors import Refusal
from billing.sandbox.operations import Params
from billing.sandbox.store import Thing
from billing.sandbox.world import World

EXPIRY = re.compile(r"(\d{1,2})\s*[/.-]?\s*(\d{4}|\d{2})")


class Unfilled(Refusal):
    """A form that cannot be sent so. ``at``: field → the name of the words that stand there."""

    def __init__(self, at: dict[str, str]) -> None:
        super().__init__("The form is not filled in.")
        self.at = at


def put_aside(thing: Thing, refusal: Refusal | None = None, *, notice: str | None = None) -> None:
    """Keep what was filled in, with the refusal or what there is to say about it.

    Of a card what was typed stays only while nobody was asked to charge it, and only where the number is a
    test card's: any other may be a real one. Only its holder stays in any case.
    """
    form = request.form
    names = ["email", "name", "method", *(name for name in form if ":" in name)]
    asked = refusal is not None and refusal.status == 402
    if numbered(form.get("card", "")) and not asked:
        names += ["card", "expiry", "cvc"]
    thing["_tried"] = {
        "at": refusal.at if isinstance(refusal, Unfilled) else {},
        "error": refusal and {"says": refusal.says, **refusal.error},
        "kept": {name: form[name] for name in names if name in form},
        "notice": notice,
        "path": request.path,
    }


def tried(thing: Thing) -> Thing:
    """What was tried last on this page, if the address says that something was."""
    found: Thing = thing.get("_tried") or {}
    if "tried" not in request.args or found.get("path") != request.path:
        found = {}
    return {"at": {}, "error": None, "kept": {}, "notice": None, **found}


def typed_card(world: World) -> tuple[Params, dict[str, str]]:
    """The card that is typed into the page's form, and what is wrong with it: field → the name of words."""
    number, expiry, cvc = (_plain(request.form.get(name, "")) for name in ("card", "expiry", "cvc"))
    card: Params = {"number": number, "cvc": cvc}
    at = {} if number else {"card": "card_missing"}
    if found := EXPIRY.fullmatch(expiry):
        card |= {"exp_month": int(found[1]), "exp_year": int(found[2])}
    else:
        at["expiry"] = "expiry_missing"
    for wrong in faults(numbered(number), card, datetime.fromtimestamp(world.now(), UTC)):
        at.setdefault(FIELDS[wrong.param], wrong.says)
    return card, {field: at[field] for field in FIELDS.values() if field in at}


FIELDS = {"number": "card", "exp_year": "expiry", "exp_month": "expiry", "cvc": "cvc"}
"""A parameter of a card → the field of the form, in the form's order."""


def new_card(world: World, email: str | None) -> Params:
    """The typed card as parameters of a payment method. Raises Unfilled."""
    card, at = typed_card(world)
    if at:
        raise Unfilled(at)
    owner = {"name": request.form.get("name") or None, "email": email}
    return {"card": card, "billing_details": owner}


def _plain(text: Any) -> str:
    """Without the wide digits of a Chinese keyboard."""
    return unicodedata.normalize("NFKC", str(text)).strip()
