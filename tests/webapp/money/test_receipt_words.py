"""Receipts in Chinese."""

import re

import pytest
from flask import Flask

from billing.tables import Invoice
from tests.billing.rows import purchase, subscription
from webapp.money import letters, receipts
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
