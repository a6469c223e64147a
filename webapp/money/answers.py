"""What pages of buying and of changing ask and answer alike."""

from typing import Any

import structlog
from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing import entitlements
from billing.customers import BusyError
from billing.gateway import GatewayError, UnansweredError
from billing.plans import Item, catalogue
from webapp.platform.access import studio
from webapp.platform.db import db

log = structlog.get_logger()


def chosen(said: Any) -> tuple[Item, int]:
    """What a form says is wanted. LookupError: it is not sold."""
    item = catalogue().item(str(said.get("item", "")))
    return item, said.get("seats", 1, int) if catalogue().plan(item.code) else 1


def troubled(endpoint: str, error: GatewayError | BusyError) -> ResponseReturnValue:
    """Back to a page, with the news that Stripe did not do it: it could not be asked now, or it refused; or
    that it may have, and has not said so.
    """
    code = error.code if isinstance(error, GatewayError) else "busy"
    log.warning("stripe_troubled", page=request.endpoint, error=code)
    if isinstance(error, UnansweredError):
        flash(
            _(
                "The payment service has not answered, so it is not known yet whether this was done. Look"
                " here again in a minute, before you try again."
            ),
            "warn",
        )
    elif isinstance(error, BusyError) or error.again:
        flash(
            _("The payment service cannot be reached. Nothing was charged; try again in a minute."), "error"
        )
    else:
        flash(
            _("The payment service refused this, and nothing was charged. Tell whoever runs this server."),
            "error",
        )
    return redirect(url_for(endpoint))


def must_pay_first() -> bool:
    """Whether a subscription of the studio is not paid for."""
    return bool(entitlements.owing(entitlements.load(db.session, studio().id)))


def pay_first() -> ResponseReturnValue:
    """To the plan, where the open invoice is paid: until then Stripe changes nothing."""
    flash(_("Please pay the open invoice first. Then the plan and its seats can be changed."), "warn")
    return redirect(url_for("money.plan"))
