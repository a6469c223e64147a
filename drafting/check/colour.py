"""Colours that a draft names and the drawing does not have."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from drafting.check.case import Case, any_word, spelt
from drafting.check.flag import Flag, flag, lexicon, listed
from prompts.facts import Facts
from prompts.vocabulary import Language, table

_TAKEN_FOR_KNOWN = re.compile(
    r"(?:\b(?:the|your|this|that|these|those|its)|['’]s) "
    r"(?:(?:other|same|dark|deep|light|pale|bright|soft|strong) )*"
    r"(?:[\w-]+(?:, | and | or |, and ))*$",
    re.IGNORECASE,
)
_BRINGS_IN = re.compile(
    r"(?P<new>用|加|添|增|补|试|换|成|画|涂|刷|描|勾|抹|撒|洒|点[一几些上缀出]|选|挑|配|有|来|铺|叠|罩|贴|剪|混|调|染)|把|将|让|使|在|给|跟着|围绕|沿着|看着"
)


@cache
def colour_words(language: Language) -> dict[str, frozenset[str]]:
    """Every word for a colour, with the vocabulary's names of the colours it may mean."""
    words: dict[str, set[str]] = {}
    for row in table()["colours"]:
        own = (
            [row["name"], *row["also"]] if language == "en" else [row["zh"], row["zh"][:-1], *row["also_zh"]]
        )
        for word in own:
            words.setdefault(word, set()).add(row["name"])
    for word, names in lexicon("colours")["also"][language].items():
        words.setdefault(word, set()).update(names)
    return {word: frozenset(names) for word, names in words.items()}


def palette(facts: Facts) -> list[str]:
    """The drawing's colours, the largest first; a name from a file that the vocabulary lacks is left out."""
    known = {row["name"] for row in table()["colours"]}
    return [colour["name"] for colour in facts.get("palette") or () if colour["name"] in known]


def said(name: str, language: Language) -> str:
    """A colour's name in a language."""
    return name if language == "en" else next(row["zh"] for row in table()["colours"] if row["name"] == name)


# Where a text names a colour, and what colours the word may mean.
Mention = tuple[tuple[int, int], frozenset[str]]


@lru_cache(maxsize=32)  # several checks of one draft ask the same
def mentions(text: str, language: Language) -> tuple[Mention, ...]:
    """Each place where the text names a colour, in order."""
    return tuple(_mentions(text, language))


def _mentions(text: str, language: Language) -> Iterator[Mention]:
    words = colour_words(language)
    for match in _pattern(language).finditer(_without_idioms(text, language)):
        if not match["word"]:
            continue
        word = re.sub(r"[ -]+", " ", match["word"].lower())
        names = words.get(word) or words.get(word.replace(" ", "-")) or frozenset()
        if names:
            yield match.span("word"), names


def check_colour(case: Case) -> Iterator[Flag]:
    """Flags each colour named that is neither measured, nor the paper's, nor in the teacher's words.

    A colour that is only proposed ("try a dark blue behind the moon") is not said to be there; one that a
    proposal takes for granted ("make the purple stronger") is.
    """
    measured = case.context.facts.get("palette")
    has = _has(case.context.facts) | _named(case.noted, case.language)
    noted = _noted_colours(tuple(case.context.facts.get("subjects") or ()), case.language)
    for span, names in mentions(case.plain, case.language):
        words = case.text[span[0] : span[1]]
        if _proposed(case, span[0]):
            continue
        if names & has:
            for thing, colours in noted:
                if not names & colours and thing.match(case.plain, span[1]):
                    right = listed([said(name, case.language) for name in sorted(colours)], case.language)
                    yield flag("colour", span, case.language, "colour_noted", colour=right, words=words)
        elif measured is None:
            yield flag("unknowable", span, case.language, "colour_guess", words=words)
        else:
            yield flag("colour", span, case.language, colour=_lacking(words, names, case.language),
                       palette=_what_it_has(case.context.facts, case.language))  # fmt: skip


def _proposed(case: Case, at: int) -> bool:
    """Whether the colour there is new in a suggestion: in English without an article that takes it for known,
    in Chinese after a verb that brings it in (用, 加, 画成) and no 把 or 让 since."""
    if not case.suggested_at(at):
        return False
    start = case.sentence_at(at).start
    if case.language == "en":
        return not _TAKEN_FOR_KNOWN.search(case.text, start, at)
    verbs = list(_BRINGS_IN.finditer(case.text, start, at))
    return bool(verbs and verbs[-1]["new"])


@lru_cache(maxsize=256)  # a lesson's drawings are checked many times each
def _noted_colours(
    subjects: tuple[str, ...], language: Language
) -> list[tuple[re.Pattern[str], frozenset[str]]]:
    """Of subjects like "red mat": a pattern for what follows the colour, and which colours it may mean."""
    found = []
    gap = r"[ \-]" if language == "en" else "的?"
    for subject in subjects:
        for span, names in mentions(subject, language):
            if thing := subject[span[1] :].removeprefix("的").strip(" -"):
                found.append((re.compile(rf"{gap}{re.escape(thing)}", re.IGNORECASE), names))
    return found


def forbidden_words(facts: Facts, language: Language) -> list[str]:
    """The words for colours that the drawing lacks, longest first, to be banned while a draft is written.

    A word inside an allowed one is left out, since banning 蓝 would ban 浅蓝 too; so are words that mostly
    stand in others (白 in 留白). ``check`` finds what slips through. Empty when the colours are unknown.
    """
    if facts.get("palette") is None:
        return []
    noted = " ".join(facts.get("subjects") or ()).casefold()
    has = _has(facts) | _named(noted, language)
    words = colour_words(language)
    allowed = [word for word, names in words.items() if names <= has] + [noted]
    common = {"白", "黑", *lexicon("colours")["things"]["zh"]}
    banned = [
        word
        for word, names in words.items()
        if not names & has and word not in common and not any(word in other for other in allowed)
    ]
    return sorted(banned, key=lambda word: (-len(word), word))


def _has(facts: Facts) -> set[str]:
    paper = lexicon("colours")["papers"].get((facts.get("sheet") or {}).get("paper"))
    return {*palette(facts), *([paper] if paper else [])}


@lru_cache(maxsize=256)  # a lesson's drawings are checked many times each
def _named(text: str, language: Language) -> frozenset[str]:
    """The colours in the teacher's own words, read generously: a rose may be rose, and an orange orange."""
    found = {name for _, names in mentions(text, language) for name in names}
    if language == "en":
        words = colour_words("en")
        for match in _things().finditer(text):
            found |= words[match["thing"].lower()]
    return frozenset(found)


@cache
def _things() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?P<thing>{_bare(lexicon('colours')['things']['en'])})s?(?!\w)", re.IGNORECASE
    )


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    known = lexicon("colours")
    things = set(known["things"][language])
    sure = [word for word in colour_words(language) if word not in things]
    if language == "zh":
        things_with_cue = "|".join(f"{thing}(?=色)" for thing in things)
        return re.compile(f"(?P<word>{any_word(sure, 'zh')}|{things_with_cue})")
    # "reddish brown" is a brown; "rose" is a flower or a verb, and "rose pink" a colour.
    cue = "|".join(known["cues"]["en"])
    return re.compile(
        rf"(?P<word>(?<![\w{{])(?:{_bare(sure)}|(?:{_bare(things)})(?=[ \-](?:{cue})\b)))"
        rf"(?:s|y|ish)?(?![\w}}])|(?<!\w)\w+ish (?=(?:{_bare(sure)})(?!\w))",
        re.IGNORECASE,
    )


def _bare(words: list[str] | set[str]) -> str:
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(map(spelt, ordered))


def _without_idioms(text: str, language: Language) -> str:
    return _idioms(language).sub(lambda match: "\0" * len(match[0]), text)


@cache
def _idioms(language: Language) -> re.Pattern[str]:
    ending = "s?" if language == "en" else ""
    return re.compile(any_word(lexicon("colours")["idioms"][language], language, ending), re.IGNORECASE)


def _lacking(words: str, names: frozenset[str], language: Language) -> str:
    """The colour as the draft called it, or its plain name where that is a cut one (绿 of 绿叶)."""
    if len(names) == 1 and (language == "zh" or words.lower() in names):
        return said(next(iter(names)), language)
    return words.lower()


def _what_it_has(facts: Facts, language: Language) -> str:
    names = [said(name, language) for name in palette(facts)]
    if not names:
        return str(lexicon("reasons")["colours_none"][language])
    row = "colours_main" if len(names) > 4 else "colours_are"
    return str(lexicon("reasons")[row][language].format(colours=listed(names[:4], language)))
