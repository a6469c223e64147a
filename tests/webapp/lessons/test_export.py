import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tests.factories import CommentFactory, DraftFactory, DrawingFactory, LessonFactory, StudentFactory
from webapp.accounts.tables import Language
from webapp.desk.tables import CommentState
from webapp.lessons import export, export_fonts
from webapp.lessons.export_card import as_card
from webapp.lessons.export_lines import wrap
from webapp.lessons.export_pdf import as_pdf
from webapp.lessons.photos import DRAWING
from webapp.platform.storage import Storage, photo_key

EN = (
    "{student}, the orange of your cat carries the whole picture, and the quiet blue behind it lets it glow. "
    "You kept going until the sheet was full. What could you place on the left side?"
)
ZH = (
    "{student}，橙色的小猫一下子就跳进了我的眼睛，后面安静的蓝色把它衬得更亮。"
    "你一直画到纸都满了，真有耐心！下次想一想：左边可以放点什么呢？"
)


def drawing_file() -> bytes:
    image = Image.new("RGB", (800, 600), "#fffdf8")
    pen = ImageDraw.Draw(image)
    pen.ellipse((220, 150, 620, 500), fill="#e88b2d")
    pen.rectangle((60, 500, 740, 560), fill="#c8202c")
    out = io.BytesIO()
    image.save(out, "WEBP")
    return out.getvalue()


@pytest.fixture
def storage(tmp_path) -> Storage:
    return Storage.open(f"file://{tmp_path}/files")


def a_class(session, storage, language: Language, n: int = 3, **student) -> export.Class:
    zh = language is Language.CHINESE
    lesson = LessonFactory(
        language=language,
        title="周六上午班" if zh else "Saturday group",
        theme="我的猫" if zh else "My cat",
        taught_on=date(2026, 11, 21),
    )
    lesson_studio = lesson.studio_id
    for i in range(n):
        name = ("王小雨", "李沐阳", "赵可欣")[i % 3] if zh else ("Mia Chen", "Ben", "Violet")[i % 3]
        child = StudentFactory(studio_id=lesson_studio, name=name, called=name.split()[0], **student)
        drawing = DrawingFactory(lesson=lesson, student_id=child.id, position=i)
        draft = DraftFactory(drawing=drawing)
        CommentFactory(
            drawing=drawing,
            text=ZH if zh else EN,
            state=CommentState.ACCEPTED,
            draft_id=draft.id if i else None,
        )
        storage.put(photo_key(lesson_studio, drawing.id, DRAWING), drawing_file())
    return export.finished(session, lesson, labelled=True)


def test_only_accepted_comments_leave_the_house_with_names(session, storage) -> None:
    of = a_class(session, storage, Language.ENGLISH)
    CommentFactory(drawing=DrawingFactory(lesson=of.lesson, position=9), text="{student}, still open.")
    of = export.finished(session, of.lesson)
    assert [one.name for one in of.comments] == ["Mia Chen", "Ben", "Violet"]
    assert of.comments[0].text.startswith("Mia, the orange")
    assert not any(one.label for one in of.comments)


def test_the_label_is_on_what_a_model_drafted_only(session, storage) -> None:
    of = a_class(session, storage, Language.CHINESE)
    assert [bool(one.label) for one in of.comments] == [False, True, True]


def test_csv_opens_in_excel_and_runs_nothing(session, storage) -> None:
    of = a_class(session, storage, Language.CHINESE, 1)
    of.comments[0].student.name = "=HYPERLINK(1)"
    data = export.as_csv(of)
    assert data.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows[0][:2] == ["学生", "评语"]
    assert rows[1][0] == "'=HYPERLINK(1)"
    assert rows[1][1].startswith("王小雨，橙色")
    assert rows[1][4] == "2026-11-21"


@given(st.text(max_size=30))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert export._inert(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"} or not text


def test_text_has_names_and_blanks(session, storage) -> None:
    of = a_class(session, storage, Language.ENGLISH, 1)
    nobody = DrawingFactory(lesson=of.lesson, position=5)
    CommentFactory(drawing=nobody, text="{student}, what a sky.", state=CommentState.ACCEPTED)
    text = export.as_text(export.finished(session, of.lesson))
    assert text.startswith("Saturday group · My cat\n21 November 2026\n\nMia Chen\nMia, the orange")
    assert "____\n____, what a sky." in text


@pytest.mark.parametrize("language", list(Language))
def test_pdf_of_a_class(session, storage, language) -> None:
    of = a_class(session, storage, language, 7)
    data = as_pdf(of, storage)
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") >= 2
    assert data.count(b"/Subtype /Image") >= 1
    assert len(data) < 3_000_000


def test_pdf_without_photos_and_with_a_comment_longer_than_a_page(session, storage) -> None:
    of = a_class(session, storage, Language.ENGLISH, 1)
    storage.delete(of.studio.id)
    drawing = DrawingFactory(lesson=of.lesson, position=4)
    CommentFactory(drawing=drawing, text="So much to see. " * 600, state=CommentState.ACCEPTED)
    assert as_pdf(export.finished(session, of.lesson), storage).count(b"/Type /Page\n") >= 3


@pytest.mark.parametrize("language", list(Language))
def test_card(session, storage, language) -> None:
    of = a_class(session, storage, language, 2)
    one = of.comments[1]
    with_name = Image.open(io.BytesIO(as_card(of, one, export.picture_of(storage, one.drawing), named=True)))
    without = Image.open(io.BytesIO(as_card(of, one, export.picture_of(storage, one.drawing), named=False)))
    assert with_name.format == "PNG"
    assert with_name.width == 1080
    assert with_name.height > without.height > 1080
    assert (232, 139, 45) in {pixel for _n, pixel in with_name.getcolors(1 << 24)}  # the cat is on it


def test_a_missing_font_says_what_to_install(session, storage, monkeypatch) -> None:
    of = a_class(session, storage, Language.CHINESE, 1)
    monkeypatch.setattr(export_fonts, "FOLDERS", ())
    export_fonts.serif.cache_clear()
    with pytest.raises(export_fonts.FontMissingError, match="fonts-noto-cjk"):
        as_pdf(of, storage)
    export_fonts.serif.cache_clear()


def test_lines_break_where_a_typesetter_would() -> None:
    assert wrap("你好，世界！这是画。", 3, len) == ["你好，", "世界！", "这是", "画。"]
    assert wrap("a «word» (in brackets), then", 12, len) == ["a «word» (in", "brackets),", "then"]
    assert wrap("one\ntwo", 10, len) == ["one", "two"]
    assert wrap("用iPad画的猫", 6, len) == ["用iPad画", "的猫"]
    assert wrap("", 5, len) == [""]


@given(st.text(alphabet="画猫，。（）aB .,()\n", max_size=80), st.integers(4, 20))
def test_wrapping_loses_nothing_and_fits(text: str, width: int) -> None:
    lines = wrap(text, width, len)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) <= width or " " not in line.strip() for line in lines)
