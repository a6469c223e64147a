"""From the trial to the last invoice, as a person goes through it in the demo, in English and Chinese."""

import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from drafting import samples
from tests.functional.demo import Demo
from tests.functional.scribe import scribe

pytestmark = [pytest.mark.browser, pytest.mark.timeout(3600)]

PATIENCE = 180_000  # ms; a machine that also trains is slow
PASSWORD = "three quiet brushes"
GOOD, EMPTY = "4242 4242 4242 4242", "4000 0000 0000 0341"
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
SCREENS = {"en": (1280, 800), "zh": (390, 844)}  # who reads Chinese here has a phone
CURRENCY = {"en": "usd", "zh": "cny"}
SHOTS = os.environ.get("TEST_SHOTS", "")
"""A folder for a picture of every page of the way; none are taken without."""

WORDS = {
    "en": {
        "welcome": "Welcome to Vermilion.",
        "trial": "Your trial runs until",
        "free": "0 of 20 used",
        "left": "21 drawings need a comment and 20 are left: the first 20 are drafted, which leaves 1",
        "refused": "1 drawing was not drafted: the studio's comments are used up.",
        "what_now": "What now?",
        "too_few": "“Saturday group” needs 21 comments, and the studio has 20 left.",
        "wall": "The comments are used up",
        "waited": "Draft the one that waited",
        "paid": "Thank you. It is paid.",
        "teacher": "0 of 400 used",
        "failed": "Drafting goes on until",
        "declined": "Your Visa card ending in 0341 was declined.",
        "press": "press “Pay now”",
        "trial_letter": "The trial of {studio} ends soon",
        "failed_letter": "The payment for {studio} failed",
        "renews": "It renews on",
        "changed": "The plan is changed.",
        "cancelled": "Cancelled: it ends on",
        "resumed": "The plan goes on.",
        "prepaid": "Prepaid until",
        "instead_of_trial": "A plan paid by card takes its place at once",
        "trial_replaced": "The plan took the place of your trial",
        "coming": "has been on its way since",
        "twice": "you pay twice and have both",
        "not_paid": "did not go through. Nothing was charged",
        "not_paid_letter": "A payment for {studio} did not go through",
    },
    "zh": {
        "welcome": "欢迎使用朱批。",
        "trial": "试用到",
        "free": "20 条中已用 0 条",
        "left": "有 21 幅画要起草，只剩 20 条：先起草前 20 幅，还有 1 幅不够用。",
        "refused": "有 1 幅画没有起草：画室的评语用完了。",
        "what_now": "怎么办？",
        "too_few": "“周六上午班”需要 21 条评语，画室还剩 20 条。",
        "wall": "评语用完了",
        "waited": "起草等着的 1 幅",
        "paid": "谢谢！已付款。",
        "teacher": "400 条中已用 0 条",
        "failed": "的付款还没有成功",
        "declined": "您尾号 0341 的 Visa 卡被拒付了。",
        "press": "请点“现在付款”",
        "trial_letter": "{studio}的试用快到期了",
        "failed_letter": "{studio}的付款没有成功",
        "renews": "续费，",
        "changed": "套餐已更改。",
        "cancelled": "已取消",
        "resumed": "套餐继续。",
        "prepaid": "已预付到",
        "instead_of_trial": "用银行卡付的套餐会立即取代试用",
        "trial_replaced": "这个套餐已取代您的试用",
        "coming": "正在处理，款项还没有到账",
        "twice": "就会付两次钱，两份都归您",
        "not_paid": "没有成功。没有扣款",
        "not_paid_letter": "{studio}有一笔付款没有成功",
    },
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with scribe() as base:
        running = Demo(tmp_path_factory.mktemp("demo"), base)
        yield running
        running.stop()


class Visitor:
    """A person at the demo, who reads one language."""

    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language, self.words = page, language, WORDS[language]
        self.studio = ""
        self._shots = 0

    def see(self, text: str) -> None:
        """The page shows these words."""
        expect(self.page.locator("main")).to_contain_text(text)

    def shoot(self, name: str) -> None:
        """Nothing is wider than the page; and a picture, if any are wanted."""
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        self._shots += 1
        if SHOTS:
            path = Path(SHOTS) / f"{self.studio or 'nobody'}-{self.language}-{self._shots:02}-{name}.png"
            self.page.screenshot(path=path, full_page=True)

    def sign_up(self, studio: str) -> None:
        """Open a studio, follow the letter's link, sign in."""
        page, email = self.page, f"{studio}-{self.language}@studio.example"
        self.studio = studio
        page.goto("/sign-up")
        page.fill("[name=name]", {"en": "Grace", "zh": "周敏"}[self.language])
        page.fill("[name=email]", email)
        page.fill("[name=password]", PASSWORD)
        page.fill("[name=studio_name]", studio)
        page.check("[name=sharing][value=no]")
        page.locator("main form button").click()
        page.wait_for_url(re.compile("/sign-in"))
        page.goto("/mailbox")
        letter = page.locator("article", has_text=email).first
        expect(letter).to_contain_text(self.words["welcome"])
        letter.get_by_role("link").first.click()
        page.fill("[name=email]", email)
        page.fill("[name=password]", PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url("**/lessons**")

    def move_clock(self, to: str) -> None:
        """Let time pass in the demo."""
        self.page.goto("/clock")
        self.page.locator(f"button[value={to}]").click()
        expect(self.page.locator(".notice--done")).to_be_visible()

    def letters(self) -> Locator:
        """The subjects in the mailbox."""
        self.page.goto("/mailbox")
        return self.page.locator("article h2")

    def hand_in(self, count: int) -> str:
        """Plan a lesson and send its photos; the lesson's address, once all are measured."""
        page = self.page
        page.goto("/lessons/new")
        page.fill("[name=title]", {"en": "Saturday group", "zh": "周六上午班"}[self.language])
        page.fill("[name=theme]", {"en": "My pet", "zh": "我的宠物"}[self.language])
        page.locator("main form button").first.click()
        page.wait_for_url("**/photos")
        lesson = page.url.removesuffix("/photos")
        page.set_input_files("#photos", photos(count))
        expect(page.locator(".photo .state--measured")).to_have_count(count, timeout=5 * PATIENCE)
        return lesson

    def type_card(self, number: str) -> None:
        """On one of the sandbox's pages."""
        for field, text in (("card", number), ("expiry", "12 / 34"), ("cvc", "123")):
            self.page.fill(f"#{field}", text)

    def pay(self, number: str) -> None:
        """On the sandbox's Checkout page."""
        page = self.page
        page.wait_for_url("**/c/pay/**")
        expect(page.locator("main")).to_contain_text(f"{self.studio}-{self.language}@studio.example")
        self.type_card(number)
        self.shoot("checkout")
        page.locator("button[value=pay]").click()
        page.wait_for_url("**/plan")

    def put_in_card(self, number: str) -> None:
        """In the sandbox's portal, from the plan's page and back to it."""
        page = self.page
        page.goto("/plan")
        page.locator("form[action='/plan/portal'] button").first.click()
        page.wait_for_url("**/p/session/**")
        page.locator("a[href$='/card']").click()
        self.type_card(number)
        page.locator("main form button").click()
        expect(page.locator(".notice")).to_be_visible()
        self.shoot("portal")
        page.locator("a[href$='/plan/returned']").click()
        page.wait_for_url("**/plan")

    def buy(self, kind: str, plan: str) -> None:
        """From the prices to the page at which it is paid."""
        self.page.goto("/pricing")
        key = f"vermilion-{kind}-{plan}-month-{CURRENCY[self.language]}"
        self.shoot("prices")
        self.page.locator(f"button[value={key}]").click()

    def go_on(self, words: str) -> None:
        """What is said before it is paid is read, and taken."""
        self.see(self.words[words])
        self.shoot("before-paying")
        self.page.locator("main form button").click()


def photos(count: int) -> list[FilePayload]:
    """So many photos of one drawing, no two of them the same file."""
    drawn = samples.photograph(samples.draw("cat-on-mat", 0), 1, megapixels=0.4)
    with Image.open(io.BytesIO(drawn.data)) as image:
        found = []
        for number in range(count):
            out = io.BytesIO()
            image.save(out, "JPEG", quality=70 + number)
            found.append(FilePayload(name=f"{number}.jpg", mimeType="image/jpeg", buffer=out.getvalue()))
    return found


@pytest.fixture
def visit(browser: Browser, demo: Demo) -> Iterator[Callable[[str], Visitor]]:
    """Somebody comes to the demo."""
    contexts = []
    errors: list[str] = []

    def come(language: str) -> Visitor:
        width, height = SCREENS[language]
        context = browser.new_context(
            base_url=demo.url, locale=LOCALES[language], viewport={"width": width, "height": height}
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        return Visitor(page, language)

    expect.set_options(timeout=PATIENCE)
    yield come
    for context in contexts:
        context.close()
    assert errors == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_from_the_trial_to_the_invoices(visit: Callable[[str], Visitor], language: str) -> None:
    me = visit(language)
    page, words = me.page, me.words

    # A trial without a card, and its end.
    page.goto("/pricing")
    me.shoot("prices")
    me.sign_up("willow")
    page.goto("/plan")
    me.see(words["trial"])
    me.shoot("trial")
    me.move_clock("trial")
    me.shoot("clock")
    assert me.letters().get_by_text(words["trial_letter"].format(studio="willow")).count() == 1
    me.shoot("mailbox")
    page.goto("/plan")
    me.see(words["free"])
    me.shoot("free")

    # Free: twenty of a class of twenty-one, then the wall; what was drafted can be accepted.
    lesson = me.hand_in(21)
    me.see(words["left"])
    me.shoot("photos")
    page.get_by_role("link", name=words["what_now"]).click()
    me.see(words["too_few"])
    me.shoot("too-few")
    page.go_back()
    page.locator("button[value=draft]").click()
    page.wait_for_url("**/plan/wall**")
    me.see(words["refused"])
    me.see(words["wall"])
    me.shoot("wall")
    page.goto(lesson)
    expect(page.locator(".state--drafted")).to_have_count(20, timeout=5 * PATIENCE)
    me.shoot("lesson")
    page.locator(".wall a").first.click()
    page.wait_for_url("**/desk/**")
    me.shoot("desk")
    first = page.url
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: "/desk/" in url and url != first)

    # Bought, and unlocked.
    me.buy("subscription", "teacher")
    me.pay(GOOD)
    me.see(words["paid"])
    me.see(words["teacher"])
    me.shoot("bought")
    page.get_by_role("button", name=words["waited"]).click()
    page.wait_for_url("**/desk/**")
    page.goto(lesson)
    expect(page.locator(".state--drafted")).to_have_count(20)  # one is accepted, the last one is there

    # At the renewal the card fails: grace; with another card all is well again.
    me.put_in_card(EMPTY)
    me.move_clock("payment")
    page.goto("/lessons")
    me.see(words["failed"])
    me.shoot("banner")
    expect(page.locator(".notice--warn a")).to_have_count(2)  # pay, or another card
    page.locator(".notice--warn a[href='/plan']").click()
    page.wait_for_url("**/plan")
    me.see(words["failed"])
    me.see(words["declined"])
    me.shoot("grace")
    assert me.letters().get_by_text(words["failed_letter"].format(studio="willow")).count() == 1
    me.put_in_card(GOOD)
    me.see(words["press"])
    me.shoot("new-card")
    me.move_clock("payment")
    page.goto("/lessons")
    expect(page.locator(".notice--warn")).to_have_count(0)
    page.goto("/plan")
    me.see(words["renews"])
    me.see(words["teacher"])
    me.shoot("recovered")

    # Yearly, with what it costs shown before; cancelled; resumed.
    page.goto("/plan/change")
    me.shoot("choices")
    key = f"vermilion-subscription-teacher-year-{CURRENCY[language]}"
    page.locator("form", has=page.locator(f"input[value={key}]")).locator("button").click()
    expect(page.locator("tbody tr")).to_have_count(2)  # what is given back, and the year
    me.shoot("quote")
    page.locator("main form[method=post] button").click()
    me.see(words["changed"])
    me.shoot("yearly")
    page.locator("form[action='/plan/cancel'] button").click()
    me.see(words["cancelled"])
    me.shoot("cancelled")
    page.locator("form[action='/plan/resume'] button").click()
    me.see(words["resumed"])
    me.see(words["renews"])

    # What was paid, on paper.
    papers = page.get_by_role("link", name="PDF")
    expect(papers).to_have_count(3)
    me.shoot("invoices")
    for number in range(3):
        answer = page.request.get(papers.nth(number).get_attribute("href") or "")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.body().startswith(b"%PDF-")
    page.goto("/plan")
    page.locator("form[action='/plan/portal'] button").click()
    page.wait_for_url("**/p/session/**")
    me.shoot("portal-at-the-end")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_prepaid_pass_follows_the_trial(visit: Callable[[str], Visitor], language: str) -> None:
    me = visit(language)
    me.sign_up("harbour")
    me.buy("pass", "teacher")
    me.page.wait_for_url("**/c/pay/**")
    expect(me.page.locator("[value=wechat_pay]")).to_be_checked()
    if language == "en":
        me.page.check("[value=alipay]")
    me.shoot("checkout")
    me.page.locator("button[value=pay]").click()
    me.page.locator("[name=outcome][value=pay]").click()
    me.page.wait_for_url("**/plan")
    me.see(me.words["paid"])
    me.see(me.words["trial"])
    me.shoot("during-the-trial")
    me.move_clock("trial")
    me.page.goto("/plan")
    me.see(me.words["prepaid"])
    me.see(me.words["teacher"])
    me.shoot("prepaid")
    expect(me.page.get_by_role("link", name="PDF")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_payment_that_is_on_its_way_is_seen_until_it_fails(
    visit: Callable[[str], Visitor], language: str
) -> None:
    me = visit(language)
    me.sign_up("pier")
    me.buy("pass", "teacher")
    me.page.wait_for_url("**/c/pay/**")
    me.page.locator("button[value=pay]").click()
    me.page.locator("[name=outcome][value=fail_later]").click()
    me.page.wait_for_url("**/plan")
    me.see(me.words["coming"])
    me.shoot("on-its-way")
    me.buy("pass", "teacher")
    me.see(me.words["coming"])
    me.see(me.words["twice"])
    me.shoot("before-paying")
    me.page.locator("main a.btn-quiet").click()
    me.move_clock("day")
    me.page.goto("/plan")
    me.see(me.words["not_paid"])
    me.shoot("not-paid")
    assert me.letters().get_by_text(me.words["not_paid_letter"].format(studio="pier")).count() == 1


def test_a_restart_keeps_time_and_money(visit: Callable[[str], Visitor], demo: Demo) -> None:
    me = visit("en")
    me.sign_up("mill")
    me.move_clock("day")
    me.buy("subscription", "teacher")
    me.go_on("instead_of_trial")
    me.pay(GOOD)
    me.see(me.words["trial_replaced"])
    before, sandbox = (demo.home / "clock").read_text(), demo.sandbox()
    assert int(before) >= 86_400
    demo.stop()
    demo.start()
    assert ((demo.home / "clock").read_text(), demo.sandbox()) == (before, sandbox)
    me.page.goto("/plan")
    me.see(me.words["renews"])
    me.put_in_card(GOOD)
    me.move_clock("payment")
    me.page.goto("/plan")
    expect(me.page.get_by_role("link", name="PDF")).to_have_count(2)
