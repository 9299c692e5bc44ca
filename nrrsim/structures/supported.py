"""Clusters on supports: in touch with a slab at one place or at every distinct one, and the sites of their rim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from nrrsim.errors import InputError
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.closeness import APART, CLOSEST
from nrrsim.structures.record import ONE_SIDED, headed, record_of, recorded
from nrrsim.structures.sites import AdsorptionSite, adsorption_sites
from nrrsim.structures.symmetry import frame, keep_vacuum

FloatArray: TypeAlias = NDArray[np.float64]


ROTATIONS = (0.0, 30.0, 60.0, 90.0)  # of a cluster about the normal of its place [degree]
CATIONS = 0.82  # least distance of a cluster to the metal atoms of a compound, in sums of covalent radii
BOUND = 1.1  # longest bond of a cluster to the nonmetals of its support, in sums of covalent radii

_SAME = 5e-3  # structures whose distances agree within this are one; fcc and hcp hollows differ by 0.03 [Angstrom]
_FLAT = 0.1  # a cluster whose atoms keep within this of a plane (a line) is planar (linear) [Angstrom]


@dataclass(frozen=True, eq=False)
class Anchoring:
    """A cluster at one place of a slab.

    Parameters
    ----------
    site : AdsorptionSite
        The place.
    rotation : float
        About its normal [degree].
    atoms : ase.Atoms
        As `supported` makes them.
    """

    site: AdsorptionSite
    rotation: float
    atoms: Atoms


@dataclass(frozen=True, eq=False)
class Anchorings:
    """All distinct places of a cluster on a slab.

    Parameters
    ----------
    kept : tuple of Anchoring
        Those that fit, in the order of the sites and rotations; on a compound those bound to a nonmetal come first.
    refused : tuple of (str, float, str)
        Name of the site, rotation [degree] and reason of those that do not.
    repeated : int
        How many further rotations give one of the structures kept.
    """

    kept: tuple[Anchoring, ...]
    refused: tuple[tuple[str, float, str], ...]
    repeated: int


def anchorings(
    cluster: Atoms,
    slab: Atoms,
    *,
    rotations: Sequence[float] = ROTATIONS,
    surface_atoms: Sequence[int] | None = None,
    contact: float = 1.0,
    most: int | None = None,
) -> Anchorings:
    """A cluster at each distinct adsorption site of a slab in some rotations, structures that agree counted once.

    Parameters
    ----------
    cluster, slab : ase.Atoms
        Both with their records.
    rotations : sequence of float
        Tried at each site [degree].
    surface_atoms : sequence of int or None
        Atoms whose tops, bridges and hollows are tried; None takes all that the vacuum reaches.
    contact : float
        As in `supported`.
    most : int or None
        Stop at this many that fit.

    Raises
    ------
    InputError
        If there are no rotations, or the cluster fits nowhere.
    """
    if not len(rotations):
        raise InputError("no rotations were given.", where="anchorings", remedy="give some degrees, such as 0 and 30.")
    places = adsorption_sites(slab, surface_atoms=surface_atoms, up=frame(slab).up)
    bound: list[Anchoring] = []
    other: list[Anchoring] = []
    prints: list[FloatArray] = []
    refused: list[tuple[str, float, str]] = []
    repeated = 0
    for site, rotation in product(places, rotations):
        try:
            whole = supported(cluster, slab, site, rotation=float(rotation), contact=contact)
        except InputError as error:
            refused.append((site.name, float(rotation), error.what))
            continue
        fingerprint = _fingerprint(whole, len(slab))
        if any(np.abs(fingerprint - known).max() < _SAME for known in prints):
            repeated += 1
            continue
        prints.append(fingerprint)
        (bound if _bound(whole, len(slab)) else other).append(Anchoring(site, float(rotation), whole))
        if len(bound) == most:
            break
    kept = [*bound, *other][:most]
    if not kept:
        raise InputError(
            f"the cluster fits at no place of the slab: {refused[0][2]}",
            where="anchorings",
            remedy="take a larger supercell or a smaller cluster.",
        )
    return Anchorings(tuple(kept), tuple(refused), repeated)


def supported(
    cluster: Atoms,
    slab: Atoms,
    site: AdsorptionSite,
    *,
    height: float | None = None,
    rotation: float = 0.0,
    contact: float = 1.0,
) -> Atoms:
    """A cluster on a slab, unrelaxed.

    A linear or planar cluster lies flat, others stand on the largest face of their convex hull. The middle of what
    lies below is put over the site.

    The covalent radii of metals are those of neutral atoms, larger than cations are: where the slab holds nonmetals,
    its metal atoms may come as near as `CATIONS`, so that the bonds to the nonmetals set the height.

    Parameters
    ----------
    cluster, slab : ase.Atoms
        Both with their records.
    site : AdsorptionSite
        One of the slab's, from `adsorption_sites`.
    height : float or None
        Of the cluster's lowest atoms over the site along its normal [Angstrom]; None takes the least at which no atom
        of the cluster is nearer to the slab than `contact`, at the level of the site or above.
    rotation : float
        About the normal, from the site's tangent to the cluster's first lowest atom [degree].
    contact : float
        Distance of cluster and slab at that height, in sums of covalent radii, from 0.8, of the metal atoms of a
        compound 0.82 at most; single metal atoms in pockets of nitrogen stand at 0.9.

    Returns
    -------
    ase.Atoms
        The slab's atoms, then the cluster's; the cell grows by what the cluster takes of the vacuum. Active atoms are
        those of the cluster; `parameters` has its record and the slab's, and all its atoms as `cluster_atoms`.

    Raises
    ------
    InputError
        If the site is not of this slab, a number is none, the cluster is nearer than 0.8 sums of covalent radii to the
        slab, or it would bond to its own image.
    """
    of_cluster, of_slab = record_of(cluster), record_of(slab)
    _require_site(slab, site)
    if not np.isfinite(rotation) or (height is not None and not np.isfinite(height)):
        what = f"height = {height} and rotation = {rotation} were asked for."
        raise InputError(what, where="supported cluster", remedy="give finite numbers.")
    if not CLOSEST <= contact < APART:
        what = f"a contact of {contact} sums of covalent radii was asked for."
        raise InputError(what, where="supported cluster", remedy=f"give a number from {CLOSEST} to {APART}.")
    site = _brought_home(slab, site)
    laid = _laid(cluster.positions)
    angle = np.radians(rotation)
    third = np.cross(site.normal, site.tangent)
    x = np.cos(angle) * site.tangent + np.sin(angle) * third
    flat = site.position + laid @ np.array([x, np.cross(site.normal, x), site.normal])
    level = _touching(flat, cluster, slab, site.normal, contact) if height is None else float(height)
    positions = flat + level * site.normal
    _refuse_clashes(positions, cluster, slab)
    whole = slab + Atoms(numbers=cluster.numbers, positions=positions, magmoms=cluster.get_initial_magnetic_moments())
    keep_vacuum(whole, slab)
    return recorded(
        whole,
        what=f"{of_cluster.what} on {of_slab.what}",
        parameters={
            "cluster": {"what": of_cluster.what, "parameters": dict(of_cluster.parameters)},
            "slab": {"what": of_slab.what, "parameters": dict(of_slab.parameters)},
            "anchor": site.name,
            "neighbours": [int(i) for i in site.neighbours],
            "height": round(level, 6),
            "rotation": float(rotation),
            "cluster_atoms": list(range(len(slab), len(whole))),
        },
        active_atoms=[len(slab) + atom for atom in of_cluster.active_atoms],
        source=f"{of_slab.source}; cluster: {of_cluster.source}",
        notes=(*headed("support", of_slab.notes), *headed("cluster", of_cluster.notes), ONE_SIDED),
    )


def _laid(positions: FloatArray) -> FloatArray:
    """The cluster with its lowest atoms in the plane z = 0, their middle at the origin, the first along x."""
    centred = positions - positions.mean(axis=0)
    axes = np.linalg.svd(centred)[2]
    planar = np.abs(centred @ axes[2]).max() < _FLAT
    down = axes[2] if planar else _largest_face(centred)
    depths = centred @ down
    low = centred[depths > depths.max() - _FLAT]
    middle = low.mean(axis=0)
    first = low[0] - middle if len(low) > 1 else axes[0]
    first = first - (first @ down) * down
    x = first / np.linalg.norm(first)
    return np.asarray((centred - middle) @ np.array([x, np.cross(-down, x), -down]).T)


def _largest_face(centred: FloatArray) -> FloatArray:
    """Outward normal of the hull's face with most atoms, the largest of these, shape (3,)."""
    hull = ConvexHull(centred)
    normals = hull.equations[:, :3]
    held = [int(np.sum(centred @ n > (centred @ n).max() - _FLAT)) for n in normals]
    areas = [
        float(np.linalg.norm(np.cross(centred[b] - centred[a], centred[c] - centred[a])))
        for a, b, c in hull.simplices.tolist()
    ]
    best = max(range(len(normals)), key=lambda i: (held[i], round(areas[i], 4), -i))
    return np.asarray(normals[best])


def _shifts(slab: Atoms) -> FloatArray:
    """Lattice vectors to the cells around in the plane, zero first [Angstrom], shape (k, 3)."""
    shifts = sorted(product((-1, 0, 1), repeat=2), key=lambda s: abs(s[0]) + abs(s[1]))
    return np.asarray(np.array(shifts, dtype=float) @ slab.cell[:2])


def _touching(positions: FloatArray, cluster: Atoms, slab: Atoms, normal: FloatArray, contact: float) -> float:
    """Least height, from 0, at which all contacts are at or over some part of the sum of covalent radii [Angstrom]."""
    images = (slab.positions + _shifts(slab)[:, None]).reshape(-1, 3)
    numbers = np.tile(slab.numbers, 9)
    steps = images - positions[:, None]
    along = steps @ normal
    lateral = (steps**2).sum(axis=-1) - along**2
    factors = np.tile(np.minimum(contact, np.where(_cations(slab), CATIONS, np.inf)), 9)
    square = (factors * (covalent_radii[cluster.numbers][:, None] + covalent_radii[numbers])) ** 2
    heights = along + np.sqrt(np.maximum(square - lateral, 0.0))
    return float(heights[lateral < square].max(initial=0.0))


def _cations(slab: Atoms) -> NDArray[np.bool_]:
    """Which atoms are metals of a compound, shape (n,); none in a metal."""
    metals = is_metal(slab)
    return metals & bool((~metals).any())


def _bound(whole: Atoms, below: int) -> bool:
    """Whether a cluster stands at bond length from a nonmetal of its slab, or from any atom of a metal."""
    radii = covalent_radii[whole.numbers]
    images = whole.positions[:below] + _shifts(whole)[:, None]
    gaps = np.linalg.norm(images[:, None] - whole.positions[below:][:, None], axis=-1).min(axis=0)
    ratios = gaps / (radii[below:][:, None] + radii[:below])
    return bool(ratios[:, ~_cations(whole[:below])].min() < BOUND)


def _fingerprint(whole: Atoms, below: int) -> FloatArray:
    """Sorted distances from each atom of the cluster to the slab's of each element, rows sorted [Angstrom]."""
    slab, ours = whole[:below], whole[below:]
    images = slab.positions + _shifts(whole)[:, None]
    gaps = np.linalg.norm(images[:, None] - ours.positions[:, None], axis=-1).min(axis=0)
    rows = np.hstack([np.sort(gaps[:, slab.numbers == z], axis=1) for z in np.unique(slab.numbers)])
    order = sorted(range(len(ours)), key=lambda k: (int(ours.numbers[k]), *np.round(rows[k], 2)))
    return np.asarray(rows[order])


def _refuse_clashes(positions: FloatArray, cluster: Atoms, slab: Atoms) -> None:
    radii = covalent_radii[cluster.numbers]
    images = slab.positions + _shifts(slab)[:, None]
    gaps = np.linalg.norm(images[:, None] - positions[:, None], axis=-1).min(axis=0)
    ratio = float((gaps / (radii[:, None] + covalent_radii[slab.numbers])).min())
    if ratio < CLOSEST - 1e-9:
        raise InputError(
            f"the cluster comes to {ratio:.2f} sums of covalent radii of the slab, under {CLOSEST}.",
            where="supported cluster",
            remedy="give a greater height, or none.",
        )
    own = np.linalg.norm(positions[:, None] - positions + _shifts(slab)[1:][:, None, None], axis=-1)
    if np.any(own < APART * (radii[:, None] + radii)):
        raise InputError(
            "the cluster would bond to its own periodic image.",
            where="supported cluster",
            remedy="take a larger supercell of the slab, or another rotation.",
        )


def _brought_home(slab: Atoms, site: AdsorptionSite) -> AdsorptionSite:
    """The site over the slab itself where it was given over an image of it along the third cell vector."""
    step = site.neighbour_positions[0] - slab.positions[site.neighbours[0]]
    images = np.rint(np.linalg.solve(slab.cell[:].T, step)[2]) * slab.cell[2]
    return replace(site, position=site.position - images, neighbour_positions=site.neighbour_positions - images)


def _require_site(slab: Atoms, site: AdsorptionSite) -> None:
    """Whether the site's neighbours stand where it says, some lattice vector apart."""
    remedy = "take a site that adsorption_sites gives for this slab."
    if np.count_nonzero(slab.cell.lengths()) < 3 or max(site.neighbours) >= len(slab):
        raise InputError(f"the site '{site.name}' is not of this slab.", where="supported cluster", remedy=remedy)
    steps = (site.neighbour_positions - slab.positions[list(site.neighbours)]) @ np.linalg.inv(slab.cell[:])
    if np.abs((steps - np.rint(steps)) @ slab.cell[:]).max() > 0.1:
        what = f"the atoms around the site '{site.name}' are not where it says."
        raise InputError(what, where="supported cluster", remedy=remedy)
