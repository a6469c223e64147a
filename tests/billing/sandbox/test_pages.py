"""What the pages say: all of it in both languages, and each language by itself."""

import re
from pathlib import Path

import httpx
import pytest

from billing.sandbox import pages
from billing.sandbox.cards import CARDS, REFUSALS, decline_code
from billing.sandbox.pages.words import REASONS, WORDS
from tests.billing.conftest import PATIENCE
from tests.billing.sandbox.shop import Shop

TEMPLATES = sorted(Path(pages.__file__).parent.glob("*.html"))
CHINESE = re.compile("[\u4e00-\u9fff]")
SHAPES = {"in_brackets", "labelled", "line", "offer", "per"}
"""Only put together what others say."""


def test_every_word_is_there_in_both_languages_and_mixes_none() -> None:
    named = {name for page in TEMPLATES for name in re.findall(r'\bw\("(\w+)"[,)]', page.read_text())}
    assert len(named) > 60
    assert named <= WORDS.keys()
    for name, (english, chinese) in {**WORDS, **REASONS}.items():
        if name in SHAPES or name == "language":
            continue
        assert not CHINESE.search(english), name
        bare = re.sub(r"\{\w+\}|PDF", "", chinese)
        assert CHINESE.search(bare), name
        assert not re.search("[A-Za-z]", bare), name
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese))


def test_templates_hold_no_words_of_their_own() -> None:
    for page in TEMPLATES:
        text = re.sub(
            r"<style>.*?</style>|\{[{%#].*?[}%#]\}|<[^>]*>|&\w+;", " ", page.read_text(), flags=re.DOTALL
        )
        assert not re.search(r"[A-Za-z\u4e00-\u9fff]{2,}", text), page.name


def test_every_reason_of_a_refusal_is_told_but_that_a_card_is_stolen() -> None:
    reasons = {decline_code(reason) or REFUSALS[reason][0] for reason in REFUSALS}
    assert reasons - REASONS.keys() == {"lost_card", "stolen_card"}
    assert {card.charge for card in CARDS.values() if card.charge} <= REFUSALS.keys()


@pytest.mark.parametrize(
    ("language", "heading", "hint"),
    [
        ("en", "This page can no longer be used.", "Open it anew from Vermilion."),
        ("zh", "此页面已失效。", "请从朱批重新打开。"),
    ],
)
def test_a_page_that_is_gone_says_so(sandbox_url: str, language: str, heading: str, hint: str) -> None:
    for path in ("c/pay/acct_none/cs_none", "p/session/acct_none/bps_none", "invoice/acct_none/in_none"):
        page = httpx.get(f"{sandbox_url}/{path}", headers={"Accept-Language": language}, timeout=PATIENCE)
        assert page.status_code == 404
        assert heading in page.text
        assert hint in page.text


def test_a_checkout_that_is_over_says_how_it_ended(shop: Shop) -> None:
    session = shop.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": shop.customer,
            "line_items": [{"price": shop.month, "quantity": 1}],
            "success_url": "http://localhost:1/ok?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://localhost:1/no",
        }
    )
    shop.v1.checkout.sessions.expire(session.id)
    page = httpx.get(session.url, params={"lang": "zh"}, timeout=PATIENCE).text
    assert "未收取任何费用" in page
    assert 'href="http://localhost:1/no"' in page
