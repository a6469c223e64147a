"""The catalogue: what is sold, as data of ``plans.yaml``."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field

Interval = Literal["month", "year"]
Kind = Literal["subscription", "pass", "pack"]
Amounts = dict[str, int]
"""Currency (lower case) to an amount in its minor unit."""

MONTHS: dict[Interval, int] = {"month": 1, "year": 12}


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(_Data):
    """What something is called in each language."""

    en: str
    zh: str


class Seats(_Data):
    """How many may be bought at once."""

    least: int = 1
    most: int = 1


class Plan(_Data):
    """One plan. ``comments`` are granted for each seat, that is teacher, in each quota month."""

    code: str
    name: Name
    comments: int
    seats: Seats = Seats()
    prices: dict[Interval, Amounts] = {}
    passes: dict[Interval, Amounts] = {}


class Pack(_Data):
    """Comments beyond the plan, bought once."""

    comments: int
    prices: Amounts


class Trial(_Data):
    plan: str
    days: int


class Coupon(_Data):
    """A discount, and the promotion codes that a buyer can type for it. ``first_time``: these are for a
    customer without any successful payment.
    """

    id: str
    percent_off: float = Field(gt=0, le=100)
    duration: Literal["once", "forever"]
    codes: list[str] = []
    first_time: bool = False

    @property
    def stripe_id(self) -> str:
        """Its id at Stripe, where what it takes off cannot be changed: with another it is another coupon."""
        return f"{self.id}-{self.percent_off:g}-{self.duration}".replace(".", "_")


class Rank(NamedTuple):
    """Orders what was paid for: the larger one counts."""

    plan: int
    seats: int


LENGTHS: dict[Interval, Name] = {
    "month": Name(en="a month", zh="一个月"),
    "year": Name(en="a year", zh="一年"),
}


@dataclass(frozen=True)
class Item:
    """One thing with a price at Stripe. ``amount`` is for one seat, in the currency's minor unit."""

    kind: Kind
    code: str  # of the plan; of a pack: how many comments
    interval: Interval | None
    currency: str
    amount: int
    name: Name

    @property
    def product(self) -> str:
        """Id of its product at Stripe: one for each currency, for a product's name is in one language; and a
        pass for a month and one for a year are two, for what is paid once does not say for how long.
        """
        length = f"-{self.interval}" if self.kind == "pass" else ""
        return f"vermilion-{self.kind}-{self.code}{length}-{self.currency}"

    @property
    def title(self) -> str:
        """As it stands at Checkout and on invoices: in Chinese for who pays in yuan, else in English."""
        return self.name.zh if self.currency == "cny" else self.name.en

    @property
    def key(self) -> str:
        """Lookup key of its price at Stripe."""
        parts = [self.kind, self.code, self.interval, self.currency]
        return "vermilion-" + "-".join(part for part in parts if part)


class Catalogue(_Data):
    """Everything that is sold."""

    currencies: list[str]
    plans: list[Plan]
    trial: Trial
    grace_days: int
    packs: list[Pack]
    coupons: list[Coupon] = []

    @property
    def grace(self) -> timedelta:
        return timedelta(days=self.grace_days)

    @property
    def free(self) -> Plan:
        """What everyone has who pays for nothing."""
        return self.plans[0]

    def plan(self, code: str) -> Plan | None:
        """The plan of this code; None for a code that is not sold here."""
        return next((plan for plan in self.plans if plan.code == code), None)

    def rank(self, code: str, seats: int) -> Rank:
        """The place of a plan among the plans. ValueError for a code that is not sold here."""
        return Rank([plan.code for plan in self.plans].index(code), seats)

    def items(self) -> Iterator[Item]:
        """All that has a price."""
        for plan in self.plans:
            for interval, amounts in plan.prices.items():
                name = Name(en=f"Vermilion {plan.name.en}", zh=f"朱批{plan.name.zh}")
                yield from (Item("subscription", plan.code, interval, c, a, name) for c, a in amounts.items())
            for interval, amounts in plan.passes.items():
                length = LENGTHS[interval]
                name = Name(
                    en=f"Vermilion {plan.name.en}, prepaid for {length.en}",
                    zh=f"朱批{plan.name.zh}，预付{length.zh}",
                )
                yield from (Item("pass", plan.code, interval, c, a, name) for c, a in amounts.items())
        for pack in self.packs:
            name = Name(
                en=f"Vermilion, {pack.comments} more comments", zh=f"朱批，再加 {pack.comments} 条评语"
            )
            yield from (Item("pack", str(pack.comments), None, c, a, name) for c, a in pack.prices.items())

    def item(self, key: str) -> Item:
        """The item of this lookup key. LookupError: nothing is sold under it."""
        for item in self.items():
            if item.key == key:
                return item
        raise LookupError(key)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue of this installation."""
    text = Path(__file__).with_name("plans.yaml").read_text(encoding="utf-8")
    return Catalogue.model_validate(yaml.safe_load(text))
