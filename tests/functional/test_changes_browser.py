"""What changes on a page while a teacher looks at it."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect
from sqlmodel import Session, select

from tests.factories import LessonFactory
from tests.functional.room import Room
from tests.functional.site import Site
from webapp.desk.tables import Draft
from webapp.lessons.facts import fingerprint, known_facts
from webapp.lessons.tables import Drawing, DrawingState, Lesson

pytestmark = pytest.mark.browser


def test_other_words_offer_other_drafts(site: Site, room: Room, desk: Callable[..., Page]) -> None:
    drawing_id = room.lesson()[0]

    def told(session: Session) -> None:
        facts = fingerprint(known_facts(session.get_one(Drawing, drawing_id)))
        for draft in session.exec(select(Draft).where(Draft.drawing_id == drawing_id)):
            draft.facts = facts

    site.do(told)
    page = desk(room, drawing_id)
    hint = page.locator(".drafts__outdated")
    expect(hint).to_have_count(0)
    page.locator("[data-turn='1']").click()
    expect(hint).to_be_visible()
    page.locator("[data-turn='-1']").click()
    expect(hint).to_have_count(0)
    page.fill("#subjects", "dog, blue rug")
    page.keyboard.press("Enter")
    expect(hint).to_be_visible()
    hint.get_by_role("button", name="Draft again").click()
    expect(page.get_by_text("New drafts are coming.")).to_be_visible()
    expect(hint).to_have_count(0)
    state = site.do(lambda session: session.get_one(Drawing, drawing_id).state)
    assert state is DrawingState.DRAFTING


def test_photos_are_numbered_without_gaps_as_they_arrive(
    site: Site, room: Room, desk: Callable[..., Page]
) -> None:
    lesson = site.do(lambda _session: _lesson(room))
    page = desk(room, room.lesson()[0])
    page.goto(f"/lessons/{lesson}/photos")
    files = [_photo(colour) for colour in ("red", "green", "blue")]
    files[1:1] = [FilePayload(name="notes.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7")]
    page.set_input_files("#photos", files)
    expect(page.locator(".photo")).to_have_count(3)
    expect(page.get_by_text("This is a PDF.")).to_be_visible()
    words = page.locator("label[for^=words-]")
    expect(words).to_have_text([f"What is in drawing {n}?" for n in (1, 2, 3)])
    expect(page.locator(".photo__thumb").last).to_have_attribute("alt", "Drawing 3")
    expect(page.locator(".photo__delete").last).to_have_attribute("aria-label", "Erase drawing 3")


def _lesson(room: Room) -> str:
    made: Lesson = LessonFactory(studio=room.studio, teacher=room.teacher)
    return made.id


def _photo(colour: str) -> FilePayload:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return FilePayload(name=f"{colour}.jpg", mimeType="image/jpeg", buffer=out.getvalue())
