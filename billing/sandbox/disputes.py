"""Money that goes back: refunds, and payments that the payer's bank disputes."""

from billing.sandbox.errors import Refusal, absent
from billing.sandbox.facts import facts
from billing.sandbox.money import DAY
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.payments import book_entry
from billing.sandbox.store import Thing
from billing.sandbox.world import World, metadata, page, wanted

ANSWER_DAYS = 10


def _charge_of(world: World, params: Params) -> Thing:
    if ("charge" in params) == ("payment_intent" in params):
        raise absent("payment_intent", "Give charge or payment_intent.")
    if "charge" in params:
        return world.get("charge", params["charge"], "charge")
    intent = world.get("payment_intent", params["payment_intent"], "payment_intent")
    if not intent["latest_charge"]:
        raise Refusal("The payment has no charge yet.", param="payment_intent")
    return world.own(intent["latest_charge"])


@serves("POST /v1/refunds", "amount charge metadata payment_intent reason")
def create_refund(world: World, params: Params) -> Thing:
    """Give back all that is left of a payment, or a part."""
    charge = _charge_of(world, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if not charge["paid"] or not charge["captured"]:
        raise Refusal("Nothing was paid.", param="charge")
    if charge["disputed"]:
        raise Refusal("The payment is disputed.", code="charge_disputed", param="charge")
    if left == 0:
        raise Refusal("The payment has been refunded.", code="charge_already_refunded", param="charge")
    if not 0 < amount <= left:
        raise Refusal("More than was paid cannot be refunded.", code="amount_too_large", param="amount")
    with world.changing(charge, "charge.updated"):
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    refund = world.add(
        "refund",
        "re",
        {
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "created": world.now(charge),
            "currency": charge["currency"],
            "customer": charge["customer"],
            "destination_details": {"type": charge["payment_method_details"]["type"]},
            "metadata": metadata(None, params.get("metadata")),
            "payment_intent": charge["payment_intent"],
            "payment_method": charge["payment_method"],
            "reason": params.get("reason"),
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
        },
    )
    del refund["livemode"]
    refund["balance_transaction"] = book_entry(world, -amount, charge["currency"], "refund", refund, charge)[
        "id"
    ]
    world.emit("charge.refunded", charge)
    world.emit("refund.created", refund)
    return refund


@serves("POST /v1/refunds/{refund}", "metadata")
def update_refund(world: World, params: Params, name: str) -> Thing:
    """Change a refund's metadata."""
    refund = world.get("refund", name)
    with world.changing(refund, "refund.updated"):
        refund["metadata"] = metadata(refund, params.get("metadata"))
    return refund


@serves("GET /v1/refunds/{refund}")
def retrieve_refund(world: World, params: Params, name: str) -> Thing:
    """A refund."""
    return world.get("refund", name)


@serves("GET /v1/refunds", PAGING + "charge payment_intent")
def list_refunds(world: World, params: Params) -> Thing:
    """Refunds."""
    found = world.looking("refund", **wanted(params, "charge", "payment_intent"))
    return page(world, found, params, "/v1/refunds")


def open_dispute(world: World, charge: Thing, reason: str) -> Thing:
    """The payer's bank takes the money back, until it is shown to be rightly taken."""
    if charge["disputed"] or not charge["paid"]:
        raise Refusal("The charge cannot be disputed.", param="charge")
    now = world.now(charge)
    charge["disputed"] = True
    kinds = facts()["objects"]["dispute"]["evidence!"]
    evidence: Thing = {name.removesuffix("!"): None for name in kinds} | {"enhanced_evidence": {}}
    dispute = world.add(
        "dispute",
        "du",
        {
            "amount": charge["amount"],
            "balance_transactions": [],
            "charge": charge["id"],
            "created": now,
            "currency": charge["currency"],
            "enhanced_eligibility_types": [],
            "evidence": evidence,
            "evidence_details": {
                "due_by": now + ANSWER_DAYS * DAY,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": False,
            "metadata": {},
            "network_reason_code": "10.4",
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
            "_customer": charge["customer"],
        },
    )
    world.emit("charge.dispute.created", dispute)
    _move_money(world, dispute, -dispute["amount"], "charge.dispute.funds_withdrawn")
    return dispute


def _move_money(world: World, dispute: Thing, amount: int, event: str) -> None:
    charge = world.seen(dispute["charge"])
    entry = book_entry(world, amount, dispute["currency"], "adjustment", dispute, charge)
    dispute["balance_transactions"].append(world.shown(entry))
    world.emit(event, dispute)


@serves("POST /v1/disputes/{dispute}", "evidence metadata submit")
def update_dispute(world: World, params: Params, name: str) -> Thing:
    """Answer. As at Stripe in test mode, the words ``winning_evidence`` or ``losing_evidence`` decide it."""
    dispute = world.get("dispute", name)
    with world.changing(dispute, "charge.dispute.updated"):
        dispute["metadata"] = metadata(dispute, params.get("metadata"))
        for field, value in (params.get("evidence") or {}).items():
            dispute["evidence"][field] = value or None
        dispute["evidence_details"]["has_evidence"] = any(dispute["evidence"].values())
        if params.get("evidence") and params.get("submit", True):
            dispute["evidence_details"]["submission_count"] += 1
            dispute["status"] = "under_review"
    words = dispute["evidence"]["uncategorized_text"]
    if dispute["status"] == "under_review" and words in ("winning_evidence", "losing_evidence"):
        close(world, dispute, "won" if words == "winning_evidence" else "lost")
    return dispute


def close(world: World, dispute: Thing, status: str) -> None:
    """It is decided."""
    if dispute["status"] in ("won", "lost"):
        raise Refusal("The dispute is closed.", param="dispute")
    dispute["status"] = status
    world.emit("charge.dispute.closed", dispute)
    if status == "won":
        _move_money(world, dispute, dispute["amount"], "charge.dispute.funds_reinstated")


@serves("POST /v1/disputes/{dispute}/close")
def close_dispute(world: World, params: Params, name: str) -> Thing:
    """Accept it."""
    dispute = world.get("dispute", name)
    close(world, dispute, "lost")
    return dispute


@serves("GET /v1/disputes/{dispute}")
def retrieve_dispute(world: World, params: Params, name: str) -> Thing:
    """A dispute."""
    return world.get("dispute", name)


@serves("GET /v1/disputes", PAGING + "charge payment_intent")
def list_disputes(world: World, params: Params) -> Thing:
    """Disputes."""
    found = world.looking("dispute", **wanted(params, "charge", "payment_intent"))
    return page(world, found, params, "/v1/disputes")
