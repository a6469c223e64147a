"""Forms of the lessons room."""

from typing import Any

from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from prompts.context import LIMITS, MOST
from webapp.lessons.choices import CRITERIA, TONES
from webapp.lessons.naming import SHORTEST_NAME
from webapp.lessons.rosters import LONGEST_NAME
from webapp.lessons.tables import LONGEST_TITLE


def _worded(table: dict[str, dict[str, str]]) -> list[SelectChoice]:
    language = "zh" if str(get_locale()).startswith("zh") else "en"
    return [SelectChoice(key, words[language]) for key, words in table.items()]


def _stripped(value: str | None) -> str:
    return " ".join((value or "").split())


class LessonForm(FlaskForm):
    title = StringField(
        _("Title"),
        [
            DataRequired(_("Give the lesson a title, for example the group's name.")),
            Length(max=LONGEST_TITLE),
        ],
        filters=[_stripped],
    )
    theme = StringField(
        _("Theme"),
        [Length(max=LIMITS["theme"])],
        filters=[_stripped],
        description=_("What the class drew: “My garden”, “A rainy city”."),
    )
    medium = StringField(_("Medium"), [Length(max=LIMITS["medium"])], filters=[_stripped])
    taught_on = DateField(_("Date"), [InputRequired(_("Choose the day of the lesson."))])
    criteria = SelectMultipleField(
        _("What the lesson was about"),
        option_widget=widgets.CheckboxInput(),
        validate_choice=False,
        description=_("The comments look at these first."),
    )
    own_criteria = StringField(
        _("Something else"),
        [Length(max=200)],
        filters=[_stripped],
        description=_("In a few words, separated by commas."),
    )
    audience = RadioField(
        _("The comment is for"),
        choices=[
            SelectChoice("student", _("the student")),
            SelectChoice("guardians", _("the family")),
            SelectChoice("report", _("a report")),
        ],
    )
    tone = RadioField(_("Tone"))
    length = RadioField(
        _("Length"),
        choices=[
            SelectChoice("short", _("1–2 sentences")),
            SelectChoice("medium", _("2–4 sentences")),
            SelectChoice("long", _("5–8 sentences")),
        ],
    )
    language = RadioField(
        _("Language of the comments"), choices=[SelectChoice("en", "English"), SelectChoice("zh", "中文")]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria.choices = _worded(CRITERIA)
        self.tone.choices = _worded(TONES)

    def chosen_criteria(self) -> list[str]:
        """The ticked ones, then the teacher's own."""
        own = [
            part.strip() for part in self.own_criteria.data.replace("，", ",").replace("、", ",").split(",")
        ]
        ticked = [key for key in self.criteria.data or [] if key in CRITERIA]
        return [*ticked, *[part[: LIMITS["criterion"]] for part in own if part]]

    def validate_criteria(self, _field: Any) -> None:
        """More than the prompt has room for would be left out of it unseen."""
        if len(self.chosen_criteria()) > MOST["criteria"]:
            raise ValidationError(gettext("Choose at most %(num)s, your own included.", num=MOST["criteria"]))


_two_characters = Length(
    min=SHORTEST_NAME,
    message=_("Write at least two characters: a single one could not be told from other words."),
)


class StudentForm(FlaskForm):
    name = StringField(
        _("Name"),
        [DataRequired(_("A student needs a name.")), _two_characters, Length(max=LONGEST_NAME)],
        filters=[_stripped],
    )
    called = StringField(
        _("In comments"),
        [Optional(), _two_characters, Length(max=LONGEST_NAME)],
        filters=[_stripped],
        description=_("How comments address the child. Leave it empty for the usual form of the name."),
    )
    birth_year = IntegerField(
        _("Birth year"),
        [
            Optional(),
            NumberRange(min=1900, max=2100, message=_("Write the year in four figures, such as 2018.")),
        ],
    )


class RosterForm(FlaskForm):
    """A list, typed or pasted, or a CSV file; ``consent`` is the teacher's word for all of it."""

    lines = TextAreaField(_("One student a line"), [Length(max=60_000)])
    file = FileField(_("or a CSV file"))
    consent = BooleanField(_("I hold the consent of these children's guardians to process their drawings."))


class PastForm(FlaskForm):
    text = TextAreaField(
        _("Comments you wrote before"),
        [DataRequired(_("Paste at least one comment.")), Length(max=400_000)],
        description=_("One a line, or one a paragraph with empty lines between. Names are taken out."),
    )
