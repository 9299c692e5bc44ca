"""B5 sites of particles against their size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from nrrsim.errors import InputError
from nrrsim.plot.style import COLOURS, INK, TYPE_SIZES, new_figure, plain_frame
from nrrsim.structures.b5_shares import SizeBin


def b5_shares(series: Mapping[str, Sequence[SizeBin]], *, ax: Axes | None = None) -> Axes:
    """B5 sites per surface atom against the diameter [nm], one line for each shape, its range over particles shaded.

    Parameters
    ----------
    series : Mapping[str, Sequence[SizeBin]]
        By the name of the shape.
    ax : Axes, optional
        Drawn into; a new figure without it.

    Raises
    ------
    InputError
        If there is nothing to draw.
    """
    if not any(series.values()):
        raise InputError("there are no particles to draw.", remedy="give wider ranges of diameters.")
    if ax is None:
        ax = new_figure(6.4, 4.2).add_subplot()
    for k, (name, bins) in enumerate(series.items()):
        middles = [sum(size.diameters) / 20 for size in bins]  # [nm]
        colour = COLOURS[k % len(COLOURS)]
        ax.plot(middles, [size.per_surface_atom for size in bins], "o-", color=colour, markersize=4, label=name)
        ax.fill_between(
            middles, [size.lowest for size in bins], [size.highest for size in bins], color=colour, alpha=0.12, lw=0
        )
    ax.set_xlabel("Diameter of the sphere of equal volume (nm)", fontsize=TYPE_SIZES["axis"], color=INK)
    ax.set_ylabel("B5 sites per surface atom", fontsize=TYPE_SIZES["axis"], color=INK)
    ax.set_ylim(bottom=0.0)
    plain_frame(ax)
    ax.legend(frameon=False, fontsize=TYPE_SIZES["small"], loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return ax
