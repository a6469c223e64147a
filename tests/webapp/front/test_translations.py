"""Every word that pages, letters and the API say is translated, with the same blanks in it."""

import io
import re
from collections import defaultdict
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from billing.sandbox.pages.words import WORDS

WEBAPP = Path(__file__).parents[3] / "webapp"
SOURCES = sorted(WEBAPP.glob("**/translations/zh/LC_MESSAGES/messages.po"))
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


def test_a_day_and_what_follows_it_are_set_alike_everywhere() -> None:
    """A day's own character needs no space after it; the digits of a moment, which ends with the time, do."""
    days, moments = set(), set()
    for source in SOURCES:
        for message in read_po(io.BytesIO(source.read_bytes())):
            found = re.findall(r"%\(day\)s( ?)为止", str(message.string))
            (moments if message.context == "moment" else days).update(found)
    assert (days, moments) == ({""}, {" "})


def test_nothing_is_translated_in_two_ways() -> None:
    """All catalogues are merged: a later room's words would be read on an earlier one's pages. Words that
    mean something else elsewhere are told apart by a context.
    """
    ways = defaultdict(set)
    for source in SOURCES:
        for message in read_po(io.BytesIO(source.read_bytes())):
            if message.id:
                said = message.id if isinstance(message.id, str) else message.id[0]
                ways[message.context, said].add(str(message.string))
    assert {said: found for said, found in ways.items() if len(found) > 1} == {}


def test_a_plan_that_goes_on_is_called_the_same_everywhere() -> None:
    """On our pages and on those that stand in for Stripe's, which are read one after the other."""
    everything = [source.read_text() for source in SOURCES] + [repr(WORDS)]
    assert [text for text in everything if "续订" in text] == []
    assert len([text for text in everything if "自动续费" in text]) >= 3
