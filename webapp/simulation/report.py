"""The report of a simulation: one HTML page with its charts in it, each above the table of its figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pygal
from jinja2 import Environment
from pygal.style import Style

_COLOURS = (
    "#c8402c", "#2a62c8", "#3a8a48", "#7a3fa0", "#c98a1b", "#16837f",
    "#9c6b3f", "#d0508a", "#5a5a5a", "#1c3f94", "#7cb342", "#e88b2d",
)  # fmt: skip
_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    colors=_COLOURS,
    font_family="inherit",
    label_font_size=13,
    legend_font_size=13,
)
Night = dict[str, Any]


@dataclass(frozen=True)
class _Section:
    """A chart (SVG, or nothing) and the table of what it draws."""

    title: str
    chart: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def page(result: dict[str, Any]) -> str:
    """The report of what ``simulate`` gives: a page that needs nothing from elsewhere."""
    nights: list[Night] = result["nights"]
    sections = [
        _cost(nights),
        _by_teacher("Edit cost by teacher", nights, lambda one: one["edit_cost"]["mean"], _teachers_cost),
        _by_teacher(
            "Share accepted untouched, by teacher",
            nights,
            lambda one: one["untouched"],
            lambda one: _percent(one["untouched"]),
        ),
        _faults(nights),
        _verdicts(nights),
    ]
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        files("webapp.simulation").joinpath("report.html").read_text(encoding="utf-8")
    )
    return template.render(nights=len(nights) - 1, sections=sections)


def _cost(nights: Sequence[Night]) -> _Section:
    chart = _chart(nights)
    costs = [night["edit_cost"] for night in nights]
    chart.range = (0, max(cost["high"] for cost in costs))  # or an interval may leave the chart
    chart.add(
        "all teachers (simulated)",
        [{"value": cost["mean"], "ci": {"low": cost["low"], "high": cost["high"]}} for cost in costs],
    )
    rows = [
        [str(night["night"]), str(night["n"]), _interval(night["edit_cost"]), _percent(night["untouched"])]
        for night in nights
    ]
    return _Section("Edit cost", _drawn(chart), ["night", "comments", "edit cost", "untouched"], rows)


def _by_teacher(
    title: str,
    nights: Sequence[Night],
    value: Callable[[dict[str, Any]], float],
    words: Callable[[dict[str, Any]], str],
) -> _Section:
    """A line and a column for each teacher; nothing for the nights before they joined."""
    names = list(dict.fromkeys(name for night in nights for name in night["by_teacher"]))
    chart = _chart(nights)
    for name in names:
        figures = [night["by_teacher"].get(name) for night in nights]
        chart.add(name, [value(one) if one else None for one in figures])
    rows = [
        [str(night["night"])]
        + [words(night["by_teacher"][name]) if name in night["by_teacher"] else "–" for name in names]
        for night in nights
    ]
    return _Section(title, _drawn(chart), ["night", *names], rows)


def _faults(nights: Sequence[Night]) -> _Section:
    chart = _chart(nights)
    wrong, again = "shown drafts that contradict a fact", "first drafts with a classmate's sentence"
    chart.add(wrong, [night["facts_wrong"] for night in nights])
    chart.add(again, [night["repeated"] for night in nights])
    rows = [
        [str(night["night"]), _percent(night["facts_wrong"]), _percent(night["repeated"])] for night in nights
    ]
    return _Section("Faults of the drafts", _drawn(chart), ["night", wrong, again], rows)


def _verdicts(nights: Sequence[Night]) -> _Section:
    def told(by_language: dict[str, str]) -> str:
        return "; ".join(f"{language}: {text}" for language, text in by_language.items()) or "–"

    rows = [[str(night["night"]), told(night["champion"]), told(night["verdict"])] for night in nights]
    return _Section("What became of each night", "", ["night", "drafted by", "verdict"], rows)


def _chart(nights: Sequence[Night]) -> Any:
    chart = pygal.Line(
        style=_STYLE,
        width=900,
        height=380,
        js=[],  # or the chart would fetch a script
        disable_xml_declaration=True,
        legend_at_bottom=True,
        include_x_axis=True,
        allow_interruptions=True,
        x_title="night",
    )
    chart.x_labels = [str(night["night"]) for night in nights]
    return chart


def _drawn(chart: Any) -> str:
    return str(chart.render(is_unicode=True))


def _teachers_cost(figures: dict[str, Any]) -> str:
    return _interval(figures["edit_cost"])


def _interval(cost: dict[str, float]) -> str:
    return f"{cost['mean']:.3f} ({cost['low']:.3f}–{cost['high']:.3f})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
