"""Every word that pages, letters and the API say is translated, with the same blanks in it."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

WEBAPP = Path(__file__).parents[3] / "webapp"
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
OPTIONS = {kind: {"trim_blocks": "true", "lstrip_blocks": "true"} for kind in ("**.html", "**.txt")}


@pytest.mark.parametrize(
    ("folders", "catalogue"),
    [
        (["front", "templates"], "."),
        (["accounts"], "accounts"),
        (["api"], "api"),
        (["desk"], "desk"),
        (["lessons"], "lessons"),
        (["money"], "money"),
        (["operator", "school"], "operator"),
        (["platform"], "platform"),
    ],
)
def test_nothing_is_left_in_english(folders: list[str], catalogue: str) -> None:
    source = WEBAPP / catalogue / "translations/zh/LC_MESSAGES/messages.po"
    known = {m.id: m.string for m in read_po(io.BytesIO(source.read_bytes())) if m.id}
    found = [
        (file, message)
        for folder in folders
        for file, _line, message, *_ in extract_from_dir(WEBAPP / folder, METHODS, OPTIONS)
    ]
    said = {message for _file, message in found if isinstance(message, str)}
    assert said, "nothing was found to translate"
    letters = {str(path.name) for folder in folders for path in (WEBAPP / folder).rglob("*.txt")}
    assert letters == {Path(file).name for file, _message in found if file.endswith(".txt")}
    assert sorted(said - {key for key, value in known.items() if value}) == []
    for message in said:
        assert sorted(re.findall(r"%\(\w+\)s", message)) == sorted(
            re.findall(r"%\(\w+\)s", str(known[message]))
        )


@pytest.mark.parametrize("catalogue", ["money", "operator"])
def test_chinese_sets_a_space_between_its_characters_and_amounts_or_days(catalogue: str) -> None:
    """A day begins with a digit, and ends with a Chinese character."""
    source = WEBAPP / catalogue / "translations/zh/LC_MESSAGES/messages.po"
    han = "[\u4e00-\u9fff]"
    close = re.compile(rf"{han}%\((amount|price|day|time)\)s|%\((amount|price)\)s{han}")
    said = [str(message.string) for message in read_po(io.BytesIO(source.read_bytes()))]
    assert [text for text in said if close.search(text)] == []
