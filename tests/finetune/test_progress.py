"""How far a night is, and how long the rest will take."""

from types import SimpleNamespace

import pytest

from finetune import progress
from finetune.progress import Progress, teller


def test_another_part_of_a_stage_has_a_pace_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Policy samples slowly and then descends fast."""
    clock, told = [0.0], list[Progress]()
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    tell = teller("policy", told.append)
    for done, seconds in ((1, 100), (2, 100), (3, 100), (1, 20), (2, 1), (3, 1)):
        clock[0] += seconds
        tell(done, 3 if seconds == 100 else 50)
    assert [one.seconds_left for one in told] == [None, 100.0, 0.0, None, 48.0, 47.0]


@pytest.mark.parametrize("first", [1, 41])
def test_the_rest_takes_as_long_as_what_was_told_of_did(monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    """A step takes two seconds; before the first there were thirty, and those before a kill are no pace."""
    clock, told = [0.0], list[Progress]()
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    tell = teller("sft", told.append)
    clock[0] = 30.0
    for done in range(first, first + 3):
        clock[0] += 2
        tell(done, 50)
    assert [(one.done, one.seconds_left) for one in told] == [
        (first, None),
        (first + 1, 2.0 * (49 - first)),
        (first + 2, 2.0 * (48 - first)),
    ]
