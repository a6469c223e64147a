"""What a night between two simulated days tells whoever learns."""

from types import SimpleNamespace
from typing import Any

from webapp.simulation.night import _telling


def test_the_night_is_told_that_its_teachers_are_simulated_and_tells_each_stage_once() -> None:
    begun, told = list[str](), list[str]()

    def learn(*args: Any, tell: Any, **options: Any) -> Any:
        for stage in ("sft", "sft", "reward"):
            tell(SimpleNamespace(stage=stage))
        return args, options

    made = _telling(learn, begun.append, "file", tell=lambda one: told.append(one.stage), language="en")
    assert made == (("file",), {"simulated": True, "language": "en"})
    assert begun == ["en: sft", "en: reward"]
    assert told == ["sft", "sft", "reward"]
