"""Receipts in Chinese."""

import re
from dataclasses import replace
from itertools import product

import pytest
from flask import Flask
from flask_babel import force_locale

from billing.entitlements import Source
from billing.tables import Invoice
from tests.billing.rows import purchase, subscription
from webapp.money import letters, receipt_words, receipts
from webapp.platform import mail


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("kind", receipts.KINDS)
def test_a_receipt_is_whole_in_chinese(app: Flask, kind: str) -> None:
    there = subscription(currency="cny", amount=7800, plan="studio", seats=2)
    invoice = Invoice(
        id="in_1",
        studio_id=there.studio_id,
        number="0001",
        status="paid",
        currency="cny",
        total=15600,
        paid=10050,
        from_credit=5550,
        page="https://pay.example/in_1",
        created_at=there.began_at,
        paid_at=there.began_at,
    )
    bought = purchase(1, there.began_at, kind="pass" if kind == "pass" else "pack", comments=100)
    is_purchase = kind in ("pass", "pack")
    receipt = receipts.Receipt(
        kind,
        "x",
        there.began_at,
        (invoice,),
        None if is_purchase else there,
        None if is_purchase else receipts.Terms("studio", "month", 2),
        receipts.Terms("teacher", "year", 1),
        there.period_ends,
        purchase=bought if is_purchase else None,
        runs=(there.began_at, there.period_ends),
    )
    to = ("o@willow.example", "zh_Hans_CN", "柳", there.began_at, None, "Asia/Shanghai")
    letters.send(letters.Letter(kind, *to, name="安", receipt=receipt), there.began_at)
    (letter,) = mail.letters(app.config["SETTINGS"])
    text = re.sub(r"https?://\S+", "", letter.text)
    assert text.startswith("安，您好：\n\n")
    assert set(re.findall("[A-Za-z]+", text)) == {"Vermilion"}, text
    assert not re.search(r"[:,;] ?[\u4e00-\u9fff]", text)
    assert "\n\n\n" not in letter.text
    if not is_purchase:
        assert (
            "账单金额：¥156.00\n用以前账单留下的余额抵扣：¥55.50\n实付：¥100.50\n付款日期：2026年1月10日\n账单号：0001\n"
            in letter.text
        )


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("kind", ["cancelled", "resumed", "ended"])
def test_what_follows_is_said_in_chinese_and_promises_nothing_that_is_over(kind: str) -> None:
    terms = receipts.Terms("teacher", "month", 1)
    for status, ends, left in product(("active", "past_due", "canceled"), (False, True), Source):
        there = subscription(currency="cny", amount=7800, status=status)
        there.ends_at = there.period_ends if ends else None
        receipt = receipts.Receipt(
            kind, "x", there.began_at, (), there, terms, terms, there.period_ends, left=left
        )
        for now, soon in ((there.began_at, True), (there.period_ends, False)):
            with force_locale("zh_Hans_CN"):
                said = receipt_words.words(receipt, lambda moment: f"{moment.month}月{moment.day}日", now)
            assert not re.search("[A-Za-z]", "".join([*said.then, said.where])), said
            may_be_resumed = kind == "cancelled" and ends and soon and status != "canceled"
            assert ("撤回：" in said.where) is may_be_resumed
            assert ("续费，直到" in said.where) <= (status == "active" and not ends)


def test_what_goes_on_after_a_plan_that_has_ended_is_said(app: Flask) -> None:
    there = subscription(status="canceled")
    terms = receipts.Terms("teacher", "month", 1)
    receipt = receipts.Receipt("ended", "x", there.began_at, (), there, terms, ends_at=there.period_ends)
    said = {
        Source.PASS: "What you have prepaid goes on.",
        Source.SUBSCRIPTION: "The studio's other plan goes on.",
        Source.TRIAL: "The trial goes on.",
    }
    with app.test_request_context(), force_locale("en"):
        for left, sentence in said.items():
            words = receipt_words.words(replace(receipt, left=left), str, there.began_at)
            assert words.then[1:] == [sentence]
