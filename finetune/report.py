"""A night's report for people: loss curves as SVG."""

from collections.abc import Sequence
from pathlib import Path

import pygal
from pygal.style import Style

from finetune.loop import Step, figures_of

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
