"""Structures as pictures: a side and a top view with the site marked."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import atomic_names, covalent_radii
from ase.data.colors import jmol_colors
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import NDArray

from nrrsim.errors import InputError
from nrrsim.plot.style import COLOURS, INK, PALE, TYPE_SIZES, new_figure
from nrrsim.structures.record import KEY, record_of

FloatArray: TypeAlias = NDArray[np.float64]

MARGIN = 0.8  # around the atoms and the cell [Angstrom]
LARGEST = 4.4  # longest side of a view [in]
SMALLEST = 1.6  # shortest side [in]
DENSEST = 0.62  # a unit of length is never longer than this [in/Angstrom]
FOG = 0.55  # how far the colour of the farthest atom goes to white
DOT = 0.66  # radius of a vacancy's mark: that of oxygen [Angstrom]
MARK = "#B4007D"  # of the active atoms: unlike every element that nrrsim builds with
GAP = COLOURS[0]  # of vacancies


class _View(NamedTuple):
    """A direction to look from: its name, the two axes drawn, and the one that points at the viewer, with its sign."""

    title: str
    right: int
    up: int
    depth: int
    sign: int


_SIDE = _View("Side", 0, 2, 1, -1)
_TOP = _View("Top", 0, 1, 2, 1)


def structure_views(atoms: Atoms, *, title: str = "") -> Figure:
    """A side view (along y) and a top view (against z) on one scale.

    Atoms are circles of their covalent radii in Jmol's colours, paler the farther away. The active atoms and the
    vacancies of the record are marked, hidden ones with a thin line. Only a slab's cell is drawn; its vacuum is cut.

    Parameters
    ----------
    atoms : ase.Atoms
        From a builder, or any other, which then has no marks.
    title : str
        Over the views; without it, what the record says, else the formula.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If there are no atoms, or a position is not finite.
    """
    if not len(atoms) or not np.isfinite(atoms.positions).all():
        raise InputError(f"'{atoms.symbols}' has nothing to draw.", remedy="give atoms at finite positions.")
    active, vacancies = _marks(atoms)
    boxes = {view: _limits(atoms, vacancies, view) for view in (_SIDE, _TOP)}
    figure, axes = _panels(boxes)
    for view, ax in axes.items():
        _cell(ax, atoms, view)
        _atoms(ax, atoms, view, active)
        _vacancies(ax, vacancies, view)
        _frame(ax, view, boxes[view])
    _headline(figure, title or _what(atoms), atoms)
    _legend(figure, atoms, marked=bool(active), gaps=bool(len(vacancies)))
    return figure


def _marks(atoms: Atoms) -> tuple[list[int], FloatArray]:
    """Active atoms, and the places of vacancies [Angstrom], shape (n, 3)."""
    if KEY not in atoms.info:
        return [], np.zeros((0, 3))
    record = record_of(atoms)
    places = _found("vacancy_positions", record.parameters)
    return [i for i in record.active_atoms if i < len(atoms)], np.array(places or [], dtype=float).reshape(-1, 3)


def _found(key: str, parameters: Any) -> Any:
    """A parameter of the structure or of the one it was made from."""
    if not isinstance(parameters, dict):
        return None
    inner = [parameters.get(name) for name in ("of", "host", "slab", "parameters")]
    return parameters.get(key) or next((f for p in inner if (f := _found(key, p))), None)


def _what(atoms: Atoms) -> str:
    return record_of(atoms).what if KEY in atoms.info else str(atoms.get_chemical_formula())


def _limits(atoms: Atoms, vacancies: FloatArray, view: _View) -> FloatArray:
    """Least and greatest coordinates of a view [Angstrom], rows right and up, shape (2, 2)."""
    radii = covalent_radii[atoms.numbers][:, None]
    points = atoms.positions[:, [view.right, view.up]]
    parts = [points - radii, points + radii]
    if len(vacancies):
        parts += [vacancies[:, [view.right, view.up]] - DOT, vacancies[:, [view.right, view.up]] + DOT]
    if _is_slab(atoms):
        corners = _corners(atoms)[:, [view.right, view.up]]
        if view is _SIDE:
            corners[:, 1] = atoms.positions[:, 2].mean()
        parts.append(corners)
    every = np.vstack(parts)
    return np.array([every.min(axis=0) - MARGIN, every.max(axis=0) + MARGIN]).T


def _is_slab(atoms: Atoms) -> bool:
    return bool(atoms.pbc[:2].all()) and atoms.cell.rank == 3


def _corners(atoms: Atoms) -> FloatArray:
    """The corners of the cell [Angstrom], shape (8, 3), their bits counting the vectors."""
    bits = np.array([[k & 1, k >> 1 & 1, k >> 2 & 1] for k in range(8)], dtype=float)
    return np.asarray(bits @ atoms.cell[:])


def _panels(boxes: dict[_View, FloatArray]) -> tuple[Figure, dict[_View, Axes]]:
    """A figure with room for the views side by side on one scale, a headline above and a legend below."""
    spans = {view: np.diff(box, axis=1)[:, 0] for view, box in boxes.items()}
    longest = max(float(span.max()) for span in spans.values())
    scale = min(LARGEST / longest, DENSEST)  # in/Angstrom
    widths = [max(SMALLEST, float(span[0]) * scale) for span in spans.values()]
    tallest = max(SMALLEST, *(float(span[1]) * scale for span in spans.values()))
    left, between, right, top, bottom = 0.7, 0.85, 0.3, 0.95, 1.0
    width = max(left + sum(widths) + between + right, 5.6)
    height = top + tallest + bottom
    figure = new_figure(width, height)
    spare = (width - left - sum(widths) - between - right) / 2
    axes, x = {}, left + spare
    for view, wide in zip(boxes, widths, strict=True):
        tall = max(SMALLEST, float(spans[view][1]) * scale)
        y = bottom + (tallest - tall) / 2
        axes[view] = figure.add_axes((x / width, y / height, wide / width, tall / height))
        x += wide + between
        lacking = np.array([wide, tall]) / scale - spans[view]
        boxes[view] += np.outer(np.maximum(lacking, 0.0), [-0.5, 0.5])
    return figure, axes


def _cell(ax: Axes, atoms: Atoms, view: _View) -> None:
    if not _is_slab(atoms):
        return
    corners = _corners(atoms)[:, [view.right, view.up]]
    pairs = [(a, a | 1 << bit) for a in range(8) for bit in range(3) if not a >> bit & 1]
    edges = [corners[list(pair)] for pair in pairs]
    ax.add_collection(LineCollection(edges, colors=PALE, linewidths=0.8, linestyles="--", zorder=1))


def _atoms(ax: Axes, atoms: Atoms, view: _View, active: list[int]) -> None:
    """Circles from the farthest to the nearest, then rings around the active ones."""
    depth = view.sign * atoms.positions[:, view.depth]
    order = np.argsort(depth, kind="stable")
    reach = max(float(np.ptp(depth)), 1e-9)
    fog = FOG * (depth.max() - depth) / reach if reach > 1.0 else np.zeros(len(atoms))
    places = atoms.positions[:, [view.right, view.up]]
    radii = covalent_radii[atoms.numbers]
    circles = [Circle((places[i, 0], places[i, 1]), radii[i]) for i in order]
    ink = np.array(to_rgb(INK))
    ax.add_collection(
        PatchCollection(
            circles,
            facecolors=[_paler(jmol_colors[atoms.numbers[i]], fog[i]) for i in order],
            edgecolors=[_paler(ink, fog[i]) for i in order],
            linewidths=0.6,
            zorder=2,
        )
    )
    for i in active:
        hidden = _is_hidden(i, places, radii, depth)
        ring = Circle((places[i, 0], places[i, 1]), 0.86 * radii[i], fill=False, edgecolor=MARK, zorder=3)
        ring.set_linewidth(1.6 if hidden else 2.2)
        ring.set_linestyle(":" if hidden else "-")
        ax.add_patch(ring)


def _paler(colour: FloatArray, fog: float) -> tuple[float, ...]:
    return tuple(float(c) for c in colour * (1 - fog) + fog)


def _is_hidden(i: int, places: FloatArray, radii: FloatArray, depth: FloatArray) -> bool:
    """Whether an atom in front covers the middle of atom i."""
    covers = np.linalg.norm(places - places[i], axis=1) < radii
    return bool((covers & (depth > depth[i] + 1e-3)).any())


def _vacancies(ax: Axes, vacancies: FloatArray, view: _View) -> None:
    for place in vacancies:
        x, y = float(place[view.right]), float(place[view.up])
        ax.add_patch(Circle((x, y), DOT, fill=False, edgecolor="white", linewidth=3.2, zorder=4))
        ax.add_patch(Circle((x, y), DOT, fill=False, edgecolor=GAP, linewidth=1.8, linestyle=(0, (3, 1.5)), zorder=5))


def _frame(ax: Axes, view: _View, box: FloatArray) -> None:
    ax.set_xlim(*box[0])
    ax.set_ylim(*box[1])
    ax.set_aspect("equal", adjustable="box")
    names = "xyz"
    ax.set_xlabel(f"{names[view.right]} [Å]", fontsize=TYPE_SIZES["tick"], color=INK, labelpad=2)
    ax.set_ylabel(f"{names[view.up]} [Å]", fontsize=TYPE_SIZES["tick"], color=INK, labelpad=2)
    ax.set_title(view.title, fontsize=TYPE_SIZES["axis"], color=INK, loc="left", pad=4)
    ax.tick_params(colors=INK, labelsize=TYPE_SIZES["small"], length=2.5)
    ax.locator_params(nbins=6)
    for spine in ax.spines.values():
        spine.set_color(PALE)
        spine.set_linewidth(0.6)


def _headline(figure: Figure, title: str, atoms: Atoms) -> None:
    width, height = figure.get_size_inches()
    at = {"x": 0.25 / width, "ha": "left", "va": "top", "color": INK}
    shortest = title if len(title) <= (limit := int(width * 10)) else title[: limit - 3] + "..."
    figure.text(y=1 - 0.14 / height, s=shortest, fontsize=TYPE_SIZES["title"], **at)
    line = f"{atoms.get_chemical_formula()}, {len(atoms)} atoms" if len(atoms) > 1 else str(atoms.symbols)
    if _is_slab(atoms):
        a, b, _, _, _, gamma = atoms.cell.cellpar()
        line += f", cell {a:.2f} × {b:.2f} Å, {gamma:.0f}°"
    figure.text(y=1 - 0.40 / height, s=line, fontsize=TYPE_SIZES["subtitle"], **at)


def _legend(figure: Figure, atoms: Atoms, *, marked: bool, gaps: bool) -> None:
    """Elements by atomic number, then the marks, in a strip below the views."""
    dot: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 9}
    elements = sorted(set(atoms.numbers.tolist()))
    symbols = dict(zip(atoms.numbers.tolist(), atoms.symbols, strict=True))
    handles = [
        Line2D([], [], markerfacecolor=tuple(jmol_colors[z]), markeredgecolor=INK, markeredgewidth=0.6,
               label=f"{symbols[z]} {atomic_names[z].lower()}", **dot)
        for z in elements
    ]  # fmt: skip
    if marked:
        ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": MARK, "markeredgewidth": 2.0}
        handles.append(Line2D([], [], label="active atom (dotted: hidden)", **ring, **dot))
    if gaps:
        hole: dict[str, Any] = {
            "markerfacecolor": "none",
            "markeredgecolor": GAP,
            "markeredgewidth": 1.4,
            "fillstyle": "none",
        }
        handles.append(Line2D([], [], label="vacancy", **hole, **dot))
    widest = max(len(str(handle.get_label())) for handle in handles)
    room = int((figure.get_size_inches()[0] - 0.4) / (0.45 + 0.075 * widest))  # columns are as wide as their widest
    rows = -(-len(handles) // max(room, 2))
    figure.legend(
        handles=handles,
        loc="lower center",
        ncols=-(-len(handles) // rows),
        fontsize=TYPE_SIZES["small"] + 0.5,
        frameon=False,
        handletextpad=0.3,
        columnspacing=1.2,
        borderaxespad=0.3,
    )
