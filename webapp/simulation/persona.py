"""How a simulated teacher is written down: a YAML list of personas, read with errors that name the field."""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from prompts.context import Audience
from prompts.vocabulary import Language, table

FIELDS = frozenset(
    {
        "colour1",
        "colour2",
        "share1",
        "place",
        "warmth_word",
        "line_weight",
        "line_direction",
        "coverage_word",
        "contrast_word",
        "subject",
        "student",
        "theme",
    }
)
"""What a sentence of a persona may name in braces."""

ANY = "any"
"""The suggestions for a drawing whose weakest side is unknown, or has no suggestions of its own."""


class PersonaError(ValueError):
    """A file of personas cannot be used. The message names the file, the persona, the field and what is
    wrong."""


def fields_of(sentence: str) -> set[str]:
    """The names in braces. ValueError for a brace that is not closed, and for more than a name in braces."""
    found = set()
    for _, name, spec, conversion in Formatter().parse(sentence):
        if name is not None:
            if name not in FIELDS or spec or conversion:
                raise ValueError(f"{{{name}}} is no field; there are {', '.join(sorted(FIELDS))}")
            found.add(name)
    return found


def _sentence(sentence: str) -> str:
    fields_of(sentence)
    return sentence


Sentence = Annotated[str, Field(min_length=1), AfterValidator(_sentence)]


class Persona(BaseModel):
    """One simulated teacher. ``praise`` is by fact, ``suggestion`` by the drawing's weakest side.

    ``facts``: how many facts a comment names, the first of ``order`` all of whose fields have a value.
    ``max_words`` counts words, in Chinese characters. ``accept_below``: the edit cost up to which the nearest
    draft is accepted as it stands. ``effort``: the share of the differing spans that the teacher mends.
    ``from_night``: the night on which they join.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=60)
    language: Language
    opening: tuple[Sentence, ...] = Field(min_length=1)
    praise: Mapping[str, tuple[Sentence, ...]]
    facts: int = Field(ge=0)
    order: tuple[str, ...]
    suggestion: Mapping[str, tuple[Sentence, ...]] = Field(default_factory=dict)
    closing: tuple[Sentence, ...] = ()
    avoid: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    max_words: int = Field(gt=0)
    accept_below: float = Field(ge=0)
    effort: float = Field(ge=0, le=1)
    audience: Audience = "student"
    from_night: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _known(self) -> Self:
        if missing := [fact for fact in self.order if fact not in self.praise]:
            raise ValueError(f"order: praise has no sentences for {', '.join(missing)}")
        known = {ANY, *table()["qualities"]}
        if strange := [side for side in self.suggestion if side not in known]:
            there = ", ".join(sorted(known))
            raise ValueError(f"suggestion: {', '.join(strange)} is no side of a drawing; there are {there}")
        return self


def shipped(name: str) -> Path | None:
    """The file of personas that ships under this name (``six.yaml``), if there is one."""
    path = Path(str(files("webapp.simulation").joinpath("personas", name)))
    return path if "/" not in name and path.is_file() else None


def load(path: Path) -> list[Persona]:
    """The personas of a file. An entry may also be one that ships, with changes: ``shipped: en/storyteller``.

    PersonaError, also when two have one name or nobody is there on night 0.
    """
    personas = [_persona(path, number, entry) for number, entry in enumerate(_entries(path), 1)]
    names = [persona.name for persona in personas]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise PersonaError(f"{path.name}: more than one persona has the name {', '.join(twice)}.")
    if all(persona.from_night for persona in personas):
        raise PersonaError(f"{path.name}: from_night: somebody must teach from night 0 on.")
    return personas


def _entries(path: Path) -> list[Any]:
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PersonaError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(entries, list) or not entries:
        raise PersonaError(f"{path.name}: a file of personas is a list, each entry with a dash and a name.")
    return entries


def _persona(path: Path, number: int, entry: Any) -> Persona:
    where = f"{path.name}, persona {number}"
    if isinstance(entry, dict):
        where += f" ({entry.get('name') or entry.get('shipped') or 'without a name'})"
        if "shipped" in entry:
            entry = {**_shipped_entry(where, str(entry["shipped"])), **entry}
            del entry["shipped"]
    try:
        return Persona.model_validate(entry)
    except ValidationError as error:
        raise PersonaError("\n".join(f"{where}: {line}" for line in _lines(error))) from error


def _shipped_entry(where: str, which: str) -> dict[str, Any]:
    file, _, name = which.partition("/")
    path = shipped(f"{file}.yaml")
    entries: Iterable[dict[str, Any]] = _entries(path) if path else ()
    for entry in entries:
        if entry.get("name") == name:
            return entry
    raise PersonaError(
        f"{where}: shipped: there is no {which}; write a language and a name, as en/storyteller."
    )


def _lines(error: ValidationError) -> Iterable[str]:
    for problem in error.errors():
        field = ".".join(str(part) for part in problem["loc"])
        said = problem["msg"].removeprefix("Value error, ")
        yield f"{field}: {said}" if field else said
