"""The free-energy diagram of a catalyst: levels, transition states, and what limits each pathway.

Levels that pathways share are drawn and labelled once. States stand in columns: by electrons transferred for an
electrochemical catalyst, so that pathways align at the same count, by step for a thermal one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from numpy.typing import NDArray

from nrrsim.analysis.diagram import LARGEST_CHEMICAL_STEP, Diagram, DiagramStep, HydrogenEvolution, PathwayDiagram
from nrrsim.errors import InputError
from nrrsim.plot.labels import chemical, conditions_line, number, state, wrapped
from nrrsim.plot.placement import Anchored, Box, Obstacles, Place, along, arrange
from nrrsim.plot.style import (
    BAND,
    COLOURS,
    DASHES,
    INK,
    PALE,
    figure_of,
    new_figure,
    plain_frame,
    renderer_for,
    type_scale,
)

Floats = NDArray[np.float64]

CANONICAL: Final = ("distal", "alternating", "enzymatic", "dissociative")
ELECTROCHEMICAL: Final = "electrochemical"
SMALLEST_HUMP = 0.02  # a transition state less than this above both its levels is drawn as a plain line [eV]
HALF_BAR = 0.31  # half the length of a level [columns]
FONT_SCALES = (1.0, 0.9, 0.8, 0.7, 0.6)
GROWTHS = 10  # times the y range may grow before the font shrinks
LEGEND_WIDTH = 38  # characters
POINTS_PER_INCH = 72.0


def energy_diagram(
    diagram: Diagram, *, pathways: Sequence[str] | None = None, max_pathways: int = 4, ax: Axes | None = None
) -> Axes:
    """Free energies of the states along pathways, with barriers, and what limits each of them.

    Parameters
    ----------
    diagram : Diagram
    pathways : sequence of str, optional
        Names of those to draw; without it the best and the canonical ones (distal, alternating, enzymatic,
        dissociative), in the order of the diagram.
    max_pathways : int
        At most so many of those chosen without names.
    ax : Axes, optional
        Drawn into, without hydrogen adsorption beside; a new figure without it. A label that finds no room in small
        axes is left out.

    Raises
    ------
    InputError
        If there is no pathway to draw, or none of a given name.
    """
    drawn = _chosen(diagram, pathways, max_pathways)
    profiles = _profiles(diagram, drawn)
    beside = ax is None and diagram.her.dG_H is not None
    main = _main_axes(profiles, beside=beside) if ax is None else ax
    _Drawing(main, diagram, profiles).draw()
    if beside:
        _hydrogen(main, diagram.her, electrochemical=diagram.kind == ELECTROCHEMICAL)
    return main


# ---------------------------------------------------------------------------------------------------------------
# what is drawn


def _chosen(diagram: Diagram, names: Sequence[str] | None, most: int) -> tuple[PathwayDiagram, ...]:
    if most < 1:
        raise InputError(f"max_pathways = {most} draws nothing.", remedy="give 1 or more.")
    if names is not None:
        drawn = tuple(diagram.pathway(name) for name in dict.fromkeys(names))
    else:
        usual = [p for p in diagram.pathways if p.name == diagram.best or p.name in CANONICAL] or diagram.pathways
        first = [p for p in usual if p.name == diagram.best]
        kept = {p.name for p in [*first, *(p for p in usual if p.name != diagram.best)][:most]}
        drawn = tuple(p for p in diagram.pathways if p.name in kept)
    if not drawn:
        raise InputError(f"there is no pathway of {diagram.catalyst} to draw.", remedy="name one that the diagram has.")
    return drawn


@dataclass(frozen=True)
class _Profile:
    """A pathway with the column of each of its states, and its look."""

    pathway: PathwayDiagram
    columns: tuple[int, ...]
    electrons: tuple[int, ...]
    colour: str
    dashes: tuple[float, tuple[float, ...]]
    best: bool

    @property
    def G(self) -> tuple[float, ...]:
        return tuple(s.G for s in self.pathway.states)


def _profiles(diagram: Diagram, drawn: tuple[PathwayDiagram, ...]) -> tuple[_Profile, ...]:
    electrons = [_electrons(p) for p in drawn]
    if diagram.kind == ELECTROCHEMICAL:
        columns = _columns(electrons)
    else:
        columns = [tuple(range(len(p.states))) for p in drawn]
    return tuple(
        _Profile(p, c, e, COLOURS[k % len(COLOURS)], DASHES[k % len(DASHES)], p.name == diagram.best)
        for k, (p, c, e) in enumerate(zip(drawn, columns, electrons, strict=True))
    )


def _electrons(pathway: PathwayDiagram) -> tuple[int, ...]:
    """Electrons transferred when each state is reached."""
    counts = [0]
    for step in pathway.steps:
        counts.append(counts[-1] + step.n_electrons * step.count)
    return tuple(counts)


def _columns(electrons: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Columns by electron count, as many to a count as the pathway with most states there needs.

    The last state of a pathway stands in the last column of its count, so that ends align.
    """
    most: dict[int, int] = {}
    for counts in electrons:
        for count, members in groupby(counts):
            most[count] = max(most.get(count, 0), len(list(members)))
    first, start = {}, 0
    for count in sorted(most):
        first[count], start = start, start + most[count]
    columns = []
    for counts in electrons:
        seen: dict[int, int] = {}
        places = []
        for count in counts:
            places.append(first[count] + seen.get(count, 0))
            seen[count] = seen.get(count, 0) + 1
        places[-1] = first[counts[-1]] + most[counts[-1]] - 1
        columns.append(tuple(places))
    return columns


# ---------------------------------------------------------------------------------------------------------------
# the figure


def _main_axes(profiles: tuple[_Profile, ...], *, beside: bool) -> Axes:
    columns = 1 + max(c for p in profiles for c in p.columns)
    width = min(13.0, max(7.5, 0.98 * columns + 1.0))
    height, extra = 6.2, 2.3 if beside else 0.0
    figure = new_figure(width + extra, height)
    total = width + extra
    return figure.add_axes((0.75 / total, 0.62 / height, (width - 0.95) / total, (height - 1.32) / height))


@dataclass(frozen=True)
class _Request:
    """A label to place: text, anchor in data coordinates, size and look."""

    text: str
    x: float
    y: float
    size: float = type_scale["label"]
    colour: str = INK
    weight: str = "normal"


class _Drawing:
    """One diagram on one Axes: lines first, then the legend and the labels round them."""

    def __init__(self, ax: Axes, diagram: Diagram, profiles: tuple[_Profile, ...]) -> None:
        self.ax, self.diagram, self.profiles = ax, diagram, profiles
        self.electrochemical = diagram.kind == ELECTROCHEMICAL
        self.columns = 1 + max(c for p in profiles for c in p.columns)
        self.lines: list[Floats] = []  # in data coordinates
        self.levels: list[tuple[float, float]] = []  # column, G
        self.requests: list[_Request] = []

    def draw(self) -> None:
        """All of it."""
        self._frame()
        self._levels()
        self._connections()
        for profile in self.profiles:
            if profile.best or len(self.profiles) == 1:
                self._limits(profile)
        self._barriers()
        self._state_labels()
        _Labelling(self).settle()

    # -- frame

    def _frame(self) -> None:
        ax, title = self.ax, chemical(self.diagram.name)
        plain_frame(ax)
        ax.set_xlim(-0.65, self.columns - 0.35)
        ax.set_title(title, loc="left", pad=24, fontsize=type_scale["title"], color=INK)
        ax.annotate(
            conditions_line(self.diagram.conditions, electrochemical=self.electrochemical),
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 9),
            textcoords="offset points",
            fontsize=type_scale["subtitle"],
            color="#444444",
        )
        ax.set_ylabel("Free energy (eV)", fontsize=type_scale["axis"], color=INK)
        ax.axhline(0.0, color=PALE, linewidth=0.6, linestyle=(0, (1, 3)), zorder=0.5)
        if self.electrochemical:
            self._electron_bands()
        else:
            ax.set_xticks(range(self.columns))
            ax.set_xlabel("Reaction coordinate (step)", fontsize=type_scale["axis"], color=INK)

    def _electron_bands(self) -> None:
        count_of = {c: n for p in self.profiles for c, n in zip(p.columns, p.electrons, strict=True)}
        centres, names = [], []
        for n, group in groupby(sorted(count_of), key=lambda c: count_of[c]):
            members = list(group)
            if len(centres) % 2:
                self.ax.axvspan(members[0] - 0.5, members[-1] + 0.5, color=BAND, linewidth=0, zorder=0)
            centres.append((members[0] + members[-1]) / 2)
            names.append(str(n))
        self.ax.set_xticks(centres, names)
        self.ax.tick_params(axis="x", length=0)
        self.ax.set_xlabel(
            r"Electrons transferred, $n$($\mathrm{H^+}$ + $\mathrm{e^-}$)", fontsize=type_scale["axis"], color=INK
        )

    # -- lines

    def _levels(self) -> None:
        shared: dict[tuple[int, float], list[_Profile]] = {}
        for profile in self.profiles:
            for column, G in zip(profile.columns, profile.G, strict=True):
                shared.setdefault((column, round(G, 6)), []).append(profile)
        for (column, G), members in shared.items():
            self.levels.append((column, G))
            xy = np.array([(column - HALF_BAR, G), (column + HALF_BAR, G)])
            self._line(xy, members, level=True)

    def _connections(self) -> None:
        shared: dict[tuple[int, float, int, float, float | None], list[_Profile]] = {}
        for profile in self.profiles:
            for k, step in enumerate(profile.pathway.steps):
                before, after = round(profile.G[k], 6), round(profile.G[k + 1], 6)
                key = (profile.columns[k], before, profile.columns[k + 1], after, _peak(step, profile.G[k], after))
                shared.setdefault(key, []).append(profile)
        for (c0, before, c1, after, peak), members in shared.items():
            start, end = (c0 + HALF_BAR, before), (c1 - HALF_BAR, after)
            self._line(np.array([start, end]) if peak is None else _hump(start, end, peak), members, level=False)

    def _line(self, xy: Floats, members: list[_Profile], *, level: bool) -> None:
        """One line for all its pathways: the best below in full, the others as stripes in turn."""
        self.lines.append(xy)
        best = [p for p in members if p.best]
        others = [p for p in members if not p.best]
        for p in best:
            self.ax.plot(*xy.T, color=p.colour, linewidth=4.2 if level else 1.8, solid_capstyle="butt", zorder=3)
        if best and not level:
            return
        for k, p in enumerate(others):
            stripes = (k * 0.0, (1.0, 0.0)) if len(others) == 1 else _stripes(k, len(others))
            dashes = p.dashes if not level and len(others) == 1 else stripes
            width = (1.3 if best else 2.8) if level else 1.2
            self.ax.plot(*xy.T, color=p.colour, linewidth=width, linestyle=dashes, dash_capstyle="butt", zorder=4)

    # -- what limits

    def _limits(self, profile: _Profile) -> None:
        if self.electrochemical and profile.pathway.potential_determining_step is not None:
            self._determining_step(profile)
        elif not self.electrochemical:
            self._span(profile)

    def _determining_step(self, profile: _Profile) -> None:
        steps = profile.pathway.steps
        k = next(i for i, s in enumerate(steps) if s.equation == profile.pathway.potential_determining_step)
        before, after = profile.G[k], profile.G[k + 1]
        x = profile.columns[k + 1] - HALF_BAR - 0.06
        if abs(after - before) > 0.05:
            self.ax.annotate("", (x, after), (x, before), arrowprops=_arrow(profile.colour), zorder=5)
            foot = np.array([(profile.columns[k] + HALF_BAR, before), (x + 0.05, before)])
            self.ax.plot(*foot.T, color=profile.colour, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=2)
            self.lines += [foot, np.array([(x, before), (x, after)])]
        text = f"PDS {number(steps[k].dG)} eV"
        if abs(steps[k].dG - steps[k].standard_dG) > 0.005:
            text += f"\n({number(steps[k].standard_dG)} eV at 0 V)"
        self.requests.append(_Request(text, x, (before + after) / 2, 9.0, profile.colour, "bold"))

    def _span(self, profile: _Profile) -> None:
        span, states = profile.pathway.span, profile.pathway.states
        names = [s.label for s in states]
        low = names.index(span.intermediate)
        high = next(i for i in range(len(names) - 1) if (names[i], names[i + 1]) == span.transition_state)
        peak = _peak(profile.pathway.steps[high], profile.G[high], profile.G[high + 1])
        top = peak if peak is not None else max(profile.G[high], profile.G[high + 1])
        x = profile.columns[high] + 0.5
        self._mark(x, top, "v", "TDTS", 6.0, profile.colour)
        self._mark(profile.columns[low], profile.G[low], "^", "TDI", -6.0, profile.colour)
        if high >= low:
            foot = np.array([(profile.columns[low] + HALF_BAR, profile.G[low]), (x + 0.1, profile.G[low])])
            self.ax.plot(*foot.T, color=profile.colour, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=2)
            self.ax.annotate("", (x, top), (x, profile.G[low]), arrowprops=_arrow(profile.colour), zorder=2)
            self.lines += [foot, np.array([(x, profile.G[low]), (x, top)])]
            text = f"{_span_symbol(profile.pathway)} {number(span.energy)} eV"
            self.requests.append(_Request(text, x, (3 * profile.G[low] + top) / 4, 9.0, profile.colour, "bold"))

    def _mark(self, x: float, y: float, marker: str, text: str, lift: float, colour: str) -> None:
        self.ax.annotate(
            "", (x, y), (0, lift), textcoords="offset points", arrowprops={"arrowstyle": "-|>", "color": colour}
        )
        self.requests.append(_Request(text, x, y, 8.5, colour, "bold"))

    # -- labels

    def _barriers(self) -> None:
        seen = set()
        for profile in self.profiles:
            for k, step in enumerate(profile.pathway.steps):
                x = (profile.columns[k] + profile.columns[k + 1]) / 2
                peak = _peak(step, profile.G[k], profile.G[k + 1])
                key = (x, None if peak is None else round(peak, 6), round(profile.G[k], 6))
                if peak is None or step.barrier is None or key in seen:
                    continue
                seen.add(key)
                text = f"{number(step.barrier)} eV"
                self.requests.append(_Request(text, x, peak, type_scale["small"], "#444444"))

    def _state_labels(self) -> None:
        width = max(9, int(86 / self.columns * 1.25))
        seen = set()
        for profile in sorted(self.profiles, key=lambda p: not p.best):
            for column, s in zip(profile.columns, profile.pathway.states, strict=True):
                key = (column, round(s.G, 3), s.label)
                if key not in seen:
                    seen.add(key)
                    self.requests.append(_Request(state(s.label, width), column, s.G))


def _peak(step: DiagramStep, before: float, after: float) -> float | None:
    """Height of the transition state of a step turned once, where it stands out."""
    if step.barrier is None or step.count > 1:
        return None
    top = before + step.barrier
    return top if top > max(before, after) + SMALLEST_HUMP else None


def _hump(start: tuple[float, float], end: tuple[float, float], peak: float) -> Floats:
    """A smooth curve over the peak, level at both ends and at the top, shape (n, 2)."""
    rise = (1 - np.cos(np.linspace(0, np.pi, 24))) / 2
    middle = (start[0] + end[0]) / 2
    left = np.column_stack([np.linspace(start[0], middle, 24), start[1] + (peak - start[1]) * rise])
    right = np.column_stack([np.linspace(middle, end[0], 24), peak + (end[1] - peak) * rise])
    return np.vstack([left, right[1:]])


def _stripes(k: int, n: int) -> tuple[float, tuple[float, ...]]:
    length = 2.5
    return ((n - k) * length, (length, (n - 1) * length))


def _arrow(colour: str) -> dict[str, object]:
    return {"arrowstyle": "<->", "color": colour, "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9}


def _span_symbol(pathway: PathwayDiagram) -> str:
    return r"$\delta E$ ≥" if pathway.span.lower_bound else r"$\delta E$ ="


# ---------------------------------------------------------------------------------------------------------------
# legend and labels


class _Labelling:
    """Finds room for the legend and the labels, and makes it where there is none: a taller range, then a smaller font."""

    def __init__(self, drawing: _Drawing) -> None:
        self.drawing, self.ax = drawing, drawing.ax
        self.renderer: RendererAgg = renderer_for(self.ax)
        self.scale = POINTS_PER_INCH / figure_of(self.ax).dpi

    def settle(self) -> None:
        """Legend and labels, placed."""
        everything = np.vstack([*self.drawing.lines, [(r.x, r.y) for r in self.drawing.requests]])
        low, high = float(everything[:, 1].min()), float(everything[:, 1].max())
        span = max(high - low, 0.5)
        best: tuple[int, float, tuple[float, float], list[Place | None], str] | None = None
        for font in FONT_SCALES:
            legend = self._legend(font)
            sizes = [self._size(r, font) for r in self.drawing.requests]
            bottom, top = low - 0.10 * span, high + 0.10 * span
            for _ in range(GROWTHS):
                self.ax.set_ylim(bottom, top)
                location, crossed = self._legend_location(legend)
                places = self._places(sizes, legend)
                missing = sum(p is None for p in places) + (1 if crossed else 0)
                if best is None or missing < best[0]:
                    best = (missing, font, (bottom, top), places, location)
                if missing == 0:
                    break
                top += 0.06 * span
                bottom -= 0.0 if crossed else 0.04 * span
            if best[0] == 0:
                break
        assert best is not None
        _, font, limits, places, location = best
        self.ax.set_ylim(*limits)
        self._legend(font).set_loc(location)
        self._write(places, font)

    def _legend(self, font: float) -> Legend:
        handles, names = [], []
        for p in self.drawing.profiles:
            width = 3.0 if p.best else 1.8
            style = (0, (1, 0)) if p.best else p.dashes
            handles.append(Line2D([], [], color=p.colour, linewidth=width, linestyle=style))
            names.append(self._legend_text(p))
        legend = self.ax.legend(
            handles,
            names,
            loc="upper right",
            fontsize=8.5 * font,
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

    def _legend_text(self, profile: _Profile) -> str:
        p = profile.pathway
        numbers = []
        if p.limiting_potential is not None:
            numbers.append(f"$U_L$ = {number(p.limiting_potential)} V")
        else:
            numbers.append(f"{_span_symbol(p)} {number(p.span.energy)} eV")
        if (
            p.limiting_potential is not None
            and p.largest_chemical_step is not None
            and p.largest_chemical_step > LARGEST_CHEMICAL_STEP
        ):
            numbers.append(f"chemical step {number(p.largest_chemical_step)} eV")
        name = f"{p.name} (best)" if profile.best and len(self.drawing.diagram.pathways) > 1 else p.name
        lines = wrapped(name, LEGEND_WIDTH)
        if "\n" in lines or len(name) > LEGEND_WIDTH - 14 or len(numbers) > 1:
            return f"{lines}\n{', '.join(numbers)}"
        return f"{lines}, {numbers[0]}"

    def _legend_location(self, legend: Legend) -> tuple[str, bool]:
        """The corner where the legend covers fewest lines, and whether it still covers one."""
        points = self._points()
        counts = {}
        for location in ("upper right", "lower left", "upper left", "upper center", "lower center", "lower right"):
            legend.set_loc(location)
            box = self._box_of(legend, 4.0)
            inside = (points > (box.x0, box.y0)) & (points < (box.x1, box.y1))
            counts[location] = int(inside.all(axis=1).sum())
        chosen = min(counts, key=lambda name: counts[name])
        legend.set_loc(chosen)
        return chosen, counts[chosen] > 0

    def _places(self, sizes: list[tuple[float, float]], legend: Legend) -> list[Place | None]:
        frame = self.ax.get_window_extent(self.renderer)
        s = self.scale
        inside = Box(frame.x0 * s + 1, frame.y0 * s + 1, frame.x1 * s - 1, frame.y1 * s - 1)
        ends = np.array([[(c - HALF_BAR, G), (c + HALF_BAR, G)] for c, G in self.drawing.levels]).reshape(-1, 2)
        bars = self._to_points(ends).reshape(-1, 4)
        obstacles = Obstacles(
            inside, [self._box_of(legend, 3.0)], self._points(), [Box(*(float(v) for v in b)) for b in bars]
        )
        anchors = self._to_points(np.array([(r.x, r.y) for r in self.drawing.requests]))
        labels = [Anchored(float(x), float(y), w, h) for (x, y), (w, h) in zip(anchors, sizes, strict=True)]
        return arrange(labels, obstacles)

    def _write(self, places: list[Place | None], font: float) -> None:
        for request, place in zip(self.drawing.requests, places, strict=True):
            if place is None:
                continue
            anchor = self._to_points(np.array([(request.x, request.y)]))[0]
            self._annotate(request, (place.x - anchor[0], place.y - anchor[1]), font)
            if place.leader is not None:
                tip = (place.leader[1][0] - anchor[0], place.leader[1][1] - anchor[1])
                self.ax.annotate(
                    "",
                    (request.x, request.y),
                    tip,
                    textcoords="offset points",
                    arrowprops={"arrowstyle": "-", "color": PALE, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0},
                    zorder=2,
                )

    def _annotate(self, request: _Request, offset: tuple[float, float], font: float) -> Annotation:
        text = self.ax.annotate(
            request.text,
            (request.x, request.y),
            offset,
            textcoords="offset points",
            ha="center",
            va="center",
            multialignment="center",
            linespacing=1.05,
            fontsize=request.size * font,
            fontweight=request.weight,
            color=request.colour,
            zorder=7,
        )
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
        return text

    # -- measures, all in points

    def _size(self, request: _Request, font: float) -> tuple[float, float]:
        text = self._annotate(request, (0.0, 0.0), font)
        box = text.get_window_extent(self.renderer)
        text.remove()
        return box.width * self.scale, box.height * self.scale

    def _box_of(self, legend: Legend, padding: float) -> Box:
        box = legend.get_window_extent(self.renderer)
        s = self.scale
        return Box(box.x0 * s - padding, box.y0 * s - padding, box.x1 * s + padding, box.y1 * s + padding)

    def _to_points(self, data: Floats) -> Floats:
        return np.asarray(self.ax.transData.transform(data), dtype=float) * self.scale

    def _points(self) -> Floats:
        return np.vstack([along(self._to_points(line)) for line in self.drawing.lines])


# ---------------------------------------------------------------------------------------------------------------
# hydrogen beside


def _hydrogen(main: Axes, her: HydrogenEvolution, *, electrochemical: bool) -> None:
    """Adsorption of hydrogen at U = 0 V vs RHE and 1 bar, on narrow axes right of the main ones."""
    assert her.dG_H is not None
    figure = figure_of(main)
    width = figure.get_size_inches()[0]
    place = main.get_position()
    left = place.x1 + 0.85 / width
    ax = figure.add_axes((left, place.y0, 1.0 - 0.12 / width - left, place.height))
    plain_frame(ax)
    names = (r"$\mathrm{H^+}$ + $\mathrm{e^-}$" if electrochemical else "½" + chemical("H2"), chemical("H*"))
    levels = ((0, 0.0, names[0]), (1, her.dG_H, names[1]), (2, 0.0, "½" + chemical("H2")))
    span = max(abs(her.dG_H), 0.1)
    for column, G, name in levels:
        ax.plot([column - HALF_BAR, column + HALF_BAR], [G, G], color=INK, linewidth=3.0, solid_capstyle="butt")
        above = G > 0 or (G == 0.0 and her.dG_H < 0)
        ax.annotate(
            name,
            (column, G),
            (0, 5 if above else -5),
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            fontsize=type_scale["label"],
            color=INK,
        )
    for x, a, b in ((0, 0.0, her.dG_H), (1, her.dG_H, 0.0)):
        ax.plot([x + HALF_BAR, x + 1 - HALF_BAR], [a, b], color=INK, linewidth=1.0, linestyle=(0, (4, 1.6)))
    low, high = min(0.0, her.dG_H), max(0.0, her.dG_H)
    ax.set_ylim(low - 0.5 * span, high + 0.5 * span)
    ax.set_xlim(-0.6, 2.6)
    ax.set_xticks([])
    ax.set_title("Hydrogen", loc="left", pad=24, fontsize=type_scale["title"], color=INK)
    ax.annotate(
        "at $U$ = 0 V vs RHE, 1 bar" if electrochemical else "at 1 bar",
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 9),
        textcoords="offset points",
        fontsize=type_scale["subtitle"],
        color="#444444",
    )
    ax.set_xlabel(rf"$\Delta G_\mathrm{{H}}$ = {number(her.dG_H)} eV", fontsize=type_scale["axis"], color=INK)
