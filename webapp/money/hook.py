"""Where Stripe tells us that something happened."""

from flask import request
from flask.typing import ResponseReturnValue
from prometheus_client import Counter, Gauge
from sqlmodel import col, func, select
from werkzeug.exceptions import RequestEntityTooLarge

from billing import webhooks
from billing.tables import Event, EventState
from billing.webhooks import Outcome
from webapp.lessons.edge import now
from webapp.money import work
from webapp.money.blueprint import bp
from webapp.money.edge import gateway, sells, wake_money
from webapp.platform.access import public
from webapp.platform.db import db, reading

HOOKS = Counter("vermilion_webhooks", "Webhooks of Stripe, by what became of them", ["outcome"])
EVENTS = Gauge("vermilion_events", "Events of Stripe's that were kept, by what became of them", ["state"])


@bp.post("/webhooks/stripe")
@public
def stripe_hook() -> ResponseReturnValue:
    """Keep the event, then answer. What it means is found out by a worker. Signed, so no form's token is
    due.
    """
    reading.set(False)
    if not sells():
        return "", 404
    # A body that does not say its length is cut off there: one byte more, by which it is known to be longer.
    request.max_content_length = webhooks.MOST_BYTES + 1
    try:
        payload = request.get_data(cache=False)
    except RequestEntityTooLarge:
        outcome, event_id = webhooks.too_large()
    else:
        signature = request.headers.get("Stripe-Signature", "")
        outcome, event_id = webhooks.receive(db.session, now(), gateway(), payload, signature)
    if outcome is Outcome.KEPT:
        work.ask(db.session, event_id)
    db.session.commit()
    if outcome is Outcome.KEPT:
        wake_money()
    HOOKS.labels(outcome.value).inc()
    return "", outcome.status


@bp.before_app_request
def _count_events() -> None:
    """For the page of figures. Whose an event is, only a worker finds out: it asks Stripe."""
    if request.endpoint != "platform.metrics":
        return
    counted = dict(iter(db.session.exec(select(Event.state, func.count()).group_by(col(Event.state)))))
    for state in EventState:
        EVENTS.labels(state.value).set(counted.get(state, 0))
