"""Adsorbates put on sites: at a bond's height, turned as asked, free of clashes, with the record of what was done.

The height is the one at which the nearest pair of binding atom and neighbour stands at the sum of covalent radii. A
clash is removed by turning about the normal, then by lifting in small steps that leave the adsorbate bound to its site;
where neither helps, the placement is refused. A clash is a distance that is too short, in sums of covalent radii: less
than 0.8 from a binding atom to a metal atom or to the atoms of its site, less than 1.0 from any other atom of the
adsorbate to a metal atom, less than 1.3 to all else: nonmetals of the structure, other adsorbates and the adsorbate's
own periodic images. At 1.3 no new bond begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray

from nrrsim.errors import InputError
from nrrsim.structures.adsorbates import Adsorbate, adsorbate
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.closeness import APART, CLOSEST
from nrrsim.structures.record import KEY, record_of, recorded
from nrrsim.structures.sites import AdsorptionSite, adsorbate_atoms, all_sites
from nrrsim.structures.symmetry import frame, orbits

FloatArray: TypeAlias = NDArray[np.float64]

LOOSE = 1.0  # least distance of an atom that does not bind to a metal atom, in sums of covalent radii
LOWEST = 0.5  # least height of the binding atoms over the site [Angstrom]
TURN = 15.0  # step of the turns that remove a clash [degree]
LIFT = 0.05  # step of the lifts [Angstrom]
ALIKE = 0.05  # within which all distances of two placements agree that are one by symmetry [Angstrom]
HIGHEST_LIFT = 1.0  # a placement that needs more is refused [Angstrom]


def place(
    atoms: Atoms,
    site: AdsorptionSite,
    species: str | Adsorbate,
    *,
    height: float | None = None,
    rotation: float = 0.0,
) -> Atoms:
    """The structure with an adsorbate on a site.

    Parameters
    ----------
    atoms : ase.Atoms
        A slab or a cluster, with or without adsorbates.
    site : AdsorptionSite
        One of its sites; the sites of the clean structure serve for the covered one.
    species : str or Adsorbate
        What to place; a name takes its default form.
    height : float or None
        Height of the binding atoms over the site along the normal [Angstrom]; None takes the sum of covalent radii
        and lifts where that clashes; a height given is kept.
    rotation : float
        Angle about the normal, from the site's tangent to the adsorbate's x axis [degree].

    Returns
    -------
    ase.Atoms
        The atoms given, in their order, then the adsorbate's. The record keeps the site's neighbours as active atoms
        and, in `parameters["adsorbates"]`, the indices of each adsorbate and the turn and lift that were needed.

    Raises
    ------
    InputError
        If the site is not of this structure, the height or rotation is no number, or every orientation clashes.

    Examples
    --------
    >>> from nrrsim.structures.clusters import m3
    >>> from nrrsim.structures.sites import adsorption_sites
    >>> cluster = m3("Nb")
    >>> covered = place(cluster, adsorption_sites(cluster)[0], "NNH")
    >>> str(covered.symbols), adsorbate_atoms(covered)
    ('Nb3N2H', ((3, 4, 5),))
    """
    guest = adsorbate(species) if isinstance(species, str) else species
    _require_site(atoms, site)
    _require_number("height", height)
    _require_number("rotation", rotation)
    base = bond_height(site, guest, _numbers(atoms), rotation=rotation) if height is None else float(height)
    limits = _limits(atoms, guest, site)
    for lift in np.arange(0.0, HIGHEST_LIFT + LIFT / 2, LIFT) if height is None else [0.0]:
        for turn in _turns(guest):
            positions = _positions(site, guest, base + lift, rotation + turn)
            if _free(positions, guest, atoms, limits) and (lift == 0 or _bound(positions, guest, atoms, site)):
                return _joined(atoms, site, guest, positions, (base + float(lift), rotation + turn, turn, float(lift)))
    raise InputError(
        f"{guest.name} ({guest.form}) finds no place free of clashes on the site '{site.name}'.",
        where="placement",
        remedy="take another site or form, a larger cell, or fewer adsorbates.",
    )


def bond_height(site: AdsorptionSite, guest: Adsorbate, numbers: NDArray[np.int_], *, rotation: float = 0.0) -> float:
    """Height at which the nearest binding atom and neighbour are at the sum of their covalent radii [Angstrom].

    At least 0.5 Angstrom; that is the answer, too, where the neighbours are too far apart to be touched.
    """
    level = _positions(site, guest, 0.0, rotation)
    heights = [LOWEST]
    for atom, (index, place_) in product(guest.binding, zip(site.neighbours, site.neighbour_positions, strict=True)):
        step = place_ - level[atom]
        radii = covalent_radii[guest.atoms.numbers[atom]] + covalent_radii[numbers[index]]
        lateral = float(step @ step - (step @ site.normal) ** 2)
        if lateral < radii**2:
            heights.append(float(step @ site.normal) + float(np.sqrt(radii**2 - lateral)))
    return max(heights)


def orientations(
    atoms: Atoms,
    site: AdsorptionSite,
    species: str | Adsorbate,
    *,
    count: int = 6,
    height: float | None = None,
    seed: int | None = None,
) -> tuple[Atoms, ...]:
    """Placements that differ by more than symmetry, turned about the normal.

    Parameters
    ----------
    atoms, site, species, height
        As in `place`.
    count : int
        Turns tried, evenly spaced from 0, or drawn at random where a seed is given.
    seed : int or None
        Of the random turns.

    Returns
    -------
    tuple of ase.Atoms
        At most `count` structures. Two are the same if all distances between adsorbate and structure agree within 0.05
        Angstrom, mirror images included. Turns that clash in every way are left out.

    Raises
    ------
    InputError
        If no turn can be placed, or the count is below one.
    """
    if count < 1:
        raise InputError(f"the count of orientations is {count}.", where="placement", remedy="give 1 or more.")
    turns = 360.0 * np.arange(count) / count
    if seed is not None:
        turns = np.random.default_rng(seed).uniform(0.0, 360.0, size=count)
    kept: list[Atoms] = []
    prints: list[FloatArray] = []
    refusal: InputError | None = None
    for turn in turns:
        try:
            placed = place(atoms, site, species, height=height, rotation=float(turn))
        except InputError as error:
            refusal = error
            continue
        fingerprint = _fingerprint(placed)
        if not any(np.abs(fingerprint - other).max() < ALIKE for other in prints):
            kept.append(placed)
            prints.append(fingerprint)
    if not kept and refusal is not None:
        raise refusal
    return tuple(kept)


def turned(covered: Atoms, *, count: int) -> tuple[Atoms, ...]:
    """A covered structure, then the same with its adsorbate turned about the bond that it stands on.

    Parameters
    ----------
    covered : ase.Atoms
        With one adsorbate.
    count : int
        Structures at most: itself and quarter turns, those with most room first.

    Returns
    -------
    tuple of ase.Atoms
        Turns are left out that bring an atom within 1.3 sums of covalent radii of the structure, or that symmetry
        makes one with another: of an atom alone there are none.

    Raises
    ------
    InputError
        If nothing is adsorbed, or more than one.
    """
    guests = adsorbate_atoms(covered)
    if len(guests) != 1:
        what = f"{covered.symbols} holds {len(guests)} adsorbates."
        raise InputError(what, where="turn", remedy="take a structure with one.")
    feet = record_of(covered).parameters["adsorbates"][0]["neighbours"]
    gaps = _gaps(covered.positions[list(guests[0])], covered.positions[feet], covered)
    foot = guests[0][int(gaps.min(axis=1).argmin())]
    moving = [i for i in guests[0] if i != foot]
    axis = -covered.get_distances(foot, feet, mic=True, vector=True).mean(axis=0)
    others = []
    for quarter in (1, 2, 3) if moving else ():
        arms = Atoms(positions=covered.get_distances(foot, moving, mic=True, vector=True))  # also over the cell's edge
        arms.rotate(90.0 * quarter, axis)
        copy: Atoms = covered.copy()
        copy.positions[moving] = copy.positions[foot] + arms.positions
        others.append((_room(copy, moving, foot), copy))
    kept, prints = [covered], [_fingerprint(covered)]
    for room, copy in sorted(others, key=lambda told: -told[0]):
        fingerprint = _fingerprint(copy)
        if room >= APART and all(np.abs(fingerprint - other).max() >= ALIKE for other in prints):
            kept.append(copy)
            prints.append(fingerprint)
    return tuple(kept[:count])


def coadsorbed(
    atoms: Atoms, pairs: Sequence[tuple[AdsorptionSite, str | Adsorbate]], *, rotation: float = 0.0
) -> Atoms:
    """Several adsorbates, placed one after the other, each on its own site of the clean structure.

    Raises
    ------
    InputError
        If a site is taken twice, or an adsorbate finds no place beside those before it.
    """
    taken: list[FloatArray] = []
    for site, species in pairs:
        if any(np.linalg.norm(site.position + site.normal - other) < 1e-3 for other in taken):
            what = f"the site '{site.name}' is taken twice."
            raise InputError(what, where="placement", remedy="give each adsorbate its own site.")
        atoms = place(atoms, site, species, rotation=rotation)
        taken.append(site.position + site.normal)  # the two faces of a triangle have one position
    return atoms


def second_sites(
    atoms: Atoms,
    site: AdsorptionSite,
    *,
    within: float = 4.0,
    surface_atoms: Sequence[int] | None = None,
) -> tuple[AdsorptionSite, ...]:
    """Sites for a second adsorbate beside one on `site`, one for each class that the first leaves equal.

    Parameters
    ----------
    atoms : ase.Atoms
        The clean structure.
    site : AdsorptionSite
        The site that is taken.
    within : float
        Greatest distance between the sites, periodic images included [Angstrom].
    surface_atoms : sequence of int or None
        As in `adsorption_sites`.

    Returns
    -------
    tuple of AdsorptionSite
        Nearest first; sites closer than 1 Angstrom are left out.
    """
    positions = np.vstack([atoms.positions, site.position + site.normal])
    marked = Atoms([*atoms.symbols, "X"], positions=positions, cell=atoms.cell, pbc=atoms.pbc)
    others = all_sites(atoms, surface_atoms=surface_atoms)
    images = _images(atoms)
    gaps = np.array([np.linalg.norm(o.position + images - site.position, axis=1).min() for o in others])
    near = [i for i in np.argsort(np.round(gaps, 3), kind="stable") if 1.0 < gaps[i] <= within]
    if not near:
        return ()
    labels = orbits([others[i].position for i in near], marked)
    firsts = np.unique(labels, return_index=True)[1]
    return tuple(others[near[k]] for k in sorted(firsts))


def _numbers(atoms: Atoms) -> NDArray[np.int_]:
    return np.asarray(atoms.numbers)


def _require_site(atoms: Atoms, site: AdsorptionSite) -> None:
    """Whether the site's neighbours stand where it says, some lattice vector apart."""
    remedy = "take a site that adsorption_sites gives for this structure."
    if max(site.neighbours) >= len(atoms):
        what = f"the site '{site.name}' names atom {max(site.neighbours)}, the structure has {len(atoms)}."
        raise InputError(what, where="placement", remedy=remedy)
    steps = site.neighbour_positions - atoms.positions[list(site.neighbours)]
    scaled = steps @ np.linalg.inv(np.array(atoms.cell.complete()))
    scaled[:, atoms.pbc] -= np.rint(scaled[:, atoms.pbc])
    if np.abs(scaled @ np.array(atoms.cell.complete())).max() > 0.1:
        what = f"the atoms around the site '{site.name}' are not where it says."
        raise InputError(what, where="placement", remedy=remedy)


def _require_number(name: str, value: float | None) -> None:
    if value is not None and not np.isfinite(value):
        raise InputError(f"the {name} is {value}.", where="placement", remedy="give a finite number.")


def _turns(guest: Adsorbate) -> list[float]:
    """Turns tried against a clash, smallest first; none helps what stands on the axis."""
    if np.abs(guest.atoms.positions[:, :2]).max() < 0.01:
        return [0.0]
    steps = np.arange(TURN, 180.0 + TURN / 2, TURN)
    return [0.0, *(float(sign * step) for step in steps for sign in (1, -1))][:-1]


def _positions(site: AdsorptionSite, guest: Adsorbate, height: float, rotation: float) -> FloatArray:
    """Where the adsorbate's atoms come to stand [Angstrom], shape (n, 3)."""
    angle = np.radians(rotation)
    third = np.cross(site.normal, site.tangent)
    x = np.cos(angle) * site.tangent + np.sin(angle) * third
    axes = np.array([x, np.cross(site.normal, x), site.normal])
    return np.asarray(site.position + height * site.normal + guest.atoms.positions @ axes)


def _images(atoms: Atoms) -> FloatArray:
    """Lattice vectors to near periodic images, zero first [Angstrom], shape (k, 3)."""
    lattice = frame(atoms).lattice
    shifts = sorted(product((-1, 0, 1), repeat=len(lattice)), key=lambda s: sum(map(abs, s)))
    return np.array(shifts, dtype=float).reshape(len(shifts), -1) @ lattice


def _shifts(atoms: Atoms) -> FloatArray:
    """Lattice vectors to the adjacent cells of the box, zero included [Angstrom], shape (k, 3)."""
    axes = [(-1, 0, 1) if periodic else (0,) for periodic in atoms.pbc]
    return np.asarray(np.array(list(product(*axes))) @ np.array(atoms.cell.complete()))


def _gaps(positions: FloatArray, others: FloatArray, atoms: Atoms) -> FloatArray:
    """Distances of points to other points or their nearest periodic images [Angstrom], shape (n, n_others)."""
    cell = np.array(atoms.cell.complete())
    scaled = (others - positions[:, None]) @ np.linalg.inv(cell)
    scaled[..., atoms.pbc] -= np.rint(scaled[..., atoms.pbc])
    steps = scaled @ cell
    return np.asarray(np.linalg.norm(steps + _shifts(atoms)[:, None, None], axis=-1).min(axis=0))


def _limits(atoms: Atoms, guest: Adsorbate, site: AdsorptionSite) -> FloatArray:
    """Least distances of the adsorbate's atoms to those of the structure [Angstrom], shape (n_guest, n)."""
    metal = is_metal(atoms)
    factors = np.where(metal, LOOSE, APART) * np.ones((len(guest.atoms), 1))
    binding = np.array(guest.binding)
    factors[np.ix_(binding, np.flatnonzero(metal))] = CLOSEST
    factors[np.ix_(binding, np.array(site.neighbours))] = CLOSEST
    factors[:, [i for group in adsorbate_atoms(atoms) for i in group]] = APART
    return np.asarray(factors * (covalent_radii[guest.atoms.numbers][:, None] + covalent_radii[atoms.numbers]))


def _free(positions: FloatArray, guest: Adsorbate, atoms: Atoms, limits: FloatArray) -> bool:
    """Whether no atom of the adsorbate clashes with the structure or with its own periodic images."""
    if np.any(_gaps(positions, atoms.positions, atoms) < limits - 1e-9):
        return False
    shifts = _shifts(atoms)
    shifts = shifts[np.linalg.norm(shifts, axis=1) > 0.1]
    radii = covalent_radii[guest.atoms.numbers]
    own = np.linalg.norm(positions[:, None] - positions + shifts[:, None, None], axis=-1)
    return bool(np.all(own >= APART * (radii[:, None] + radii)))


def _bound(positions: FloatArray, guest: Adsorbate, atoms: Atoms, site: AdsorptionSite) -> bool:
    """Whether the atom nearest to the binding atoms, in sums of covalent radii, is one of the site's."""
    binding = list(guest.binding)
    radii = covalent_radii[guest.atoms.numbers[binding]][:, None] + covalent_radii[atoms.numbers]
    ratios = (_gaps(positions[binding], atoms.positions, atoms) / radii).min(axis=0)
    return bool(ratios[list(site.neighbours)].min() < ratios.min() + 1e-9)


def _joined(
    atoms: Atoms,
    site: AdsorptionSite,
    guest: Adsorbate,
    positions: FloatArray,
    chosen: tuple[float, float, float, float],
) -> Atoms:
    """The atoms with the adsorbate and the record of both."""
    height, rotation, turn, lift = (round(value, 6) for value in chosen)
    host: dict[str, Any] = {"what": str(atoms.symbols), "parameters": {}}
    source, notes = "structure given by the user", tuple[str, ...]()
    active: set[int] = set()
    if KEY in atoms.info:
        entry = record_of(atoms)
        host, source, notes = {"what": entry.what, "parameters": dict(entry.parameters)}, entry.source, entry.notes
        active = set(entry.active_atoms) if adsorbate_atoms(atoms) else set()
    before = host["parameters"].get("adsorbates", [])
    new = {
        "name": guest.name,
        "form": guest.form,
        "atoms": list(range(len(atoms), len(atoms) + len(positions))),
        "site": site.name,
        "neighbours": [int(i) for i in site.neighbours],
        "height": height,
        "rotation": rotation,
        "turned": turn,
        "lifted": lift,
    }
    together = atoms + Atoms(numbers=guest.atoms.numbers, positions=positions)
    together.info = dict(atoms.info)
    return recorded(
        together,
        what=f"{guest.name} on {host['what']}",
        parameters={"host": host["parameters"].get("host", host), "adsorbates": [*before, new]},
        active_atoms=sorted(active | {int(i) for i in site.neighbours}),
        source=f"{source}; {guest.name}: {guest.source}",
        notes=notes,
    )


def _room(atoms: Atoms, moving: Sequence[int], foot: int) -> float:
    """How near the atoms of an adsorbate come to the structure that it stands on, in sums of covalent radii."""
    host = [i for i in range(len(atoms)) if i not in (*moving, foot)]
    radii = covalent_radii[atoms.numbers]
    gaps = _gaps(atoms.positions[list(moving)], atoms.positions[host], atoms)
    return float((gaps / (radii[list(moving)][:, None] + radii[host])).min())


def _fingerprint(atoms: Atoms) -> FloatArray:
    """Sorted distances from each atom of the last adsorbate to all others of each element, rows sorted [Angstrom]."""
    guest = list(adsorbate_atoms(atoms)[-1])
    host = [i for i in range(len(atoms)) if i not in guest]
    gaps = _gaps(atoms.positions[guest], atoms.positions[host], atoms)
    rows = np.hstack([np.sort(gaps[:, atoms.numbers[host] == z], axis=1) for z in np.unique(atoms.numbers[host])])
    order = sorted(range(len(guest)), key=lambda k: (int(atoms.numbers[guest[k]]), *np.round(rows[k], 2)))
    return np.asarray(rows[order])
