"""What one record shows by itself."""

import re
from itertools import chain

from drafting.check import CONTRADICTIONS
from drafting.check.case import Case
from drafting.check.colour import check_colour
from drafting.check.degree import check_degree
from drafting.check.form import check_language, no_words
from drafting.check.number import check_number
from drafting.check.place import check_place
from drafting.check.sentences import split, units
from drafting.check.things import check_things, names_subject, thing_words
from drafting.write.pieces import has_only_letters_of
from finetune.records import Record
from finetune.scrub import plain
from finetune.words import phrases
from prompts import Context
from prompts.vocabulary import Language, table

# Of the bounds of a short and of a long comment: teachers may write shorter and longer than they ask for.
_SHORTEST, _LONGEST = 0.5, 1.5
# A foreign word in our letters is none too many, a foreign sentence is.
_FOREIGN = 0.3


def fault(one: Record) -> str | None:
    """Why the accepted text is no comment to imitate: ``language``, ``instruction`` or ``length``."""
    if one.final and _foreign(one) > _FOREIGN:
        return "language"
    if _instructs(one):
        return "instruction"
    lengths = table()["lengths"]
    counted = "words" if one.language == "en" else "characters"
    least, most = _SHORTEST * lengths["short"][counted][0], _LONGEST * lengths["long"][counted][1]
    return None if least <= len(units(one.final, one.language)) <= most else "length"


def harm(one: Record) -> str | None:
    """Why a text would do harm: an ``insult``, or what an edit says ``against the facts``.

    A draft may be wrong, and the teacher may leave it so; an edit that makes a true draft wrong is swapped or
    meant.
    """
    noted = Case("", one.context, one.language).known
    insults = phrases("insults", "insults", one.language).finditer(plain(one.final))
    if any(match[0].casefold() not in noted for match in insults):
        return "insult"
    draft = one.draft.text if one.draft else ""
    wrong = _contradictions(one.final, one.context, one.language)
    if wrong and wrong - _contradictions(draft, one.context, one.language):
        return "against the facts"
    return None


def is_of_another(one: Record) -> bool:
    """Whether the text tells of things that neither the teacher nor a draft saw in the drawing, and of
    nothing that she noted of it. Never where she noted what the check does not know."""
    subjects = one.context.facts.get("subjects") or ()
    known = re.compile(thing_words(one.language), re.IGNORECASE)
    noted = [words for words in (*subjects, one.context.theme) if words]
    if not subjects or not all(map(known.search, subjects)):
        return False
    if any(names_subject(one.final, words, one.language) for words in noted):
        return False
    drafted = " \n ".join(draft.text for draft in one.drafts).casefold()
    things = check_things(Case(one.final, one.context, one.language))
    return any(one.final[slice(*flag["span"])].casefold() not in drafted for flag in things)


def is_whole(one: Record) -> bool:
    """Whether drafting may write every word of it. One that the writer cannot spell would be a hole in the
    sentence, and holes would be learned; one that is no word would be learned, and every draft that says it
    thrown away."""
    if not has_only_letters_of(one.language, one.final):
        return False
    return one.language != "en" or not any(no_words(Case(one.final, one.context, one.language)))


def _foreign(one: Record) -> float:
    """The share of the text that is of another language."""
    flags = check_language(Case(one.final, one.context, one.language))
    foreign = {place for flag in flags for place in range(*flag["span"])}
    return len(foreign) / len(one.final)


def _instructs(one: Record) -> bool:
    """Whether a sentence speaks to the machine. Then the rest is not what the teacher wanted either."""
    text = plain(one.final)
    if phrases("instructions", "within", one.language).search(text):
        return True
    whole = phrases("instructions", "whole", one.language)
    return any(
        whole.fullmatch(sentence.text.strip(" .!?。！？…~～")) for sentence in split(text, one.language)
    )


def _contradictions(text: str, context: Context, language: Language) -> set[tuple[str, str]]:
    """Kind and words of each phrase that contradicts a measured fact."""
    case = Case(text, context, language)
    # Only the checks that can find one: all of them would take four times as long.
    flags = chain(check_colour(case), check_place(case), check_number(case), check_degree(case))
    return {
        (flag["kind"], text[slice(*flag["span"])].casefold())
        for flag in flags
        if flag["kind"] in CONTRADICTIONS
    }
