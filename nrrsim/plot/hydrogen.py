"""Hydrogen adsorption beside a diagram, on narrow axes of its own."""

from __future__ import annotations

from matplotlib.axes import Axes

from nrrsim.analysis.diagram import HydrogenEvolution
from nrrsim.plot.labels import chemical, number
from nrrsim.plot.style import HALF_BAR, INK, TYPE_SIZES, figure_of, headline, plain_frame


def hydrogen_beside(main: Axes, her: HydrogenEvolution, *, electrochemical: bool) -> None:
    """Adsorption of hydrogen at U = 0 V vs RHE and 1 bar, on narrow axes right of the main ones."""
    assert her.dG_H is not None
    assert her.adsorbate is not None
    figure = figure_of(main)
    width = figure.get_size_inches()[0]
    place = main.get_position()
    left = place.x1 + 0.85 / width
    ax = figure.add_axes((left, place.y0, 1.0 - 0.12 / width - left, place.height))
    plain_frame(ax)
    names = (r"$\mathrm{H^+}$ + $\mathrm{e^-}$" if electrochemical else "½" + chemical("H2"), chemical(her.adsorbate))
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
            fontsize=TYPE_SIZES["label"],
            color=INK,
        )
    for x, a, b in ((0, 0.0, her.dG_H), (1, her.dG_H, 0.0)):
        ax.plot([x + HALF_BAR, x + 1 - HALF_BAR], [a, b], color=INK, linewidth=1.0, linestyle=(0, (4, 1.6)))
    low, high = min(0.0, her.dG_H), max(0.0, her.dG_H)
    ax.set_ylim(low - 0.5 * span, high + 0.5 * span)
    ax.set_xlim(-0.6, 2.6)
    ax.set_xticks([])
    ax.set_ylabel("Free energy (eV)", fontsize=TYPE_SIZES["tick"], color=INK)
    headline(ax, "H adsorption", "at $U$ = 0 V vs RHE, 1 bar" if electrochemical else "at 1 bar")
    ax.set_xlabel(rf"$\Delta G_\mathrm{{H}}$ = {number(her.dG_H)} eV", fontsize=TYPE_SIZES["axis"], color=INK)
