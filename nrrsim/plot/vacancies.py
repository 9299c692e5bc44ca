"""Free energies of oxygen vacancies over what the oxygen goes into."""

from __future__ import annotations

from matplotlib.axes import Axes

from nrrsim.campaign.vacancies import VacancySweep
from nrrsim.plot.labels import chemical
from nrrsim.plot.style import (
    COLOURS,
    DASHES,
    INK,
    PALE,
    TYPE_SIZES,
    figure_of,
    headline,
    new_figure,
    plain_frame,
    renderer_for,
)

_LABELS = {
    "log10 p(H2O)/p(H2)": r"$\log_{10}\,p(\mathrm{H_2O})/p(\mathrm{H_2})$",
    "log10 p(O2)/bar": r"$\log_{10}\,p(\mathrm{O_2})/\mathrm{bar}$",
    "U [V vs RHE]": "$U$ (V vs RHE)",
    "U [V vs SHE]": "$U$ (V vs SHE)",
}

_PLACE = (0.11, 0.13, 0.6, 0.71)  # of the axes in the figure
_RIGHT = 0.985  # where the legend ends
_NARROWEST = 0.2


def vacancy_formation(sweep: VacancySweep, *, ax: Axes | None = None) -> Axes:
    """Free energies of formation per vacancy: a colour for each site, dashes for each temperature.

    A vertical line marks the conditions asked for; below zero a vacancy forms by itself.

    Parameters
    ----------
    sweep : VacancySweep
    ax : Axes, optional
        Drawn into; a new figure without it.
    """
    own = ax is None
    ax = new_figure(7.6, 4.4).add_axes(_PLACE) if ax is None else ax
    plain_frame(ax)
    ax.axhline(0.0, color=INK, linewidth=0.8)
    ax.axvline(sweep.marked, color=PALE, linewidth=1.0, linestyle=(0, (1.2, 1.6)))
    for row, (site, gibbs) in enumerate(sweep.gibbs.items()):
        for line, (T, values) in enumerate(zip(sweep.T, gibbs, strict=True)):
            ax.plot(
                sweep.values,
                values,
                color=COLOURS[row % len(COLOURS)],
                linestyle=DASHES[line % len(DASHES)],
                linewidth=1.8,
                label=f"{site}, {T:g} K",
            )
    ax.set_xlim(float(sweep.values[0]), float(sweep.values[-1]))
    ax.set_xlabel(_LABELS.get(sweep.variable, sweep.variable), fontsize=TYPE_SIZES["axis"], color=INK)
    ax.set_ylabel(r"$\Delta G$ per vacancy (eV)", fontsize=TYPE_SIZES["axis"], color=INK)
    headline(ax, "Formation of oxygen vacancies", chemical(f"dotted: {sweep.text}".replace("-", "−")))
    legend = ax.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=TYPE_SIZES["label"],
        labelcolor=INK,
    )
    if own:  # as wide as the names beside it leave room for
        left, bottom, width, height = _PLACE
        beyond = legend.get_window_extent(renderer_for(ax)).x1 / figure_of(ax).bbox.width - _RIGHT
        ax.set_position((left, bottom, max(width - max(beyond, 0.0), _NARROWEST), height))
    return ax
