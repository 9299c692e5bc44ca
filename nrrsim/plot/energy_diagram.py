"""The free-energy diagram of a catalyst: levels, transition states, and what limits each pathway.

Levels that pathways share are drawn and labelled once. States stand in columns: by electrons transferred for an
electrochemical catalyst, so that pathways align at the same count, by step for a thermal one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nrrsim.analysis.diagram import LARGEST_CHEMICAL_STEP, Diagram, PathwayDiagram
from nrrsim.plot.hydrogen import hydrogen_beside
from nrrsim.plot.labelling import Labelling, Lines, Request
from nrrsim.plot.labels import chemical, conditions_line, number, state, wrapped
from nrrsim.plot.placement import Floats
from nrrsim.plot.profiles import ELECTROCHEMICAL, Profile, between_columns, chosen, determining, peak_of, profiles_of
from nrrsim.plot.style import BAND, HALF_BAR, INK, PALE, TYPE_SIZES, headline, new_figure, plain_frame

LEGEND_WIDTH = 36  # characters


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
    drawn = chosen(diagram, pathways, max_pathways)
    profiles = profiles_of(diagram, drawn)
    beside = ax is None and diagram.her.dG_H is not None
    main = _main_axes(profiles, beside=beside) if ax is None else ax
    _Drawing(main, diagram, profiles).draw()
    if beside:
        hydrogen_beside(main, diagram.her, electrochemical=diagram.kind == ELECTROCHEMICAL)
    return main


def _main_axes(profiles: tuple[Profile, ...], *, beside: bool) -> Axes:
    columns = 1 + max(c for p in profiles for c in p.columns)
    width = min(12.0, max(7.0, 0.83 * columns + 1.0))
    height, extra = 5.8, 2.5 if beside else 0.0
    figure = new_figure(width + extra, height)
    total = width + extra
    return figure.add_axes((0.75 / total, 0.62 / height, (width - 0.95) / total, (height - 1.32) / height))


class _Drawing:
    """One diagram on one Axes: lines first, then the legend and the labels round them."""

    def __init__(self, ax: Axes, diagram: Diagram, profiles: tuple[Profile, ...]) -> None:
        self.ax, self.diagram, self.profiles = ax, diagram, profiles
        self.electrochemical = diagram.kind == ELECTROCHEMICAL
        self.columns = 1 + max(c for p in profiles for c in p.columns)
        self.lines: list[Floats] = []  # in data coordinates
        self.levels: list[tuple[float, float]] = []  # column, G
        self.requests: list[Request] = []

    def draw(self) -> None:
        """All of it."""
        self._frame()
        self._levels()
        self._connections()
        shown = [p for p in self.profiles if p.best] or list(self.profiles[:1])
        self._barriers(shown)
        self._state_labels()
        for profile in shown:
            self._limits(profile)
        lines = Lines(self.lines, [(c - HALF_BAR, c + HALF_BAR, G) for c, G in self.levels])
        Labelling(self.ax, lines, self.requests, self._legend()).settle()

    # -- frame

    def _frame(self) -> None:
        ax = self.ax
        plain_frame(ax)
        ax.set_xlim(-0.65, self.columns - 0.35)
        conditions = conditions_line(self.diagram.conditions, electrochemical=self.electrochemical)
        headline(ax, chemical(self.diagram.name), conditions)
        ax.set_ylabel("Free energy (eV)", fontsize=TYPE_SIZES["axis"], color=INK)
        ax.axhline(0.0, color=PALE, linewidth=0.6, linestyle=(0, (1, 3)), zorder=0.5)
        if self.electrochemical:
            self._electron_bands()
        else:
            ax.set_xticks(range(self.columns))
            ax.set_xlabel("Reaction coordinate (step)", fontsize=TYPE_SIZES["axis"], color=INK)

    def _electron_bands(self) -> None:
        count_of = {c: n for p in self.profiles for c, n in zip(p.columns, p.electrons, strict=True)}
        centres: list[float] = []
        names: list[str] = []
        for n, group in groupby(sorted(count_of), key=lambda c: count_of[c]):
            members = list(group)
            if len(centres) % 2:
                self.ax.axvspan(members[0] - 0.5, members[-1] + 0.5, color=BAND, linewidth=0, zorder=0)
            centres.append((members[0] + members[-1]) / 2)
            names.append(str(n))
        self.ax.set_xticks(centres, names)
        self.ax.tick_params(axis="x", length=0)
        self.ax.set_xlabel(
            r"Electrons transferred, $n$($\mathrm{H^+}$ + $\mathrm{e^-}$)", fontsize=TYPE_SIZES["axis"], color=INK
        )

    # -- lines

    def _levels(self) -> None:
        shared: dict[tuple[int, float], list[Profile]] = {}
        for profile in self.profiles:
            for column, G in zip(profile.columns, profile.G, strict=True):
                shared.setdefault((column, round(G, 6)), []).append(profile)
        for (column, G), members in shared.items():
            self.levels.append((column, G))
            xy = np.array([(column - HALF_BAR, G), (column + HALF_BAR, G)])
            self._line(xy, members, level=True)

    def _connections(self) -> None:
        shared: dict[tuple[int, float, int, float, float | None], list[Profile]] = {}
        for profile in self.profiles:
            for k, step in enumerate(profile.pathway.steps):
                before, after = round(profile.G[k], 6), round(profile.G[k + 1], 6)
                key = (profile.columns[k], before, profile.columns[k + 1], after, peak_of(step, profile.G[k], after))
                shared.setdefault(key, []).append(profile)
        for (c0, before, c1, after, peak), members in shared.items():
            start, end = (c0 + HALF_BAR, before), (c1 - HALF_BAR, after)
            self._line(np.array([start, end]) if peak is None else _hump(start, end, peak), members, level=False)

    def _line(self, xy: Floats, members: list[Profile], *, level: bool) -> None:
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

    def _limits(self, profile: Profile) -> None:
        if self.electrochemical and profile.pathway.potential_determining_step is not None:
            self._determining_step(profile)
        elif not self.electrochemical:
            self._span(profile)

    def _determining_step(self, profile: Profile) -> None:
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
        self.requests.append(Request(text, x, (before + after) / 2, 9.0, profile.colour, "bold"))

    def _span(self, profile: Profile) -> None:
        span, states = profile.pathway.span, profile.pathway.states
        low = next(i for i, s in enumerate(states) if s.label == span.intermediate)
        high, top = determining(profile)
        floor, x = profile.G[low], between_columns(profile, high)
        for spot in ((x, top), (profile.columns[low], floor)):
            self.ax.plot(*spot, "o", color="white", markeredgecolor=profile.colour, markersize=5.5, zorder=5)
        self.requests.append(Request("TDI", profile.columns[low], floor, 8.5, profile.colour, "bold"))
        if high >= low:
            foot = np.array([(profile.columns[low] + HALF_BAR, floor), (x + 0.1, floor)])
            self.ax.plot(*foot.T, color=profile.colour, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=2)
            self.ax.annotate("", (x, top), (x, floor), arrowprops=_arrow(profile.colour), zorder=2)
            self.lines += [foot, np.array([(x, floor), (x, top)])]
            text = f"{_span_symbol(profile.pathway)} {number(span.energy)} eV"
            self.requests.append(Request(text, x, (3 * floor + top) / 4, 9.0, profile.colour))

    # -- labels

    def _barriers(self, shown: list[Profile]) -> None:
        """Barriers at their transition states, the turnover-determining one of the best pathway named, and turns."""
        seen = set()
        for profile in sorted(self.profiles, key=lambda p: not p.best):
            named = determining(profile)[0] if profile in shown and not self.electrochemical else None
            for k, step in enumerate(profile.pathway.steps):
                before, after = profile.G[k], profile.G[k + 1]
                peak, x = peak_of(step, before, after), between_columns(profile, k)
                text = "" if peak is None or step.barrier is None else f"{number(step.barrier)} eV"
                if step.count > 1:
                    text = f"{step.count} turns"
                y = (before + after) / 2 if step.count > 1 else max(before, after) if peak is None else peak
                if k == named:
                    look = (8.5, profile.colour, "bold")
                    self.requests.insert(0, Request(f"TDTS\n{text}".strip(), x, y, *look))
                elif text and (x, round(y, 6)) not in seen:
                    self.requests.append(Request(text, x, y, TYPE_SIZES["small"], "#444444"))
                seen.add((x, round(y, 6)))

    def _state_labels(self) -> None:
        width = max(9, int(86 / self.columns * 1.25))
        seen = set()
        for profile in sorted(self.profiles, key=lambda p: not p.best):
            for column, s in zip(profile.columns, profile.pathway.states, strict=True):
                key = (column, round(s.G, 3), s.label)
                if key not in seen:
                    seen.add(key)
                    self.requests.append(Request(state(s.label, width), column, s.G))

    # -- legend

    def _legend(self) -> list[tuple[Line2D, str]]:
        entries = []
        for p in self.profiles:
            dashes, width = ((0, (1, 0)), 3.0) if p.best else (p.dashes, 1.8)
            handle = Line2D([], [], color=p.colour, linewidth=width, linestyle=dashes)
            entries.append((handle, self._legend_text(p)))
        return entries

    def _legend_text(self, profile: Profile) -> str:
        p = profile.pathway
        if p.limiting_potential is None:
            wraps = determining(profile)[0] < [x.label for x in p.states].index(p.span.intermediate)
            numbers = [f"{_span_symbol(p)} {number(p.span.energy)} eV", *([r"with $\Delta G_r$"] if wraps else [])]
        else:
            numbers = [f"$U_L$ = {number(p.limiting_potential)} V"]
            if p.largest_chemical_step is not None and p.largest_chemical_step > LARGEST_CHEMICAL_STEP:
                numbers.append(f"chemical step {number(p.largest_chemical_step)} eV")
        if profile.best and len(self.diagram.pathways) > 1:
            numbers.insert(0, "best")
        name, joined = wrapped(p.name, LEGEND_WIDTH), ", ".join(numbers)
        return f"{name}, {joined}" if len(p.name) < LEGEND_WIDTH / 2 and len(joined) < 24 else f"{name}\n{joined}"


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
