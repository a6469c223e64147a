"""A recipe: which stages a night runs, with what. Data, so that it can be kept beside what came of it."""

from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

StageName = Literal["sft", "reward", "dpo", "joint", "policy"]
BUILT_IN = ("default", "classic", "starter")
MOST_ARMS = 2
"""After so many stages at most there is an arm that sits the exam: of many the best would be so by chance."""
MOST_EPOCHS = 20


_DESCENT = ("epochs", "least_steps", "rate", "batch")
READS: dict[StageName, tuple[str, ...]] = {
    "sft": (*_DESCENT, "evened", "contrast"),
    "reward": (),
    "dpo": (*_DESCENT, "beta", "most"),
    "joint": (*_DESCENT, "beta", "most", "imitation"),
    "policy": (*_DESCENT, "candidates", "share"),
}
"""The options of ``Stage`` that each kind of stage goes by, besides ``examined``."""


class RecipeError(ValueError):
    """The recipe cannot be used. The message names the place and what is wrong."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stage(_Strict):
    """One stage. ``examined``: what comes out of it is a candidate; without any such, the last stage's is.

    What a kind does not read (``READS``) cannot be set, but to what it is anyway, as a stage that is written
    out whole has it. ``beta`` and ``most``, of how many of the records they learn (None: of all), are of the
    preference stages, ``imitation`` (λ) of ``joint``, ``candidates`` and ``share`` of ``policy``, which goes
    by the reward of the stage right before it, or by the hand-made score.
    ``batch`` is examples a step; None: the recipe's. ``least_steps``: of few examples there are more epochs,
    until there are as many steps; at most 20. ``evened``: up to so many times an epoch ``sft`` goes through
    the comments of whoever has fewer than the busiest teacher. ``contrast`` is how much ``sft`` makes of
    whose a comment is; see ``voice``.
    """

    stage: StageName
    epochs: Annotated[int, Field(ge=1, le=MOST_EPOCHS)] = 1
    least_steps: Annotated[int, Field(ge=0)] = 0
    evened: Annotated[int, Field(ge=1, le=8)] = 1
    contrast: Annotated[float, Field(ge=0, le=100)] = 0.0
    rate: Annotated[float, Field(gt=0, le=0.1)] = 2e-4
    batch: Annotated[int | None, Field(ge=1, le=64)] = None
    beta: Annotated[float, Field(gt=0, le=10)] = 0.1
    imitation: Annotated[float, Field(ge=0, le=100)] = 1.0
    most: Annotated[int | None, Field(ge=1)] = None
    candidates: Annotated[int, Field(ge=2, le=16)] = 8
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    examined: bool = False

    @model_validator(mode="after")
    def _sets_only_what_is_read(self) -> Self:
        for name, field in type(self).model_fields.items():
            read = name in ("stage", "examined", *READS[self.stage])
            if not read and getattr(self, name) != field.default:
                raise ValueError(f"{self.stage} does not read the option {name}")
        return self


class Recipe(_Strict):
    """``version`` goes up with every change of what ships.

    ``most_new`` and ``most_old`` bound how many records of this and of earlier nights are learned from.
    ``demonstrations``: how many of the starter's own lessons are gone through again. ``rehearsed``: of how
    many of the night's drawings what the starter writes is learned, too. ``minutes``: the whole night from
    the first exam on; what the exams will take is put aside, and the descents do fewer steps where the rest
    does not suffice. Whatever the exams take, the last descent has a quarter of it at least, the one before
    an eighth, the one before that a twelfth, and so on. Nothing bounds the exams and the rehearsal
    themselves: where these take longer, so does the night. ``rank`` is that of a fresh adapter. ``fresh``:
    begins from the base alone. ``defend``: drops what would harm whoever learns from it (see ``sieve``); what
    was written by hand needs none of it. Without ``exam`` nothing of the file is kept back and what comes out
    is promoted as it is: for starters, and for studies of what a stage does by itself.
    """

    name: str
    version: Annotated[int | None, Field(ge=1)] = None
    fresh: bool = False
    defend: bool = True
    exam: bool = True
    minutes: Annotated[float, Field(gt=0)] = 60.0
    rank: Annotated[int, Field(ge=1, le=64)] = 8
    batch: Annotated[int, Field(ge=1, le=64)] = 8
    most_new: Annotated[int, Field(ge=1)] = 240
    most_old: Annotated[int, Field(ge=0)] = 120
    demonstrations: Annotated[int, Field(ge=0)] = 0
    rehearsed: Annotated[int, Field(ge=0)] = 0
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _examines_few(self) -> Self:
        if sum(stage.examined for stage in self.stages) > MOST_ARMS:
            raise ValueError(f"at most {MOST_ARMS} stages can be examined in a night")
        return self

    @property
    def id(self) -> str:
        """As an adapter records it: ``default@3``; ``mine#1f2e3d4c``, with a hash of what it says, where it
        has no version."""
        if self.version is not None:
            return f"{self.name}@{self.version}"
        told = self.model_dump_json(exclude={"name", "version"}, exclude_defaults=True)
        return f"{self.name}#{sha256(told.encode()).hexdigest()[:8]}"


def load(source: str | Path) -> Recipe:
    """A built-in recipe by name, or one from a file; the name of a file's is its stem, and it may leave out
    its version. RecipeError."""
    if source in BUILT_IN:
        path = files("finetune").joinpath("recipes", f"{source}.yaml")
        name, text = str(source), path.read_text(encoding="utf-8")
    else:
        try:
            name, text = Path(source).stem, Path(source).read_text(encoding="utf-8")
        except OSError as error:
            raise RecipeError(
                f"There is no recipe “{source}”. Use {', '.join(BUILT_IN)}, or a YAML file."
            ) from error
    try:
        told = yaml.safe_load(text)
        recipe = Recipe(**{"name": name, **told})
    except ValidationError as error:
        wrong = (
            ": ".join(
                filter(None, (".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, ")))
            )
            for one in error.errors()
        )
        raise RecipeError(f"{source}: {'; '.join(wrong)}") from error
    except (yaml.YAMLError, TypeError) as error:
        raise RecipeError(f"{source}: {error}") from error
    if source in BUILT_IN and recipe.version is None:
        raise RecipeError(f"{source}: a recipe that ships has a version.")
    return recipe
