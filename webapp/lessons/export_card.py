"""One comment with its drawing as a picture, to send in a chat: the drawing on its mount, the comment
under it.
"""

import io

from PIL import Image, ImageDraw

from webapp.accounts.tables import Language
from webapp.lessons.export import Class, Finished
from webapp.lessons.export_fonts import face
from webapp.lessons.export_lines import wrap

# Pixels; a phone shows a card about a third of this size.
WIDTH = 1080
MARGIN = 84
MOUNT = 28
TALLEST = 1100  # of the drawing
SIZE, LEADING = {Language.ENGLISH: 38, Language.CHINESE: 40}, {Language.ENGLISH: 60, Language.CHINESE: 70}
PAPER, SHEET, INK, SOFT, VERMILION = "#faf6ed", "#fffdf8", "#221e1a", "#5f574d", "#b93219"
RULE = "#e4dac8"


def as_card(of: Class, one: Finished, picture: bytes, *, named: bool) -> bytes:
    """The card as PNG. ``named``: the student's name stands at its head. Raises ``FontMissingError``."""
    language = of.lesson.language
    text_face = face(SIZE[language])
    inner = WIDTH - 2 * MARGIN
    lines = wrap(one.text, inner, text_face.getlength)
    small = wrap(" · ".join(p for p in (of.heading, of.date, of.studio.name) if p), inner, face(26).getlength)
    small += wrap(one.label, inner, face(26).getlength) if one.label else []

    drawing = Image.open(io.BytesIO(picture)).convert("RGB")
    scale = min((inner - 2 * MOUNT) / drawing.width, TALLEST / drawing.height)
    drawing = drawing.resize(
        (round(drawing.width * scale), round(drawing.height * scale)), Image.Resampling.LANCZOS
    )

    mount = drawing.height + 2 * MOUNT
    name_height = 86 if named and one.student else 0
    body = name_height + LEADING[language] * len(lines) + 56 + 40 * len(small)
    height = MARGIN + mount + 64 + body + MARGIN - 20
    card = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(card)

    left = (WIDTH - drawing.width) // 2
    pen.rectangle(
        (left - MOUNT, MARGIN, left + drawing.width + MOUNT - 1, MARGIN + mount - 1),
        fill=SHEET,
        outline=RULE,
        width=2,
    )
    card.paste(drawing, (left, MARGIN + MOUNT))
    y = MARGIN + mount + 64
    if name_height and one.student:
        pen.text((MARGIN, y), one.student.name, fill=INK, font=face(46, bold=True))
        y += name_height
    for line in lines:
        pen.text((MARGIN, y), line, fill=INK, font=text_face)
        y += LEADING[language]
    pen.line((MARGIN, y + 26, MARGIN + 96, y + 26), fill=VERMILION, width=4)
    y += 56
    for line in small:
        pen.text((MARGIN, y), line, fill=SOFT, font=face(26))
        y += 40
    out = io.BytesIO()
    card.save(out, "PNG", optimize=True)
    return out.getvalue()
