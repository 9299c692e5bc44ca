"""Hydrogen adsorption beside a diagram, on narrow axes of its own."""

from __future__ import annotations

from matplotlib.axes import Axes

from nrrsim.analysis.diagram import HydrogenEvolution
from nrrsim.plot.labels import chemical, number
from nrrsim.plot.style import HALF_BAR, INK, TYPE_SIZES, figure_of, headline, plain_frame


def hydrogen_beside(main: Axes, her: HydrogenEvolution, *, electrochemical: bool) -> None:
    """Adsorption of hydrogen at U = 0 V vs RHE and 1 bar, on narrow axes right of the main ones."""
    figure = figure_of(main)
    width = figure.get_size_inches()[0]
    place = main.get_position()
    left = place.x1 + 0.85 / width
    ax = figure.add_axes((left, place.y0, 1.0 - 0.12 / width - left, place.height))
    plain_frame(ax)
    adsorbed = sorted(her.adsorption.items(), key=lambda one: one[1])
    levels = [G for _, G in adsorbed]
    low, high = min(0.0, *levels), max(0.0, *levels)
    source = r"$\mathrm{H^+}$ + $\mathrm{e^-}$" if electrochemical else "½" + chemical("H2")
    bars = [(0, 0.0, source, high == 0.0), (2, 0.0, "½" + chemical("H2"), high == 0.0)]
    bars += [(1, G, chemical(name), high == G) for name, G in adsorbed]
    for column, G, name, above in bars:
        ax.plot([column - HALF_BAR, column + HALF_BAR], [G, G], color=INK, linewidth=3.0, solid_capstyle="butt")
        ax.annotate(
            name,
            (column, G),
            (10 * (column - 1), 5 if above else -5),  # the outer ones away from the lines
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            fontsize=TYPE_SIZES["label"],
            color=INK,
        )
    for G in levels:
        for x, a, b in ((0, 0.0, G), (1, G, 0.0)):
            ax.plot([x + HALF_BAR, x + 1 - HALF_BAR], [a, b], color=INK, linewidth=1.0, linestyle=(0, (4, 1.6)))
    span = max(high - low, 0.1)
    ax.set_ylim(low - 0.5 * span, high + 0.5 * span)
    ax.set_xlim(-1.1, 3.0)
    ax.set_xticks([])
    ax.set_ylabel("Free energy (eV)", fontsize=TYPE_SIZES["tick"], color=INK)
    headline(ax, "H adsorption", "at $U$ = 0 V vs RHE, 1 bar" if electrochemical else "at 1 bar")
    ax.set_xlabel(
        rf"$\Delta G_\mathrm{{H}}$ = {', '.join(number(G) for G in levels)} eV", fontsize=TYPE_SIZES["axis"], color=INK
    )
