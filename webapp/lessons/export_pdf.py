"""The lesson as a PDF: for each child the drawing and, beside it, the comment, set like a letter."""

import io

from fpdf import FPDF
from PIL import Image

from webapp.accounts.tables import Language
from webapp.lessons.export import Class, Finished, picture_of
from webapp.lessons.export_fonts import SIMPLIFIED, serif
from webapp.lessons.export_lines import wrap
from webapp.platform.storage import Storage

# Millimetres on A4.
MARGIN = 20
PICTURE = 62
GAP = 8
LEADING = 6.6
SIZE = 11.5  # points
VERMILION, INK, SOFT = (185, 50, 25), (34, 30, 26), (95, 87, 77)
PIXELS = 900
"""The longest side of an embedded drawing: 62 mm at 300 dots an inch, and some to zoom into."""


def as_pdf(of: Class, storage: Storage) -> bytes:
    """The finished file. Raises ``FontMissingError``."""
    pdf = _Pages(of)
    for one in of.comments:
        _comment(pdf, one, picture_of(storage, one.drawing))
    return bytes(pdf.output())


class _Pages(FPDF):
    """A4 with the lesson's heading on the first page and its name and the page's number at the foot of
    each.
    """

    def __init__(self, of: Class) -> None:
        super().__init__(format="A4")
        self.of = of
        for style, bold in (("", False), ("B", True)):
            self.add_font("serif", style, serif(bold=bold), collection_font_number=SIMPLIFIED)
        self.set_image_filter("DCTDecode")  # JPEG: lossless photos would make a class tens of megabytes
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.c_margin = 0  # text begins where the pictures do
        self.set_auto_page_break(auto=False)
        self.set_title(of.heading)
        self.set_lang("zh-Hans" if of.lesson.language is Language.CHINESE else "en")
        self.set_creator("Vermilion")
        self.add_page()
        self.set_text_color(*INK)
        self.set_font("serif", "B", 20)
        self.multi_cell(0, 10, of.heading, new_x="LMARGIN", new_y="NEXT", align="L")
        self.set_font("serif", "", 10.5)
        self.set_text_color(*SOFT)
        self.cell(0, 7, f"{of.studio.name} · {of.date}", new_x="LMARGIN", new_y="NEXT")
        self.set_draw_color(*VERMILION)
        self.set_line_width(0.5)
        self.line(MARGIN, self.y + 2, MARGIN + 24, self.y + 2)
        self.ln(9)

    @property
    def foot(self) -> float:
        """How far down the page may be filled."""
        return float(self.h) - MARGIN

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("serif", "", 8.5)
        self.set_text_color(*SOFT)
        self.cell(0, 5, self.of.heading)
        self.set_x(MARGIN)
        self.cell(0, 5, str(self.page_no()), align="R")


def _comment(pdf: _Pages, one: Finished, picture: bytes | None) -> None:
    image = _fitted(picture)
    left = MARGIN + PICTURE + GAP if image else MARGIN
    width = pdf.w - MARGIN - left
    text = _text_height(pdf, one, width)
    tall = PICTURE * image.height / image.width if image else 0.0
    if pdf.y + max(text, tall) > pdf.foot and pdf.y > MARGIN + 30:
        pdf.add_page()
    top = pdf.y
    if image:
        pdf.image(image, MARGIN, top, w=PICTURE, alt_text=one.name)
    pdf.set_xy(left, top)
    pdf.set_text_color(*INK)
    pdf.set_font("serif", "B", 13)
    pdf.cell(width, 8, one.name, new_x="LEFT", new_y="NEXT")
    pdf.set_font("serif", "", SIZE)
    for line in _lines(pdf, one.text, width):
        if pdf.y + LEADING > pdf.foot:  # a comment longer than the page goes on on the next
            pdf.add_page()
            pdf.set_x(left)
        pdf.cell(width, LEADING, line, new_x="LEFT", new_y="NEXT")
    if one.label:
        pdf.set_font("serif", "", 8.5)
        pdf.set_text_color(*SOFT)
        pdf.multi_cell(width, 5, one.label, new_x="LEFT", new_y="NEXT", align="L")
    pdf.set_y(max(pdf.y, top + tall) + 10)


def _lines(pdf: FPDF, text: str, width: float) -> list[str]:
    return wrap(text, width, pdf.get_string_width)


def _text_height(pdf: FPDF, one: Finished, width: float) -> float:
    pdf.set_font("serif", "", SIZE)
    return 8 + LEADING * len(_lines(pdf, one.text, width)) + (10 if one.label else 0)


def _fitted(picture: bytes | None) -> Image.Image | None:
    """Small enough for a file that is sent about."""
    if picture is None:
        return None
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.thumbnail((PIXELS, PIXELS))
    return image
