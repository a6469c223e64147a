"""What the stages of a night are called on the operator's page."""

import re

from flask_babel import gettext as _

# As nights tell them: a kind of stage, which may come again, or who sits which exam.
_NAME = re.compile(r"(?:exam of (?P<who>[^:]+): (?P<cases>\w+)|(?P<kind>[a-z ]+?))(?: (?P<again>\d+))?")


def in_words(name: str) -> str:
    """The name that a night told, in the reader's language; one that is not known as it is."""
    found = _NAME.fullmatch(name)
    kinds = {
        "preparing the base": _("Preparing the model"),
        "rehearsal": _("Rehearsing the plain voice"),
        "sft": _("Imitating what was accepted"),
        "reward": _("Learning what is preferred"),
        "dpo": _("Moving from drafts to edits"),
        "joint": _("Moving from drafts to edits, and imitating"),
        "policy": _("Imitating the best of its own drafts"),
    }
    cases = {
        "exam": _("later lessons"),
        "held_out": _("teachers it never learned from"),
        "golden": _("the fixed cases"),
    }
    if found is None:
        return name
    if found["cases"] in cases:
        who = _("the version that serves") if found["who"] == "champion" else found["who"]
        return str(_("Exam of %(who)s: %(cases)s", who=who, cases=cases[found["cases"]]))
    if found["kind"] not in kinds:
        return name
    told = kinds[found["kind"]]
    return str(_("%(stage)s, once more", stage=told) if found["again"] else told)
