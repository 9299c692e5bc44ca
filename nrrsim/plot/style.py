"""Colours, line styles and bare figures shared by the plots; nothing here touches rcParams or pyplot."""

from __future__ import annotations

from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure

TYPE_SIZES: Final = {"title": 12.0, "subtitle": 9.5, "axis": 10.5, "tick": 9.0, "label": 9.0, "small": 7.5}

# M. Okabe, K. Ito, Color Universal Design (2008), without the yellow that fades on white.
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#555555")
DASHES: Final = ((0, (1, 0)), (0, (4, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.6, 1.2, 1.6)), (0, (8, 2)), (0, (2.5, 1)))
INK: Final = "#1a1a1a"
PALE: Final = "#8a8a8a"
BAND: Final = "#f4f5f7"
HALF_BAR = 0.31  # half the length of a level [columns]


def new_figure(width: float, height: float) -> Figure:
    """An empty figure with an Agg canvas [in], which no global state knows."""
    figure = Figure(figsize=(width, height), dpi=100, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def figure_of(ax: Axes) -> Figure:
    """The figure the axes stand in, through any sub-figures."""
    figure = ax.figure.figure
    assert isinstance(figure, Figure)
    return figure


def renderer_for(ax: Axes) -> RendererAgg:
    """A renderer to measure text with, whatever canvas the figure has."""
    figure = figure_of(ax)
    width, height = figure.bbox.size
    return RendererAgg(width, height, figure.dpi)  # type: ignore[no-untyped-call]


def plain_frame(ax: Axes) -> None:
    """Left and bottom spines only, in ink."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(INK)
    ax.tick_params(colors=INK, labelsize=TYPE_SIZES["tick"])


def headline(ax: Axes, title: str, subtitle: str) -> None:
    """A title over the left end of the axes, with a smaller line below it."""
    ax.set_title(title, loc="left", pad=24, fontsize=TYPE_SIZES["title"], color=INK)
    ax.annotate(
        subtitle,
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 9),
        textcoords="offset points",
        fontsize=TYPE_SIZES["subtitle"],
        color="#444444",
    )
