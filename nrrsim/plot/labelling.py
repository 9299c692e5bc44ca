"""The legend and the labels of a diagram: room is found for them, and made where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation

from nrrsim.plot.placement import GAP, Anchored, Box, Floats, Obstacles, Place, along, arrange
from nrrsim.plot.style import INK, PALE, TYPE_SIZES, figure_of, renderer_for

Corner = Literal["upper right", "lower left", "upper left", "upper center", "lower center", "lower right"]

CORNERS: Final[tuple[Corner, ...]] = (
    "upper right",
    "lower left",
    "upper left",
    "upper center",
    "lower center",
    "lower right",
)
FONT_SCALES: Final = (1.0, 0.9, 0.8, 0.7, 0.6)
GROWTHS = 10  # times the y range may grow before the font shrinks
LEGEND_SIZE = 8.5
LEGEND_ROOM = 20.0  # between the legend and lines, for their labels [points]
POINTS_PER_INCH = 72.0


@dataclass(frozen=True)
class Request:
    """A label to place: text, anchor in data coordinates, size and look."""

    text: str
    x: float
    y: float
    size: float = TYPE_SIZES["label"]
    colour: str = INK
    weight: str = "normal"


@dataclass(frozen=True)
class Lines:
    """What is drawn already, in data coordinates.

    Parameters
    ----------
    polylines : sequence of ndarray
        Each of shape (n, 2).
    levels : sequence of (float, float, float)
        Left end, right end and height of each horizontal bar.
    """

    polylines: Sequence[Floats]
    levels: Sequence[tuple[float, float, float]]


@dataclass(frozen=True)
class _Layout:
    """A trial: how much found no room or is unclear, font, y range, corner of the legend, places of labels."""

    missing: int
    unclear: int
    font: float
    limits: tuple[float, float]
    corner: Corner
    places: list[Place | None]


class Labelling:
    """Finds room for the legend and the labels: in the range, in a taller range, then with a smaller font.

    Parameters
    ----------
    ax : Axes
    lines : Lines
    requests : sequence of Request
        Placed in this order.
    legend : sequence of (Line2D, str)
    """

    def __init__(
        self, ax: Axes, lines: Lines, requests: Sequence[Request], legend: Sequence[tuple[Line2D, str]]
    ) -> None:
        self.ax, self.lines, self.requests, self.entries = ax, lines, requests, legend
        self.renderer = renderer_for(ax)
        self.scale = POINTS_PER_INCH / figure_of(ax).dpi

    def settle(self) -> None:
        """Legend and labels, placed; a label without room in any trial is left out."""
        found = self._trial(FONT_SCALES[0])
        for font in FONT_SCALES[1:]:
            if found.missing == 0:
                break
            found = min(found, self._trial(font), key=_faults)
        self.ax.set_ylim(*found.limits)
        self._legend(found.font).set_loc(found.corner)
        self._write(found)

    def _trial(self, font: float) -> _Layout:
        """The first y range with room for everything at this font, or the best of them."""
        legend, sizes = self._legend(font), [self._size(r, font) for r in self.requests]
        heights = np.concatenate([*(line[:, 1] for line in self.lines.polylines), [r.y for r in self.requests]])
        low, high = float(heights.min()), float(heights.max())
        span = max(high - low, 0.5)
        room = min(0.3, (max((h for _, h in sizes), default=0.0) + 2 * GAP) / self._frame().height)
        margin = span * room / (1 - 2 * room)
        bottom, top = low - margin, high + margin
        layouts = []
        for _ in range(GROWTHS):
            self.ax.set_ylim(bottom, top)
            corner, covers, near = self._corner(legend)
            places = self._places(sizes, legend)
            unclear = near + sum(place is not None and not place.clear for place in places)
            layouts.append(_Layout(places.count(None) + covers, unclear, font, (bottom, top), corner, places))
            if _faults(layouts[-1]) == (0, 0):
                break
            top += 0.06 * span
            bottom = min(bottom, (low - room * top) / (1 - room))  # a taller range leaves the same room below
            bottom -= 0.0 if covers or near else 0.04 * span
        return min(layouts, key=_faults)

    def _legend(self, font: float) -> Legend:
        legend = self.ax.legend(
            [handle for handle, _ in self.entries],
            [text for _, text in self.entries],
            loc="upper right",
            fontsize=LEGEND_SIZE * font,
            frameon=True,
            framealpha=1.0,
            edgecolor="#d0d0d0",
            facecolor="white",
            handlelength=3.4,
            labelspacing=0.6,
            borderaxespad=0.3,
        )
        legend.set_zorder(6)
        return legend

    def _corner(self, legend: Legend) -> tuple[Corner, bool, bool]:
        """The corner where the legend is farthest from lines; whether it covers one, and whether one is near."""
        points = self._points()
        counts: dict[Corner, tuple[int, int]] = {}
        for corner in CORNERS:
            legend.set_loc(corner)
            counts[corner] = (self._covered(legend, points, 4.0), self._covered(legend, points, LEGEND_ROOM))
        chosen = min(CORNERS, key=lambda corner: counts[corner])
        legend.set_loc(chosen)
        return chosen, counts[chosen][0] > 0, counts[chosen][1] > 0

    def _covered(self, legend: Legend, points: Floats, padding: float) -> int:
        box = self._box_of(legend, padding)
        inside = (points > (box.x0, box.y0)) & (points < (box.x1, box.y1))
        return int(inside.all(axis=1).sum())

    def _places(self, sizes: Sequence[tuple[float, float]], legend: Legend) -> list[Place | None]:
        ends = np.array([[(x0, G), (x1, G)] for x0, x1, G in self.lines.levels]).reshape(-1, 2)
        bars = [Box(*(float(v) for v in bar)) for bar in self._to_points(ends).reshape(-1, 4)]
        obstacles = Obstacles(self._frame(), [self._box_of(legend, 3.0)], self._points(), bars)
        anchors = self._to_points(np.array([(r.x, r.y) for r in self.requests]).reshape(-1, 2))
        labels = [Anchored(float(x), float(y), w, h) for (x, y), (w, h) in zip(anchors, sizes, strict=True)]
        return arrange(labels, obstacles)

    def _write(self, layout: _Layout) -> None:
        for request, place in zip(self.requests, layout.places, strict=True):
            if place is None:
                continue
            x, y = self._to_points(np.array([(request.x, request.y)]))[0]
            self._annotate(request, (place.x - x, place.y - y), layout.font)
            if place.leader is not None:
                self.ax.annotate(
                    "",
                    (request.x, request.y),
                    (place.leader[1][0] - x, place.leader[1][1] - y),
                    textcoords="offset points",
                    arrowprops={"arrowstyle": "-", "color": PALE, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0},
                    zorder=2,
                )

    def _annotate(self, request: Request, offset: tuple[float, float], font: float) -> Annotation:
        text = self.ax.annotate(
            request.text,
            (request.x, request.y),
            offset,
            textcoords="offset points",
            ha="center",
            va="center",
            multialignment="center",
            linespacing=1.2,
            fontsize=request.size * font,
            fontweight=request.weight,
            color=request.colour,
            zorder=7,
            annotation_clip=False,  # else one outside a range still to be set has no size
        )
        text.set_path_effects([withStroke(linewidth=2.0, foreground="white")])
        return text

    # -- measures, all in points

    def _size(self, request: Request, font: float) -> tuple[float, float]:
        text = self._annotate(request, (0.0, 0.0), font)
        box = text.get_window_extent(self.renderer)
        text.remove()
        return box.width * self.scale, box.height * self.scale

    def _frame(self) -> Box:
        frame, s = self.ax.get_window_extent(self.renderer), self.scale
        return Box(frame.x0 * s + 1, frame.y0 * s + 1, frame.x1 * s - 1, frame.y1 * s - 1)

    def _box_of(self, legend: Legend, padding: float) -> Box:
        box = legend.get_window_extent(self.renderer)
        s = self.scale
        return Box(box.x0 * s - padding, box.y0 * s - padding, box.x1 * s + padding, box.y1 * s + padding)

    def _to_points(self, data: Floats) -> Floats:
        return np.asarray(self.ax.transData.transform(data), dtype=float) * self.scale

    def _points(self) -> Floats:
        return np.vstack([along(self._to_points(line)) for line in self.lines.polylines])


def _faults(layout: _Layout) -> tuple[int, int]:
    return layout.missing, layout.unclear
