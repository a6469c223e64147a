"""Every word that the shared pages and the desk say is translated, with the same blanks in it."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

WEBAPP = Path(__file__).parents[3] / "webapp"
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
BLOCKS = {"trim_blocks": "true", "lstrip_blocks": "true"}
OPTIONS = {"**.html": BLOCKS, "**.txt": BLOCKS}


@pytest.mark.parametrize(
    ("folders", "catalogue"),
    [
        (["front", "templates"], "."),
        (["accounts"], "accounts"),
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
    said = {
        message
        for folder in folders
        for _file, _line, message, *_ in extract_from_dir(WEBAPP / folder, METHODS, OPTIONS)
        if isinstance(message, str)
    }
    assert said, "nothing was found to translate"
    assert sorted(said - {key for key, value in known.items() if value}) == []
    for message in said:
        assert sorted(re.findall(r"%\(\w+\)s", message)) == sorted(
            re.findall(r"%\(\w+\)s", str(known[message]))
        )
