"""Takes out of a record how somebody can be reached or found, before anything is learned from it.

Names are taken out where the roster is known, when the record is made; of a file that comes without one only
those are found by which somebody is called (``names``). A sentence that holds an address goes as a whole, so
that no sentence with a hole is learned.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from drafting.check.case import Case
from drafting.check.sentences import STUDENT
from drafting.standing import without
from finetune.names import called, replaced
from finetune.records import Record, record
from finetune.words import lexicon
from prompts.vocabulary import Language

# A record's own ids are looked for in its texts, unless they are so short that they may be words.
_SHORTEST_ID = 6
_IDS = ("id", "studio", "teacher", "drawing")


def scrub(one: Record) -> Record | None:
    """The record without e-mails, phone numbers, addresses, ids and messengers' handles, and with
    ``{student}`` where the child is called by a name; None to refuse it.

    A record that must not train is refused, one in which a name is in doubt, and one of whose accepted text
    or of one of whose drafts nothing that stands by itself is left. A record without any of these comes back
    as it is.
    """
    if not one.trains:
        return None
    line = dict(one.line)
    private, nameless = _private(line), _nameless(one)
    if nameless is None:
        return None
    texts = [nameless(text) for text in (one.final, *(draft.text for draft in one.drafts))]
    final, *drafts = (_comment(text, one.language, private) for text in texts)
    if final is None or None in drafts:
        return None
    line |= {
        "final": final,
        "drafts": [
            draft if text == draft["text"] else {**draft, "text": text, "flags": _placeless(draft)}
            for draft, text in zip(line["drafts"], drafts, strict=True)
        ],
        "lesson": _fields(line.get("lesson"), ("theme", "medium", "criteria", "tone"), private, nameless),
        "context": _fields(line.get("context"), ("style", "examples", "instruction"), private, nameless),
        "facts": _fields(line.get("facts"), ("subjects",), private, nameless),
    }
    return record(line)


@cache
def contact() -> re.Pattern[str]:
    """Whatever can be dialled, mailed, opened or looked up, in a text as ``plain`` makes it."""
    lists: dict[str, list[str]] = lexicon("contacts")
    return re.compile("|".join(f"(?:{one})" for each in lists.values() for one in each), re.IGNORECASE)


def plain(text: str) -> str:
    """The text in compatibility form (NFKC: full-width digits and letters as usual ones), without characters
    that nobody sees."""
    shown = unicodedata.normalize("NFKC", text)
    return "".join(character for character in shown if unicodedata.category(character) != "Cf")


def _private(line: Mapping[str, Any]) -> Callable[[str], re.Match[str] | None]:
    """What finds a contact or one of the record's own ids in a plain text."""
    ids = [line.get(name) for name in _IDS]
    ids += [(line.get(part) or {}).get("id") for part in ("lesson", "student")]
    own = [re.escape(one) for one in ids if isinstance(one, str) and len(one) >= _SHORTEST_ID]
    if not own:
        return contact().search
    return re.compile("|".join([contact().pattern, *own]), re.IGNORECASE).search


def _nameless(one: Record) -> Callable[[str], str] | None:
    """What takes out of a text the names by which any text of the record calls somebody; None where one is in
    doubt."""
    told = one.context
    texts = [one.final, *(draft.text for draft in one.drafts), *told.style, *told.examples, told.instruction]
    # An instruction says nothing of drawing or lesson by which a name could be told from a thing.
    noted = Case("", replace(told, instruction=""), one.language).known
    names: dict[str, bool] = {}
    for text in texts:
        names |= called(str(text), one.language, noted)
    if any(names.values()):
        return None
    return lambda text: replaced(text, names, STUDENT) if names else text


def _comment(text: str, language: Language, private: Callable[[str], re.Match[str] | None]) -> str | None:
    if not private(plain(text)):
        return text
    rest = without(text, language, lambda sentence: bool(private(plain(sentence))))
    # An address that runs over the end of a sentence is in none of them.
    return None if rest is None or private(plain(rest)) else rest


def _fields(
    table: object,
    names: tuple[str, ...],
    private: Callable[[str], re.Match[str] | None],
    nameless: Callable[[str], str],
) -> dict[str, Any]:
    """The table, where a field or an entry of a list is emptied that holds something private, and the others
    are nameless."""
    cleaned = dict(table) if isinstance(table, Mapping) else {}
    for name in names:
        value = cleaned.get(name)
        if isinstance(value, str):
            cleaned[name] = "" if private(plain(value)) else nameless(value)
        elif isinstance(value, list | tuple):
            cleaned[name] = [nameless(entry) for entry in map(str, value) if not private(plain(entry))]
    return cleaned


def _placeless(draft: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The draft's flags, now about the whole text: the places that they name no longer fit."""
    return [{**flag, "span": [0, 0]} for flag in draft.get("flags") or ()]
