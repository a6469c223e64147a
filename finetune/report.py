"""A night's report: what it says of itself, and its loss curves as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pygal
from pygal.style import Style

from finetune.files import read_json
from finetune.loop import Step, figures_of

Verdict = Literal["promoted", "rejected"]


@dataclass(frozen=True)
class Report:
    """The verdict, the reasons where it is no, and ``data``, which stands in ``report.json``:

    - ``language``, ``verdict``, and ``reasons``, English sentences for the operator, none where it is
      promoted; ``causes`` are the same as codes with their numbers, see ``reasons``;
    - ``arm``: the stages that made the adapter, those apart that were left out, joined by ``+``
      (``unchanged`` where none is left); ``gained``: by how much its edit cost fell
      against the champion's, ``{"mean", "low", "high"}`` (95%), empty where there was no exam;
    - ``counts``: what became of every record, see ``Plan``;
    - ``recipe``: its name and version, or the name of a file of one's own and a hash of what is in it;
    - ``asked``: what the night was asked for; asked for the same again, it is only reported again;
    - ``stages``: ``{"name", "seconds", "figures", "curve", "drawn"}`` of each; ``curve`` is ``[step, loss]``
      by step and ``drawn`` the SVG beside the report that draws it, of a stage without steps [] and None;
    - ``seconds``: ``budget`` of the whole night, and what ``rehearsal``, ``learning`` and ``exams`` took of
      it;
    - ``exam``: figures as ``vermilion exam`` prints them, by who sat it (``champion``, or an arm) and by the
      cases: ``exam``, ``held_out``, ``golden``.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    data: dict[str, Any]


def reported(out: Path, asked: dict[str, Any]) -> Report | None:
    """The report of a night that was asked for in just this way and is over."""
    data = read_json(out / "report.json") or {}
    if data.get("asked") != asked:
        return None
    return Report(data["verdict"], tuple(data["reasons"]), data)


# Ink on paper, and vermilion for what is looked at.
_INK = Style(
    background="#fbf8f1",
    plot_background="#fbf8f1",
    foreground="#2a2623",
    foreground_strong="#2a2623",
    foreground_subtle="#8a8178",
    colors=("#c8402a", "#2a2623", "#8a8178", "#5d7a8c"),
)
_POINTS = 60


def draw_curve(path: Path, title: str, steps: Sequence[Step]) -> None:
    """The figures of a stage by step, each point the mean of its neighbourhood."""
    size = max(1, len(steps) // _POINTS)
    groups = [steps[i : i + size] for i in range(0, len(steps), size)]
    chart = pygal.Line(
        title=title,
        style=_INK,
        x_title="step",
        dots_size=1,
        show_minor_x_labels=False,
        x_labels_major_count=6,
        legend_at_bottom=True,
        js=[],
    )
    chart.x_labels = [str(group[-1].number) for group in groups]
    means = [figures_of(group) for group in groups]
    for name in figures_of(steps):
        chart.add(name, [mean.get(name) for mean in means])  # a gap where a group has none
    path.write_bytes(chart.render())


def curve_of(steps: Sequence[Step]) -> list[list[float]]:
    """[step, loss] by step, for whoever draws it otherwise."""
    return [[step.number, round(step.figures["loss"], 4)] for step in steps]
