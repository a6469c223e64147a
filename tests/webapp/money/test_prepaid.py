"""When prepaid time begins is said as it is: at once, unless what the studio has is as good and not free."""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session

from tests.billing.rows import purchase, trial
from tests.conftest import Client
from tests.factories import StudioFactory
from tests.webapp.money.test_pages import come_in, subscribed
from webapp.accounts.tables import Studio
from webapp.lessons.edge import now
from webapp.money import quota

AT_ONCE, LATER = "and begins at once.", "and begins when what you have ends."
CHINESE = {AT_ONCE: "付款后立即开始", LATER: "现有的套餐或试用到期后才开始"}


@pytest.fixture
def studio(session: Session) -> Studio:
    return StudioFactory()


def has(session: Session, studio: Studio, what: str) -> None:
    if what == "trial":
        begun = trial(now())
        begun.studio_id = studio.id
        session.add(begun)
    elif what == "teacher pass":
        session.add(purchase(1, now(), studio_id=studio.id))
    elif what == "studio, cancelled":
        subscribed(session, studio, plan="studio", seats=60, ends_at=now() + timedelta(days=20))
    session.commit()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("nothing", [AT_ONCE, AT_ONCE]),
        ("trial", [LATER, AT_ONCE]),
        ("teacher pass", [LATER, AT_ONCE]),
        ("studio, cancelled", [LATER, LATER]),
    ],
)
def test_the_beginning_is_told_for_each_plan(
    client: Client, session: Session, studio: Studio, what: str, said: list[str]
) -> None:
    has(session, studio, what)
    come_in(client, studio)
    assert re.findall("and begins [^.]+[.]", client.get("/pricing").text) == said
    page = client.get("/pricing", headers={"Accept-Language": "zh"}).text
    assert [page.count(words) for words in CHINESE.values()] == [said.count(words) for words in CHINESE]


@pytest.mark.parametrize("what", ["nothing", "trial", "teacher pass", "studio, cancelled"])
@pytest.mark.parametrize(("plan", "seats"), [("teacher", 1), ("studio", 2)])
def test_what_is_said_comes_true(
    client: Client, session: Session, studio: Studio, what: str, plan: str, seats: int
) -> None:
    has(session, studio, what)
    come_in(client, studio)
    page = client.get("/pricing").text
    teacher, large = (words == AT_ONCE for words in re.findall("and begins [^.]+[.]", page))
    session.add(purchase(9, now(), studio_id=studio.id, plan=plan, seats=seats))
    session.commit()
    found = quota.limits(session, now() + timedelta(seconds=1), studio.id)
    assert found is not None
    assert (found.source_id == "cs_9") is (large if plan == "studio" else teacher)


def test_beside_a_plan_for_some_the_number_of_seats_decides(
    client: Client, session: Session, studio: Studio
) -> None:
    subscribed(session, studio, plan="studio", seats=3, ends_at=now() + timedelta(days=20))
    come_in(client, studio)
    page = client.get("/pricing").text
    assert "For up to 3 seats it begins when what you have ends, for more at once." in page
    assert page.count(LATER) == 1
    chinese = client.get("/pricing", headers={"Accept-Language": "zh"}).text
    assert "不超过 3 个席位的" in chinese


def test_a_model_of_ones_own_is_not_sold_while_there_is_none(client: Client) -> None:
    assert "model" not in client.get("/pricing", headers={"Accept-Language": "en"}).text.lower()
    assert "模型" not in client.get("/pricing", headers={"Accept-Language": "zh"}).text
