"""What a buyer should know before they pay: that the like is being paid already, or what becomes of prepaid
time and of the trial when a plan is paid by card.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from billing import delayed, entitlements
from billing.entitlements import Stored
from billing.plans import Catalogue, Item
from billing.tables import DelayedPayment, PurchaseKind, Trial
from billing.timeline import Cover, Stretch, Waiting


@dataclass(frozen=True)
class Beforehand:
    """What there is to know of an order. ``on_their_way``: payments for the like that may still come.

    Of a plan that is paid by card: ``waiting``, prepaid time that would wait while the plan lasts;
    ``going_on``, prepaid time of a larger plan, which runs all the same; ``trial``, if the plan would take
    its place.
    """

    on_their_way: Sequence[DelayedPayment] = ()
    waiting: Sequence[Waiting] = ()
    going_on: Sequence[Stretch] = ()
    trial: Trial | None = None

    @property
    def ids(self) -> frozenset[str]:
        """Of all that is to be known: who has read it says so with these."""
        ids = {payment.id for payment in self.on_their_way}
        ids |= {one.id for one in self.waiting} | {stretch.id for stretch in self.going_on}
        return frozenset(ids | ({"trial"} if self.trial else set()))


def beforehand(
    session: Session, now: datetime, studio_id: str, stored: Stored, item: Item, seats: int, sold: Catalogue
) -> Beforehand:
    """What whoever buys so many seats of this should know. A plan by card and a pass are alike: either makes
    the other wait. Packs are alike among themselves.
    """
    kind = PurchaseKind.PACK if item.kind == "pack" else PurchaseKind.PASS
    coming = delayed.on_their_way(session, studio_id, kind)
    if item.kind != "subscription":
        return Beforehand(coming)
    bought = Cover(sold.rank(item.code, seats), now, None)
    trial = stored.trial
    replaced = trial is not None and trial.ends_at > now and sold.rank(trial.plan, 1) <= bought.rank
    return Beforehand(
        coming,
        entitlements.passes_waiting(stored, sold, [bought]),
        [s for s in entitlements.pass_stretches(stored, sold, [bought]) if s.ends > now],
        trial if replaced else None,
    )
