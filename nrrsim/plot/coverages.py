"""Bars of surface coverages and of degrees of rate control."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.axes import Axes

from nrrsim.errors import InputError
from nrrsim.plot.labels import number, wrapped
from nrrsim.plot.style import COLOURS, INK, PALE, TYPE_SIZES, new_figure, plain_frame

DECADES = 30  # coverages lower than the largest by more than this are drawn as empty


def coverages(solution_coverages: Mapping[str, float], *, ax: Axes | None = None) -> Axes:
    """Coverages as horizontal bars on a logarithmic scale, largest first, each with its value.

    Parameters
    ----------
    solution_coverages : Mapping[str, float]
        By species; zero is written and has no bar.
    ax : Axes, optional
        Drawn into; a new figure without it.

    Raises
    ------
    InputError
        If there are none, or one is negative or not finite.
    """
    items = sorted(_checked(solution_coverages, "coverage").items(), key=lambda item: -item[1])
    for name, theta in items:
        if theta < 0:
            raise InputError(f"the coverage of {name} is negative ({theta:g}).", remedy="give coverages from 0 to 1.")
    ax = _axes(ax, len(items))
    largest = max(theta for _, theta in items) or 1.0
    shown = [theta for _, theta in items if theta > largest * 10.0**-DECADES]
    low = 10.0 ** (math.floor(math.log10(min(shown, default=0.1))) - 1)
    high = 10.0 ** math.ceil(math.log10(largest))
    ax.set_xscale("log")
    for row, (_, theta) in enumerate(items):
        if theta > low:
            ax.barh(row, theta - low, left=low, height=0.62, color=COLOURS[0])
        _value(ax, max(theta, low), row, _power(theta))
    # the values stand right of the bars: room for one beyond the longest
    ax.set_xlim(low, high * (high / low) ** 0.28)
    ax.set_xticks(_decades(low, high))
    ax.tick_params(axis="x", which="minor", bottom=False)
    ax.set_xlabel("Coverage (fraction of sites)", fontsize=TYPE_SIZES["axis"], color=INK)
    return _rows(ax, [f"free {name}" if name.startswith("*") else name for name, _ in items])


def rate_control(values: Mapping[str, float], *, ax: Axes | None = None) -> Axes:
    """Degrees of rate control as horizontal bars, the largest in size first, each with its value.

    Parameters
    ----------
    values : Mapping[str, float]
        By step.
    ax : Axes, optional
        Drawn into; a new figure without it.

    Raises
    ------
    InputError
        If there are none, or one is not finite.
    """
    items = sorted(_checked(values, "degree of rate control").items(), key=lambda item: -abs(item[1]))
    ax = _axes(ax, len(items))
    for row, (_, x) in enumerate(items):
        ax.barh(row, x, height=0.62, color=COLOURS[0] if x >= 0 else COLOURS[1])
        _value(ax, x, row, number(x), left=x < 0)
    low, high = min(0.0, *(x for _, x in items)), max(0.0, *(x for _, x in items))
    width = max(high - low, 1e-3)
    ax.set_xlim(low - (0.16 * width if low < 0 else 0.0), high + 0.16 * width)
    ax.axvline(0.0, color=INK, linewidth=0.8)
    ax.set_xlabel("Degree of rate control", fontsize=TYPE_SIZES["axis"], color=INK)
    return _rows(ax, [name for name, _ in items])


def _checked(values: Mapping[str, float], what: str) -> dict[str, float]:
    if not values:
        raise InputError(f"there is no {what} to draw.", remedy="give at least one.")
    for name, value in values.items():
        if not math.isfinite(value):
            raise InputError(f"the {what} of {name} is {value}.", remedy="give finite numbers.")
    return {name: float(value) for name, value in values.items()}


def _axes(ax: Axes | None, rows: int) -> Axes:
    if ax is not None:
        return ax
    figure = new_figure(6.4, 1.0 + 0.34 * max(rows, 2))
    figure.set_layout_engine("constrained")
    return figure.add_subplot()


def _rows(ax: Axes, names: list[str]) -> Axes:
    ax.set_yticks(range(len(names)), [wrapped(name, 34) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    plain_frame(ax)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=PALE, alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
    return ax


def _value(ax: Axes, x: float, row: int, text: str, *, left: bool = False) -> None:
    ax.annotate(
        text,
        (x, row),
        xytext=(-4 if left else 4, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=TYPE_SIZES["label"],
        color=INK,
    )


def _power(theta: float) -> str:
    """0.35 or 4.2 x 10^-7."""
    if theta == 0:
        return "0"
    exponent = math.floor(math.log10(theta))
    if exponent >= -2:
        return f"{theta:.3g}"
    mantissa = f"{theta / 10.0**exponent:.1f}"
    if mantissa == "10.0":
        mantissa, exponent = "1.0", exponent + 1
    return rf"{mantissa} × $10^{{{exponent}}}$"


def _decades(low: float, high: float) -> list[float]:
    first, last = round(math.log10(low)), round(math.log10(high))
    stride = max(1, math.ceil((last - first) / 6))
    return [10.0**k for k in range(last, first - 1, -stride)]
