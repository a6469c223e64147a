"""A prompt: a versioned template as data, from a built-in file or an operator's text; both are one class."""

from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from prompts import sandbox
from prompts.context import Audience, Context, Length, words
from prompts.vocabulary import Language

Form = Literal["compact", "long", "chat", "continuation"]
# An operator's prompt is a page or two. Far beyond that it is a mistake or an attack.
_LONGEST_SOURCE = 40_000


class PromptError(ValueError):
    """A prompt that cannot be used. The message says what is wrong and where."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shot(_Data):
    """An example inside a prompt: an imagined drawing, and the comment that a good teacher wrote on it."""

    facts: dict[str, Any]
    theme: str = ""
    medium: str = ""
    criteria: tuple[str, ...] = ()
    audience: Audience = "student"
    length: Length = "medium"
    # With look-then-write steps, what stands before the comment.
    look: str = ""
    comment: str

    def context(self) -> Context:
        """The same as a drawing's context; the plain voice, no style."""
        return Context(
            facts=self.facts,  # type: ignore[arg-type]  # reading tolerates anything, see facts_in_words
            theme=self.theme,
            medium=self.medium,
            criteria=self.criteria,
            audience=self.audience,
            length=self.length,
        )


class Prompt(_Data):
    """One version of one prompt in one language.

    ``system`` and ``user`` are templates. ``start`` is what the answer of a base without chat template begins
    with, such as "Comment:"; ``lead``, a template, is what every model's answer is made to begin with, and no
    part of the comment: what stands right before the first word weighs most. ``steps`` are the labels of the
    two parts that a model writes when it looks before it writes; without them the whole answer is the
    comment.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    version: Annotated[int, Field(ge=1)]
    language: Language
    form: Form
    about: str = ""
    system: str = ""
    user: Annotated[str, StringConstraints(min_length=1)]
    shots: tuple[Shot, ...] = ()
    start: str = ""
    lead: str = ""
    stop: tuple[Annotated[str, StringConstraints(min_length=1)], ...] = ()
    steps: tuple[()] | tuple[str, str] = ()

    @property
    def name(self) -> str:
        """Id and version, as feedback and model versions record it: ``comment@3``."""
        return f"{self.id}@{self.version}"


def load(source: str) -> Prompt:
    """Reads a prompt from YAML. PromptError says what is wrong and where."""
    if len(source) > _LONGEST_SOURCE:
        raise PromptError(f"the prompt is {len(source)} characters long; the most is {_LONGEST_SOURCE}")
    try:
        # An alias can repeat what it names without end ("billion laughs"), and a prompt has no use for it.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(source)):
            raise PromptError("the prompt uses a YAML alias (*name); write the text out instead")
        prompt = Prompt.model_validate(yaml.safe_load(source))
    except yaml.YAMLError as error:
        raise PromptError(f"not readable as YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the prompt"
        raise PromptError(f"{where}: {first['msg']}") from error
    for part in ("system", "user", "lead"):
        _try_out(part, getattr(prompt, part), prompt.language)
    return prompt


def builtins() -> list[Prompt]:
    """Every prompt that ships, all versions and languages."""
    return list(_builtins())


def builtin(language: Language, id: str = "comment") -> Prompt:
    """The newest built-in prompt of that id, or exactly ``id@version``. PromptError when there is none."""
    wanted, _, version = id.partition("@")
    found = [p for p in _builtins() if p.language == language and p.id == wanted]
    if version:
        found = [p for p in found if str(p.version) == version]
    if not found:
        known = ", ".join(p.name for p in _builtins() if p.language == language)
        raise PromptError(f"there is no built-in prompt “{id}” in “{language}”; there are: {known}")
    return max(found, key=lambda prompt: prompt.version)


@cache
def _builtins() -> tuple[Prompt, ...]:
    folder = files("prompts").joinpath("templates")
    sources = sorted((path for path in folder.iterdir() if path.name.endswith(".yaml")), key=lambda p: p.name)
    return tuple(load(path.read_text(encoding="utf-8")) for path in sources)


def _try_out(part: str, template: str, language: Language) -> None:
    """Fills the template with everything and with nothing, so that a mistake shows now and not at a desk."""
    try:
        for context in (_FULL, _EMPTY):
            values = words(context, language)
            sandbox.validate(template, set(values))
            sandbox.fill(template, values)
    except sandbox.BadTemplateError as error:
        raise PromptError(f"{part}: {error}") from error


_EMPTY = Context(facts={})
_FULL = Context(
    facts={
        "subjects": ["cat"],
        "palette": [{"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 1.0}],
        "coverage": 0.9,
        "strengths": ["contrast"],
        "weakest": "balance",
    },
    theme="My garden",
    medium="marker",
    criteria=("colour",),
    age=8,
    voice="k7",
    style=("short sentences",),
    examples=("{student}, the cat glows.",),
    instruction="mention the horizon",
)
