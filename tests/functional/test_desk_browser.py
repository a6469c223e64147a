"""The desk in a real browser: by keyboard alone, without a network, in two windows, at every size."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, col, select

from tests.factories import (
    DraftFactory,
)
from tests.functional.room import DRAFTS, Room, english
from tests.functional.site import Site
from webapp.desk.tables import Comment, Draft, Feedback, Instruction, Revision, Rewrite
from webapp.lessons.tables import Drawing, DrawingState

pytestmark = pytest.mark.browser


def test_a_class_with_the_keyboard_alone(site: Site, room: Room, desk: Callable[..., Page]) -> None:
    drawings = room.lesson()
    page = desk(room, drawings[0])
    text = page.locator("#text")
    page.keyboard.press("3")
    expect(text).to_have_value(english(2))
    page.keyboard.press("1")
    expect(text).to_have_value(english(0))
    page.keyboard.press("e")
    page.keyboard.press("Control+End")
    page.keyboard.type(" I keep looking at its ears.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/desk/{drawings[1]}")
    page.keyboard.press("k")
    page.wait_for_url(f"**/desk/{drawings[0]}")
    expect(text).to_have_attribute("readonly", "")
    page.keyboard.press("j")
    page.wait_for_url(f"**/desk/{drawings[1]}")
    page.keyboard.press("2")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/desk/{drawings[2]}")
    page.keyboard.press("e")
    page.keyboard.type("Violet, this one I wrote myself.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/lessons/*")
    expect(page.get_by_text("Every comment of this lesson is written.")).to_be_visible()
    of_these = select(Feedback).where(col(Feedback.drawing_id).in_(drawings))
    records = {row.drawing_id: row.record for row in site.do(lambda session: session.exec(of_these).all())}
    first, second, third = (records[drawing] or {} for drawing in drawings)
    assert (first["chosen"], first["final"]) == (0, DRAFTS["en"][0] + " I keep looking at its ears.")
    assert (second["chosen"], second["final"]) == (1, DRAFTS["en"][1])
    assert (third["chosen"], third["final"]) == (None, "{student}, this one I wrote myself.")
    assert all(record["seconds"] > 0 for record in (first, second, third))


def test_reopening_is_seen_in_the_strip_at_once(room: Room, desk: Callable[..., Page]) -> None:
    drawings = room.lesson()
    page = desk(room, drawings[0])
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/desk/{drawings[1]}")
    page.keyboard.press("k")
    page.wait_for_url(f"**/desk/{drawings[0]}")
    frame = page.locator(f'[data-frame="{drawings[0]}"]')
    expect(frame).to_have_attribute("data-state", "accepted")
    page.locator("#reopen").click()
    expect(frame).not_to_have_attribute("data-state", "accepted")
    expect(page.locator("#text")).not_to_have_attribute("readonly", "")


def test_undo_brings_back_what_a_draft_replaced(room: Room, desk: Callable[..., Page]) -> None:
    page = desk(room, room.lesson()[0])
    text = page.locator("#text")
    text.click()
    page.keyboard.type("My own words.")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(text).to_have_value(english(0))
    page.keyboard.press("Control+z")
    expect(text).to_have_value("My own words.")


def test_without_a_network_the_text_is_kept_and_sent_later(
    site: Site, room: Room, desk: Callable[..., Page]
) -> None:
    drawing = room.lesson()[0]
    page = desk(room, drawing)
    page.context.set_offline(True)
    page.locator("#text").click()
    page.keyboard.type("Mia, written on the train.")
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    expect(page.locator("#saved")).to_have_text("Saved")
    assert page.evaluate("localStorage.length") == 0
    assert comment_text(site, drawing) == "{student}, written on the train."


def test_a_text_that_never_left_the_device_is_there_after_a_crash(
    site: Site, room: Room, desk: Callable[..., Page]
) -> None:
    drawing = room.lesson()[0]
    page = desk(room, drawing)
    page.context.set_offline(True)
    page.locator("#text").click()
    page.keyboard.type("Mia, half a thought")
    page.goto("about:blank")
    page.context.set_offline(False)
    desk(room, drawing, page)
    expect(page.locator("#text")).to_have_value("Mia, half a thought")
    expect(page.locator("#saved")).to_have_text("Saved")
    assert comment_text(site, drawing) == "{student}, half a thought"


@pytest.mark.parametrize(("keep", "kept"), [("mine", "In this window."), ("theirs", "In that window.")])
def test_of_two_windows_the_teacher_decides(
    site: Site, room: Room, desk: Callable[..., Page], keep: str, kept: str
) -> None:
    drawing = room.lesson()[0]
    page = desk(room, drawing)
    other = page.context.new_page()
    desk(room, drawing, other)
    other.locator("#text").fill("In that window.")
    expect(other.locator("#saved")).to_have_text("Saved")
    page.locator("#text").fill("In this window.")
    expect(page.locator("#clash")).to_be_visible()
    expect(page.locator("[data-theirs]")).to_have_text("In that window.")
    page.locator(f"[data-keep={keep}]").click()
    expect(page.locator("#text")).to_have_value(kept)
    expect(page.locator("#clash")).to_be_hidden()
    page.locator("#text").press("End")
    page.keyboard.type("!")
    expect(page.locator("#saved")).to_have_text("Saved")
    assert comment_text(site, drawing) == kept + "!"
    of = select(Comment.id).where(Comment.drawing_id == drawing)
    texts = select(Revision.text).where(col(Revision.comment_id).in_(of))
    assert "In that window." in site.do(lambda session: session.exec(texts).all())


def test_the_picture_is_enlarged_turned_and_shows_what_was_measured(
    site: Site, room: Room, desk: Callable[..., Page]
) -> None:
    drawing = room.lesson()[0]
    page = desk(room, drawing)
    layers = page.locator(".mount__layers")
    page.keyboard.press("+")
    expect(layers).to_have_css("transform", re.compile(r"matrix\(1\.5, 0, 0, 1\.5"))
    page.keyboard.press("0")
    page.locator("#mount").dblclick()
    expect(layers).to_have_css("transform", re.compile(r"matrix\(2\.5"))
    page.keyboard.press("m")
    expect(page.locator("#overlay")).to_be_visible()
    picture = page.locator("#drawing")
    wide = "image => image.decode().then(() => image.naturalWidth > image.naturalHeight)"
    assert page.locator("#overlay").evaluate(wide)
    assert page.locator("#mount").evaluate(ON_TOP) == "overlay"
    assert picture.evaluate(wide)
    page.keyboard.press("]")
    expect(picture).to_have_attribute("src", re.compile(r"v=1$"))
    assert not picture.evaluate(wide)
    assert site.do(lambda session: session.get_one(Drawing, drawing)).turned == 1


def test_a_fact_is_corrected_where_it_stands(site: Site, room: Room, desk: Callable[..., Page]) -> None:
    drawing = room.lesson()[0]
    page = desk(room, drawing)
    page.get_by_role("button", name=re.compile("^Paper:")).click()
    page.locator("#correct-paper").get_by_label("kraft").click()
    corrected = page.get_by_role("button", name=re.compile("^Paper: kraft"))
    expect(corrected).to_be_focused()
    page.get_by_role("button", name=re.compile("^Colours:")).click()
    palette = page.locator("#correct-palette")
    checked = palette.locator("[name=colour]:checked")
    while checked.count():
        checked.first.uncheck()
    palette.locator("[name=colour][value=turquoise]").check()
    palette.get_by_role("button", name="Correct").click()
    expect(page.get_by_role("button", name="Colours: turquoise. Correct them.")).to_be_visible()
    page.locator("#subjects").fill("a cat, the moon")
    page.locator("#subjects").press("Enter")
    expect(page.locator("#subjects")).to_have_js_property("defaultValue", "a cat, the moon")
    row = site.do(lambda session: session.get_one(Drawing, drawing))
    assert row.corrections["sheet"] == {"paper": "kraft"}
    assert [c["name"] for c in row.corrections["palette"]] == ["turquoise"]
    assert row.subjects == ["a cat", "the moon"]


def test_the_model_is_told_what_to_change_and_new_drafts_arrive(
    site: Site, room: Room, desk: Callable[..., Page]
) -> None:
    drawing = room.lesson()[0]
    page = desk(room, drawing)
    page.keyboard.press("i")
    page.keyboard.type("mention the window")
    page.keyboard.press("Enter")
    expect(page.get_by_text("New drafts are coming.")).to_be_visible()

    def draft(session: Session) -> None:  # what the worker will do
        told = session.exec(select(Instruction).where(Instruction.drawing_id == drawing)).one()
        row = session.get_one(Drawing, drawing)
        row.state = DrawingState.DRAFTED
        text = "{student}, what does your cat see through the window?"
        DraftFactory(drawing=row, round=1, shown=0, text=text, instruction_id=told.id)

    site.do(draft)
    expect(page.get_by_text("Mia, what does your cat see through the window?")).to_be_visible()
    expect(page.locator(".rounds q")).to_have_text("mention the window")
    page.get_by_role("button", name="Earlier drafts").click()
    expect(page.locator(".slip")).to_have_count(4)
    expect(page.locator("#text")).to_have_value("")


def test_one_sentence_is_written_anew(site: Site, room: Room, desk: Callable[..., Page]) -> None:
    drawing = room.lesson()[0]
    page = desk(room, drawing)
    text = page.locator("#text")
    text.fill("Mia, what a cat! It sits in the middle. Look again.")
    text.evaluate("field => field.setSelectionRange(25, 25)")
    page.keyboard.press("Alt+r")
    expect(page.get_by_text("Other wordings are being written")).to_be_visible()

    def word_it(session: Session) -> None:  # what the worker will do
        rewrite = session.exec(select(Rewrite).where(Rewrite.drawing_id == drawing)).one()
        rewrite.options = ["It rests in the middle of the mat."]

    site.do(word_it)
    page.get_by_role("button", name="It rests in the middle of the mat.").click()
    expect(text).to_have_value("Mia, what a cat! It rests in the middle of the mat. Look again.")
    page.keyboard.press("Control+z")
    expect(text).to_have_value("Mia, what a cat! It sits in the middle. Look again.")


def test_words_can_be_dictated(room: Room, desk: Callable[..., Page], open_page: Callable[..., Page]) -> None:
    page = desk(room, room.lesson()[0])
    page.add_init_script(
        """window.SpeechRecognition = class {
             start() { this.onresult({results: [[{transcript: "blue kite."}]]}); this.onend(); }
           };"""
    )
    page.reload()
    page.locator("[data-dictate=subjects]").click()
    expect(page.locator("#subjects")).to_have_value(re.compile(", blue kite$"))


ON_TOP = """mount => { const box = mount.getBoundingClientRect();
  return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2).id; }"""
SMALL_TARGETS = """least => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest(".visually-hidden, .skip, p"))
  .map(e => [e, (e.closest("label") ?? e).getBoundingClientRect()])
  .filter(([e, r]) => r.width && r.height && (r.height < least - 0.5 || r.width < least - 0.5))
  .map(([e, r]) => `${e.outerHTML.slice(0, 90)} ${r.width}x${r.height}`)"""
NAMELESS = """() => [...document.querySelectorAll("a, button, summary")]
  .filter(e => e.checkVisibility() && !(e.ariaLabel || e.textContent.trim())).map(e => e.outerHTML)"""


@pytest.mark.parametrize("width", [390, 820, 1440])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh", "dark")])
def test_it_fits_every_screen(
    request: pytest.FixtureRequest,
    desk: Callable[..., Page],
    width: int,
    language: str,
    scheme: str,
) -> None:
    room: Room = request.getfixturevalue("room" if language == "en" else "chinese")
    touch = width < 1000
    page = desk(
        room,
        room.lesson()[0],
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        has_touch=touch,
        is_mobile=touch,
    )
    page.locator("[data-choose]").nth(1).click()
    expect(page.locator("#text")).not_to_have_value("")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SMALL_TARGETS, 44 if touch else 24) == []
    assert page.evaluate(NAMELESS) == []
    assert page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-Hans"}[language]
    expect(page.locator("#accept")).to_be_in_viewport()
    drawing, slip = (page.locator(where).bounding_box() for where in (".mount", ".slip >> nth=0"))
    assert drawing
    assert slip
    assert drawing["width"] * drawing["height"] > slip["width"] * slip["height"]


# Of the usual length, 42 to 45 words.
USUAL = (
    "{student}, the orange of your cat glows against the purple mat, and it makes me feel how warm and "
    "sleepy that corner must be. Your bold outlines hold every shape in its place. What could you put on the "
    "quiet side of the sheet next time?",
    "What a calm cat, {student}! It sits right in the middle and we look at it first. The purple mat under "
    "it answers the orange, and you filled the sheet right up to its edges. Try a thinner line for the "
    "whiskers next time, and look how they change.",
    "{student}, your lines are bold and sure, and they curve round the cat as if you were stroking it. I "
    "like how the orange carries the picture while the purple stays underneath. Next time you could show us "
    "what your cat is looking at.",
    "I see at once where it is cosy in your picture, {student}: on the mat. The big orange shape stands out "
    "strongly from what is around it, and nothing is left empty. Where would a small dark place help us to "
    "see the light better?",
)


def test_four_drafts_of_the_usual_length_lie_beside_the_drawing(
    site: Site, room: Room, desk: Callable[..., Page]
) -> None:
    drawing = room.lesson()[1]

    def lengthen(session: Session) -> None:
        for draft in session.exec(select(Draft).where(Draft.drawing_id == drawing)).all():
            draft.text = USUAL[draft.shown]

    site.do(lengthen)
    page = desk(room, drawing, viewport={"width": 1440, "height": 900})
    slips = page.locator(".slip__text")
    expect(slips).to_have_count(4)
    for number in range(4):
        expect(slips.nth(number)).to_be_in_viewport(ratio=1)
    page.keyboard.press("2")
    expect(page.locator("#text")).to_have_value(USUAL[1].replace("{student}", "Noah"))
    expect(page.locator("#remarks li")).to_have_count(1)  # this cat is grey; its letter is the taller for it
    for number in range(3):
        expect(slips.nth(number)).to_be_in_viewport(ratio=1)
    drawn = page.locator(".mount").bounding_box()
    panel = page.locator(".drafts").bounding_box()
    assert drawn
    assert panel
    assert drawn["width"] * drawn["height"] > panel["width"] * panel["height"]


def comment_text(site: Site, drawing: str) -> str:
    of_it = select(Comment.text).where(Comment.drawing_id == drawing)
    return site.do(lambda session: session.exec(of_it).one())
