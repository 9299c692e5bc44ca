"""Named sites on MoO3: bilayers with vacancies and sulfur, and quantum dots."""

from __future__ import annotations

from functools import partial

import numpy as np
from ase import Atoms

from nrrsim.structures.bronzes import insert_hydrogen
from nrrsim.structures.catalog.entry import NamedSite, Pattern
from nrrsim.structures.quantum_dots import moo3_dot
from nrrsim.structures.slabs import moo3_bilayer
from nrrsim.structures.vacancies import (
    KINDS,
    bond_vectors,
    oxygen_kinds,
    remove_oxygen,
    sampled_vacancies,
    substitute_sulfur,
    vacancies_for_x,
)

VACANCY_NAMES = dict(zip(KINDS.values(), ("vt", "va", "vs"), strict=True))


def reduced_bilayer(
    kind: str, *, sulfur: bool = False, supercell: tuple[int, int] = (2, 2), vacuum: float = 15.0
) -> Atoms:
    """The MoO3 bilayer without its uppermost oxygen of a kind, with or without S for an asymmetric one beside."""
    slab = moo3_bilayer(supercell=supercell, vacuum=vacuum, fixed_sheets=1)
    removed = _uppermost(slab, kind)
    if sulfur:
        gap = slab.get_distances(removed, range(len(slab)), mic=True)
        others = [i for i, found in oxygen_kinds(slab).items() if found == "asymmetric" and i != removed]
        bonded = [i for i in others if _share_metal(slab, i, removed)]
        slab = substitute_sulfur(slab, [min(bonded, key=lambda i: (-round(slab.positions[i, 2], 3), gap[i]))])
    return remove_oxygen(slab, [removed])


def doped_bilayer(*, supercell: tuple[int, int] = (2, 2), vacuum: float = 15.0) -> Atoms:
    """The MoO3 bilayer with sulfur for its uppermost terminal oxygen."""
    slab = moo3_bilayer(supercell=supercell, vacuum=vacuum, fixed_sheets=1)
    return substitute_sulfur(slab, [_uppermost(slab, "terminal")])


def bronze_bilayer(*, supercell: tuple[int, int] = (2, 2), vacuum: float = 15.0) -> Atoms:
    """The MoO3 bilayer with hydrogen on its uppermost terminal oxygen."""
    slab = moo3_bilayer(supercell=supercell, vacuum=vacuum, fixed_sheets=1)
    return insert_hydrogen(slab, [_uppermost(slab, "terminal")])


def bilayer_of_x(x: float, *, seed: int = 1, supercell: tuple[int, int] = (2, 2), vacuum: float = 15.0) -> Atoms:
    """The MoO3-x bilayer with vacancies at random among the oxygens of its upper sheet."""
    slab = moo3_bilayer(supercell=supercell, vacuum=vacuum, fixed_sheets=1)
    vacancies = vacancies_for_x(slab, x)
    if vacancies == 0:
        return slab
    upper = [i for i in oxygen_kinds(slab) if slab.get_tags()[i] == 1]
    (chosen,) = sampled_vacancies(slab, vacancies, count=1, seed=seed, among=upper)
    return remove_oxygen(slab, chosen)


def _share_metal(slab: Atoms, first: int, second: int) -> bool:
    """Whether two oxygens are bonded to the same image of a metal atom."""
    vectors = bond_vectors(slab, [first, second])
    ends = [slab.positions[i] + vectors[i] for i in (first, second)]
    scaled = (ends[0][:, None] - ends[1]) @ np.linalg.inv(slab.cell[:])
    return bool((np.linalg.norm((scaled - np.rint(scaled)) @ slab.cell[:], axis=-1) < 1e-3).any())


def _uppermost(slab: Atoms, kind: str) -> int:
    """The oxygen of a kind that stands highest; the first of several."""
    heights = {i: round(float(slab.positions[i, 2]), 3) for i, found in oxygen_kinds(slab).items() if found == kind}
    return max(heights, key=lambda i: (heights[i], -i))


def _dot(name: str, description: str, diameter: float, *, x: float, sulfur: float = 0.0) -> NamedSite:
    build = partial(moo3_dot, diameter, x=x, sulfur=sulfur)
    return NamedSite(name, description, build, repeats=False, on_active=True)


ENTRIES = (
    NamedSite("moo3-bilayer", "MoO3 bilayer without defects", partial(moo3_bilayer, fixed_sheets=1)),
    *(
        NamedSite(
            f"moo3-bilayer-{short}",
            f"MoO3 bilayer, {kind} oxygen vacancy",
            partial(reduced_bilayer, kind),
            on_active=True,
        )
        for kind, short in VACANCY_NAMES.items()
    ),
    NamedSite("moo3-bilayer-s", "MoO3 bilayer, S for a terminal oxygen", doped_bilayer),
    NamedSite(
        "moo3-bilayer-vt-s",
        "MoO3 bilayer, Mo beside a terminal oxygen vacancy and S for an asymmetric oxygen",
        partial(reduced_bilayer, "terminal", sulfur=True),
        on_active=True,
    ),
    NamedSite("moo3-bilayer-h", "MoO3 bilayer, H on a terminal oxygen", bronze_bilayer),
    _dot(
        "moo3-dot", "Mo26 dot of MoO3-x, x = 0.23 and 0.04 S per Mo, from a sphere of 1.4 nm", 14.0, x=0.25, sulfur=0.05
    ),
    _dot(
        "moo3-dot-3nm",
        "Mo272 dot of MoO3-x, x = 0.25 and 0.05 S per Mo, from a sphere of 3 nm",
        30.0,
        x=0.25,
        sulfur=0.05,
    ),
)


def _of_x(x: str, seed: str | None = None) -> NamedSite:
    number = int(seed or 1)
    text = f"MoO3-x bilayer, x = {x}, arrangement {number} of the vacancies"
    build = partial(bilayer_of_x, float(x), seed=number)
    return NamedSite(f"moo3-bilayer-x{x}" + (f"#{seed}" if seed else ""), text, build, on_active=float(x) > 0)


def _any_dot(size: str, x: str | None = None) -> NamedSite:
    deficit = float(x or 0)
    name = f"moo3-dot-{size}nm" + (f"-x{x}" if x else "")
    return _dot(
        name,
        f"MoO3-x dot from a sphere of {size} nm, x as near to {deficit:g} as whole vacancies come",
        10.0 * float(size),
        x=deficit,
    )


PATTERNS = (
    Pattern(
        form="moo3-bilayer-x<x>, with #<seed> of the vacancies",
        example="moo3-bilayer-x0.25#3",
        expression=r"moo3-bilayer-x(\d+(?:\.\d+)?)(?:#(\d+))?",
        entry=_of_x,
    ),
    Pattern(
        form="moo3-dot-<diameter>nm, with -x<x>",
        example="moo3-dot-1.5nm-x0.2",
        expression=r"moo3-dot-(\d+(?:\.\d+)?)nm(?:-x(\d+(?:\.\d+)?))?",
        entry=_any_dot,
    ),
)
