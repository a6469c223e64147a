"""What letters say of a payment that failed, and of prepaid time that has run out."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import Session, select

from tests.billing.rows import purchase, subscription
from tests.factories import NOW
from tests.webapp.money.test_letters import asking, kinds, opened
from webapp.accounts.tables import Language, User
from webapp.money import letters
from webapp.platform import mail

IN_VAIN = {
    Language.ENGLISH: [
        "¥68 for Willow did not go through. Your Visa card ending in 0341 was declined.",
        "The next try is on Nov ",
        "Putting in another card pays nothing before that.",
        "Please pay the open invoice by then, with the card you have or another:",
    ],
    Language.CHINESE: [
        "Willow的付款（¥68）没有成功。您尾号 0341 的 Visa 卡被拒付了。",
        "日会用届时存着的卡再次尝试扣款。只换一张卡，在那之前不会付款。",
        "请在此之前支付未付的账单，用原来的卡或另一张卡都可以：",
    ],
}


@pytest.mark.parametrize("language", IN_VAIN)
def test_a_failed_payment_is_told_with_amount_card_and_what_pays_it(
    app: Flask, session: Session, language: Language
) -> None:
    studio = opened(session)
    session.exec(select(User).where(User.email == "owner@willow.example")).one().language = language
    row = subscription(studio_id=studio.id, status="past_due", unpaid_since=NOW)
    open_ = asking(studio)
    open_.unconfirmed, open_.subscription_id, open_.attempts = False, row.id, 1
    open_.declined_brand, open_.declined_last4 = "visa", "0341"
    open_.next_attempt = NOW + timedelta(days=3)
    session.add_all([row, open_])
    session.commit()
    assert letters.write(NOW + timedelta(days=1)) == 1
    (letter,) = mail.letters(app.config["SETTINGS"])
    assert [words for words in IN_VAIN[language] if words not in letter.text] == []
    assert letter.text.splitlines().count("https://pay.example/in_1") == 1
    assert "\n\n\n" not in letter.text


@pytest.mark.parametrize("what", ["followed", "taken back", "long ago"])
def test_the_end_of_prepaid_time_is_told_only_where_something_is_over_with_it(
    session: Session, what: str
) -> None:
    studio_id, days = opened(session).id, {"followed": 31, "taken back": 6, "long ago": 45}[what]
    back = NOW + timedelta(days=5) if what == "taken back" else None
    session.add(purchase(1, NOW, studio_id=studio_id, revoked_at=back))
    if what == "followed":
        began = NOW + timedelta(days=30)
        session.add(subscription(studio_id=studio_id, began_at=began, period_ends=NOW + timedelta(days=60)))
    assert "pass_ended" not in [kind for kind, _to in kinds(session, days)]
