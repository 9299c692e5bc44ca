"""How many sites of each type there are."""

from __future__ import annotations

from nrrsim.errors import InputError, nearest
from nrrsim.io.schema import SiteEntry
from nrrsim.network.network import Network


def site_densities(site: SiteEntry, network: Network) -> tuple[dict[str, float | None], frozenset[str]]:
    """Density of each site type [1/Angstrom^2], and the types of which only a number per first site is known.

    A `ratio` counts sites per site of the first type of the file; where that one has a density, so have all.

    Raises
    ------
    InputError
        If a type is on no species, has both density and ratio, or a ratio has nothing to count from.
    """
    for name, entry in site.types.items():
        if name not in network.site_types:
            raise InputError(
                f"no species stands on the site type '{name}'; {nearest(name, network.site_types)}",
                remedy="mend the name, or remove the type.",
            )
        if entry.density is not None and entry.ratio is not None:
            raise InputError(f"the site type '{name}' has both density and ratio.", remedy="keep one of them.")
    if all(entry.ratio is None for entry in site.types.values()):
        return {name: entry.density for name, entry in site.types.items()}, frozenset()
    first, reference = next(iter(site.types.items()))
    scale = reference.density if reference.density is not None else reference.ratio
    if reference.ratio not in (None, 1.0):
        raise InputError(
            f"the first site type '{first}' has the ratio {reference.ratio:g}.",
            remedy="the others count from it: write 'ratio: 1'.",
        )
    if scale is None:
        raise InputError(f"the first site type '{first}' has no density and no ratio.", remedy="add 'ratio: 1' to it.")
    if reference.density is None and any(entry.density is not None for entry in site.types.values()):
        raise InputError(
            f"a ratio of the first site type '{first}' stands beside a density of another.",
            remedy="give the first type its density.",
        )
    densities = {
        name: entry.ratio * (reference.density or 1.0) if entry.ratio is not None else entry.density
        for name, entry in site.types.items()
    }
    return densities, frozenset(densities) if reference.density is None else frozenset()
