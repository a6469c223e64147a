"""What a night says of itself: its report, and the loss of every descent drawn."""

from pathlib import Path
from xml.etree import ElementTree

from finetune.loop import Step
from finetune.report import curve_of, draw_curve
from tests.finetune.tiny_night import report

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = {
    "n",
    "edit_cost",
    "edit_cost_best",
    "untouched",
    "facts_wrong",
    "repeated",
    "misfit",
    "by_teacher",
    "by_criterion",
    "by_kind",
}


def drawn(path: Path) -> tuple[str, list[str]]:
    """The title of a chart and the names of its lines."""
    root = ElementTree.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    texts = {
        name: ["".join(one.itertext()) for one in root.iter() if name in one.get("class", "").split()]
        for name in ("plot_title", "legend")
    }
    return " ".join(texts["plot_title"]), [text.strip() for text in texts["legend"]]


def test_every_descent_of_a_night_is_drawn_beside_its_report(tiny_nights: Path) -> None:
    stages = report(tiny_nights, "whole")["stages"]
    named = [stage["drawn"] for stage in stages]
    assert named == ["0-sft.svg", None, "2-joint.svg", "3-policy.svg", None]
    sft, _, joint, *_ = [stage["figures"] for stage in stages]
    assert {"imitation", "told apart"} <= sft.keys()
    assert joint["examples"] == 20 < report(tiny_nights, "whole")["counts"]["train"]
    out = tiny_nights / "whole"
    assert {path.name for path in out.glob("*.svg")} == {name for name in named if name}
    for stage in stages:
        assert stage.keys() == {"name", "seconds", "figures", "curve", "drawn"}
        assert bool(stage["curve"]) == bool(stage["drawn"])
        if stage["drawn"]:
            title, lines = drawn(out / stage["drawn"])
            assert title == f"{stage['name']}: {tiny_nights / 'tiny'}"
            assert "loss" in lines
            assert set(lines) <= stage["figures"].keys()
            assert [number for number, _ in stage["curve"]] == [*range(1, stage["figures"]["steps"] + 1)]


def test_a_curve_has_a_line_for_each_figure_and_sixty_points_or_so(tmp_path: Path) -> None:
    steps = [
        Step(number, 600, 1e-3, 10, 0.1, {"loss": 1 / number, **({"margin": 0.5} if number > 300 else {})})
        for number in range(1, 601)
    ]
    draw_curve(tmp_path / "curve.svg", "joint: tiny", steps)
    assert drawn(tmp_path / "curve.svg") == ("joint: tiny", ["loss", "margin"])
    circles = list(ElementTree.parse(tmp_path / "curve.svg").iter(f"{SVG}circle"))
    assert len(circles) == 60 + 30  # and a gap where there is no margin yet
    assert curve_of(steps)[1] == [2, 0.5]


def test_a_report_has_the_fields_that_are_written_down(tiny_nights: Path) -> None:
    told = report(tiny_nights, "whole")
    assert told.keys() == {
        *("language", "verdict", "reasons", "causes", "gained", "arm", "recipe"),
        *("counts", "asked", "stages", "seconds", "exam"),
    }
    assert told["gained"].keys() == {"mean", "low", "high"}
    assert told["seconds"].keys() == {"budget", "rehearsal", "learning", "exams"}
    assert told["asked"].keys() == {
        *("feedback", "language", "base", "recipe", "start", "start_sha256", "seed", "simulated"),
    }
    arms = ["sft+reward", "sft+reward+joint+policy+reward"]
    assert list(told["exam"]) == ["champion", *arms]
    assert told["arm"] in arms
    for sets in told["exam"].values():
        assert {"exam", "held_out"} <= sets.keys() <= {"exam", "held_out", "golden"}
        assert sets["exam"].keys() == FIGURES
        assert sets["held_out"] == {"n": 0}
