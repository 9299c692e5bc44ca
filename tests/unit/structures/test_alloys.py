"""Dilute alloys: counts, layers, neighbours, records and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from nrrsim.errors import InputError
from nrrsim.structures.alloys import dimer_alloy, single_atom_alloy
from nrrsim.structures.record import record_of
from nrrsim.structures.slabs import surface_slab

FACES = [("Ag", (1, 1, 1), "Nb"), ("Co", (0, 0, 1), "Re"), ("Cu", (1, 0, 0), "Mo"), ("Fe", (1, 1, 0), "Ru")]


@pytest.mark.parametrize(("host", "miller", "metal"), FACES)
def test_one_atom_of_the_first_or_second_layer(host: str, miller, metal: str) -> None:
    clean = surface_slab(host, miller, supercell=(3, 3))
    for subsurface, tag in ((False, 1), (True, 2)):
        alloy = single_atom_alloy(host, miller, metal, subsurface=subsurface)
        changed = np.flatnonzero(alloy.numbers != clean.numbers)
        assert list(alloy.symbols[changed]) == [metal]
        assert alloy.get_tags()[changed[0]] == tag
        np.testing.assert_array_equal(alloy.positions, clean.positions)
        active = record_of(alloy).active_atoms
        assert set(alloy.get_tags()[list(active)]) == {1}
        assert (active == (changed[0],)) is not subsurface


@pytest.mark.parametrize(("host", "miller", "metal"), FACES)
def test_dimers_are_neighbours(host: str, miller, metal: str) -> None:
    alloy = dimer_alloy(host, miller, (metal, "Rh"))
    pair = record_of(alloy).active_atoms
    assert sorted(alloy.symbols[list(pair)]) == sorted([metal, "Rh"])
    distances = alloy.get_all_distances(mic=True)
    nearest = distances[distances > 0.1].min()
    np.testing.assert_allclose(alloy.get_distance(*pair, mic=True), nearest, rtol=0.02)  # hcp: a and the oblique one


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("Ag", (1, 1, 1), "Xx"), "not an element"),
        (("Ag", (1, 1, 1), "Al"), "not a d-block"),
        (("Ag", (1, 1, 1), "Ag"), "no alloy"),
        (("MoO3", (1, 0, 0), "Ru"), "no metal"),
        (("Agg", (1, 1, 1), "Ru"), "no crystal"),
        (("Ag", (0, 0, 0), "Ru"), "no face"),
        (("Ag", (1, 1, 2, 0), "Ru"), "no face"),
    ],
)
@pytest.mark.parametrize("build", [single_atom_alloy, dimer_alloy])
def test_refusals(build, arguments, match) -> None:
    with pytest.raises(InputError, match=match):
        build(*arguments)


def test_cells_that_are_too_small() -> None:
    with pytest.raises(InputError, match="larger supercell"):
        single_atom_alloy("Ag", (1, 1, 1), "Mo", supercell=(1, 1))
    with pytest.raises(InputError, match="larger supercell"):
        dimer_alloy("Ag", (1, 1, 1), "Mo", supercell=(2, 2))
    with pytest.raises(InputError, match="two layers"):
        single_atom_alloy("Ag", (1, 1, 1), "Mo", layers=1, subsurface=True)
