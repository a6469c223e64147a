"""The test cards: numbers, the names under which a payment method with such a card can be had, what each
does.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Card:
    """``attach`` and ``charge``: the code of a refusal there, if it refuses; ``asks``: when it wants its
    holder to authenticate, ``always`` or ``unless_set_up``; ``dispute``: the reason for which a payment is
    disputed.
    """

    number: str
    brand: str = "visa"
    attach: str | None = None
    charge: str | None = None
    asks: str | None = None
    dispute: str | None = None
    country: str = "US"
    funding: str = "credit"

    @property
    def last4(self) -> str:
        """The last four digits."""
        return self.number[-4:]


def _refusing(number: str, code: str) -> Card:
    return Card(number, attach=code, charge=code)


CARDS: dict[str, Card] = {
    "pm_card_visa": Card("4242424242424242"),
    "pm_card_visa_debit": Card("4000056655665556", funding="debit"),
    "pm_card_mastercard": Card("5555555555554444", "mastercard"),
    "pm_card_amex": Card("378282246310005", "amex"),
    "pm_card_unionpay": Card("6200000000000005", "unionpay", country="CN"),
    "pm_card_cn": Card("4000001560000002", country="CN"),
    "pm_card_chargeDeclined": _refusing("4000000000000002", "generic_decline"),
    "pm_card_visa_chargeDeclined": _refusing("4000000000000002", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": _refusing("4000000000009995", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": _refusing("4000000000009995", "insufficient_funds"),
    "pm_card_chargeDeclinedLostCard": _refusing("4000000000009987", "lost_card"),
    "pm_card_visa_chargeDeclinedLostCard": _refusing("4000000000009987", "lost_card"),
    "pm_card_chargeDeclinedStolenCard": _refusing("4000000000009979", "stolen_card"),
    "pm_card_visa_chargeDeclinedStolenCard": _refusing("4000000000009979", "stolen_card"),
    "pm_card_chargeDeclinedExpiredCard": _refusing("4000000000000069", "expired_card"),
    "pm_card_chargeDeclinedIncorrectCvc": _refusing("4000000000000127", "incorrect_cvc"),
    "pm_card_chargeDeclinedProcessingError": _refusing("4000000000000119", "processing_error"),
    "pm_card_chargeCustomerFail": Card("4000000000000341", charge="generic_decline"),
    "pm_card_authenticationRequiredOnSetup": Card("4000002500003155", asks="unless_set_up"),
    "pm_card_authenticationRequired": Card("4000002760003184", asks="always"),
    "pm_card_threeDSecure2Required": Card("4000000000003220", asks="unless_set_up"),
    "pm_card_threeDSecureRequired": Card("4000000000003063", asks="unless_set_up"),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": Card(
        "4000008260003178", asks="always", charge="insufficient_funds"
    ),
    "pm_card_createDispute": Card("4000000000000259", dispute="fraudulent"),
    "pm_card_createDisputeProductNotReceived": Card("4000000000002685", dispute="product_not_received"),
}
"""Name → card. The names and what they do are those of Stripe's list of test cards."""

BY_NUMBER = {card.number: card for card in CARDS.values()}


def numbered(text: str) -> Card | None:
    """The test card of a number as people type it: with spaces, perhaps in wide digits."""
    return BY_NUMBER.get("".join(unicodedata.normalize("NFKC", text).split()))


class Fault(NamedTuple):
    """What cannot be of a card: which of its fields, Stripe's code, and the name of a page's words for it."""

    param: str
    code: str
    says: str


LATEST = 50
"""No card is valid for more years than this."""


def faults(card: Card | None, given: Mapping[str, Any], now: datetime) -> list[Fault]:
    """What is wrong with a card as it is given. Month, year and security code are judged where they are
    given; a year may have two digits.
    """
    found = [] if card else [Fault("number", "incorrect_number", "incorrect_number")]
    month, year = given.get("exp_month", 12), full_year(given.get("exp_year", now.year))
    if not 1 <= month <= 12:
        found.append(Fault("exp_month", "invalid_expiry_month", "expiry_month"))
    elif year < now.year:
        found.append(Fault("exp_year", "invalid_expiry_year", "expiry_past"))
    elif (year, month) < (now.year, now.month):
        found.append(Fault("exp_month", "invalid_expiry_month", "expiry_past"))
    elif year > now.year + LATEST:
        found.append(Fault("exp_year", "invalid_expiry_year", "expiry_far"))
    cvc = str(given.get("cvc", "123" if not card or card.brand != "amex" else "1234"))
    lengths = (3, 4) if card is None else (4,) if card.brand == "amex" else (3,)
    if not cvc.isdecimal() or len(cvc) not in lengths:
        found.append(Fault("cvc", "invalid_cvc", "cvc_amex" if lengths == (4,) else "cvc_wrong"))
    return found


def full_year(year: int) -> int:
    """A year with its century: 34 is 2034."""
    return year + 2000 if 0 <= year < 100 else year


WRONG = {
    "incorrect_number": "The card's number is none of the test cards.",
    "invalid_cvc": "The card's security code is invalid.",
    "invalid_expiry_month": "The card's expiration month is invalid.",
    "invalid_expiry_year": "The card's expiration year is invalid.",
}
"""The code of a fault → words for it."""

REFUSALS = {
    "generic_decline": ("card_declined", "The card was declined."),
    "insufficient_funds": ("card_declined", "The card does not have enough money on it."),
    "lost_card": ("card_declined", "The card was declined."),
    "stolen_card": ("card_declined", "The card was declined."),
    "expired_card": ("expired_card", "The card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "The card's security code is wrong."),
    "processing_error": ("processing_error", "The card could not be processed."),
    "authentication_required": (
        "authentication_required",
        "The payment has to be authenticated by the card's holder.",
    ),
}
"""Why a card refuses → the error's code, and words for it."""


def decline_code(reason: str) -> str | None:
    """What stands beside the code of a refusal."""
    return reason if REFUSALS[reason][0] in ("card_declined", "authentication_required") else None
