"""What does each way of learning do by itself? The same simulated lessons, once for each.

Every part goes through the same days, from the same starter, with one seed. The best of those that learn, and
learning off, are then run with more seeds, so that what chance does can be seen beside what learning does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from finetune.recipe import Recipe, Stage


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9+_-]{0,39}$")]
    stages: tuple[Stage, ...] = ()


_ENTRIES = TypeAdapter(list[_Entry])

Wanted = tuple["Part", int]
"""A part, and the seed that it is to be run with."""
Simulate = Callable[[Sequence[Wanted]], Iterable[dict[str, Any]]]
"""Those runs, in this order, each as ``simulate`` gives it."""


@dataclass(frozen=True)
class Part:
    """One way of learning; ``recipe`` is None where nothing is learned."""

    name: str
    recipe: Recipe | None

    @property
    def key(self) -> str:
        """The name, with a hash of what is done, so that what another recipe left is never taken for it."""
        return self.recipe.id if self.recipe else self.name


def parts(path: Path) -> list[Part]:
    """The parts of a file. ValueError says what is wrong with it, also where nothing learns."""
    try:
        entries = _ENTRIES.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    if not any(one.stages for one in entries):
        raise ValueError(f"{path.name}: no part has stages, so nothing would learn; see study.yaml for some.")
    return [
        Part(
            one.name, Recipe(name=f"study-{one.name}", exam=False, stages=one.stages) if one.stages else None
        )
        for one in entries
    ]


def study(
    compared: Sequence[Part],
    seeds: int,
    simulate: Simulate,
    save: Callable[[dict[str, Any]], None] = lambda _result: None,
) -> dict[str, Any]:
    """All runs: ``{"simulated": true, "best": name, "runs": [{"part", "seed", "nights"}]}``, which ``save``
    gets after each run.

    The best part is that with the lowest edit cost on the last night of seed 0.
    """
    runs: list[dict[str, Any]] = []
    result: dict[str, Any] = {"simulated": True, "best": None, "runs": runs}

    def run(wanted: Sequence[Wanted]) -> None:
        for (part, seed), done in zip(wanted, simulate(wanted), strict=True):
            runs.append({"part": part.name, "seed": seed, "nights": done["nights"]})
            save(result)

    learning = [part for part in compared if part.recipe is not None]
    idle = [part for part in compared if part.recipe is None]
    run([(part, 0) for part in compared] + [(part, seed) for seed in range(1, seeds) for part in idle])
    last = {one["part"]: one["nights"][-1]["edit_cost"]["mean"] for one in runs if one["seed"] == 0}
    best = min(learning, key=lambda part: last[part.name])
    result["best"] = best.name
    run([(best, seed) for seed in range(1, seeds)])
    save(result)
    return result


def table(result: Mapping[str, Any]) -> str:
    """The runs as a table in Markdown, which says above it that they are simulated: the edit cost of every
    night, and what else the last one shows."""
    nights = len(result["runs"][0]["nights"]) if result["runs"] else 0
    heads = ["part", "seed", *(f"night {night}" for night in range(nights)), "untouched", "wrong", "repeated"]
    lines = [heads, ["---"] * len(heads)]
    for run in result["runs"]:
        last = run["nights"][-1]
        costs = [f"{night['edit_cost']['mean']:.3f}" for night in run["nights"]]
        shares = [f"{last[name]:.0%}" for name in ("untouched", "facts_wrong", "repeated")]
        lines.append([run["part"], str(run["seed"]), *costs, *shares])
    rows = ("| " + " | ".join(cells) + " |" for cells in lines)
    return "\n".join(["**Simulated teachers:** edit cost of each night.", "", *rows])
