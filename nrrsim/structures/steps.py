"""Steps on close-packed faces: rows of the top layer of hcp(0001) or fcc(111) removed.

The upper terrace that is left is a strip. Its two edges differ: the riser of one is made of squares, as {100} of fcc,
the edge called A; that of the other of triangles, as {111}, the edge called B. Rows that are removed make both at once,
so a stepped cell holds one B5 site for each atom of either edge. Cells with one kind of edge only are vicinal faces of
fcc, which `surface_slab` cuts: (211) or (311) for A, (221) or (331) for B.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms
from numpy.typing import NDArray

from nrrsim.errors import InputError, nearest
from nrrsim.structures.crystals import crystal_names, metal_lattice
from nrrsim.structures.motifs import b5_sites
from nrrsim.structures.record import record_of, recorded
from nrrsim.structures.sites import AdsorptionSite
from nrrsim.structures.slabs import surface_slab

Edge: TypeAlias = Literal["A", "B"]

NARROWEST = 2  # rows of either terrace: with fewer its two edges share their atoms or their sites
_CLOSE_PACKED = {"hcp": (0, 0, 1), "fcc": (1, 1, 1)}
_KIND = {"A": "fourfold", "B": "threefold"}


def stepped_slab(
    host: str = "Ru",
    *,
    edge: Edge = "A",
    width: int = 4,
    removed: int = 2,
    length: int = 2,
    layers: int = 4,
    vacuum: float = 15.0,
    fixed_layers: int = 0,
) -> Atoms:
    """A close-packed face with a step: some of the rows of its top layer removed, unrelaxed.

    The default removes two of the four rows of a (2 x 4) cell.

    Parameters
    ----------
    host : str
        A shipped hcp or fcc metal.
    edge : "A" or "B"
        The edge whose B5 site is active: a riser of squares or of triangles. Both edges are in the cell.
    width : int
        Close-packed rows across the cell, both terraces together.
    removed : int
        Rows taken from the top layer, 2 or more, leaving 2 or more.
    length : int
        Atoms along the step.
    layers : int
        Atomic layers, the stepped one included; 3 or more.
    vacuum : float
        Empty height between the upper terrace and the next image [Angstrom].
    fixed_layers : int
        Layers held fixed, from below; not the stepped one.

    Returns
    -------
    ase.Atoms
        x along the step; tags count layers, 1 the stepped one. The active atoms are the five of one B5 site at the
        edge asked for, the one nearest to the middle of the cell; three where the cell is one atom long.

    Raises
    ------
    InputError
        If the host is no close-packed metal, the edge is not known or a number cannot be.

    Examples
    --------
    >>> slab = stepped_slab("Ru", layers=3)
    >>> len(slab), len(record_of(slab).active_atoms)
    (20, 5)
    """
    lattice = _refuse(host, edge, width, removed, layers, fixed_layers)
    flat = surface_slab(
        host,
        _CLOSE_PACKED[lattice],
        supercell=(length, width),
        layers=layers,
        vacuum=vacuum,
        fixed_layers=fixed_layers,
    )
    rows = np.rint(flat.get_scaled_positions(wrap=False)[:, 1] * width - _top_offset(flat, width)).astype(int) % width
    kept = (flat.get_tags() > 1) | (rows < width - removed)
    stepped = _without(flat, kept)
    record = record_of(flat)
    return recorded(
        stepped,
        what=f"{host} stepped slab, edge {edge}",
        parameters={
            "host": host,
            "edge": edge,
            "width": width,
            "removed": removed,
            "length": length,
            "layers": layers,
            "vacuum": float(vacuum),
            "fixed_layers": fixed_layers,
        },
        active_atoms=sorted(set(_middle_site(stepped, edge).neighbours)),
        source=record.source,
        notes=(
            f"{removed} of {width} rows of the top layer removed, unrelaxed: terraces of {width - removed} and "
            f"{removed} rows, one edge A (squares) and one edge B (triangles).",
            f"active: the B5 site of an edge {edge}.",
            *record.notes,
        ),
    )


def _top_offset(flat: Atoms, width: int) -> float:
    """Where the top layer's rows begin, in rows."""
    return float(flat.get_scaled_positions(wrap=False)[flat.get_tags() == 1, 1].min() * width)


def _without(flat: Atoms, kept: NDArray[np.bool_]) -> Atoms:
    """The slab's atoms that are kept, those that were fixed still so."""
    fixed = np.zeros(len(flat), dtype=bool)
    for constraint in flat.constraints:
        fixed[constraint.index] = True
    bare = Atoms(flat.symbols, positions=flat.positions, cell=flat.cell, tags=flat.get_tags(), pbc=True)
    stepped: Atoms = bare[kept]
    if fixed.any():
        stepped.set_constraint(FixAtoms(mask=fixed[kept]))
    return stepped


def _middle_site(stepped: Atoms, edge: Edge) -> AdsorptionSite:
    """The B5 site at such an edge nearest to the middle of the cell."""
    sites = [site for site in b5_sites(stepped) if site.name.endswith(_KIND[edge])]
    middle = (stepped.cell[0] + stepped.cell[1]) / 2
    away = [round(float(np.linalg.norm((site.position - middle)[:2])), 3) for site in sites]
    return sites[int(np.argmin(away))]


def _refuse(host: str, edge: str, width: int, removed: int, layers: int, fixed_layers: int) -> str:
    """The host's lattice, after the refusals."""
    lattice = metal_lattice(host)
    if lattice not in _CLOSE_PACKED:
        packed = ", ".join(name for name in crystal_names() if metal_lattice(name) in _CLOSE_PACKED)
        remedy = f"take one of {packed}; steps of other metals are vicinal faces of surface_slab."
        raise InputError(f"{host} is no close-packed metal.", where="stepped slab", remedy=remedy)
    if edge not in _KIND:
        raise InputError(f"the edge '{edge}' is not known.", where="stepped slab", remedy=nearest(str(edge), _KIND))
    if not NARROWEST <= removed <= width - NARROWEST or int(removed) != removed or int(width) != width:
        what = f"{removed} of {width} rows were to be removed."
        remedy = f"leave {NARROWEST} rows and remove {NARROWEST} at least, as 2 of 4."
        raise InputError(what, where="stepped slab", remedy=remedy)
    if layers < 3 or int(layers) != layers:
        what = f"a stepped slab of {layers} layers was asked for."
        raise InputError(what, where="stepped slab", remedy="give 3 or more, the stepped one included.")
    if not 0 <= fixed_layers < layers - 1:
        what = f"{fixed_layers} of {layers} layers were to be fixed."
        raise InputError(what, where="stepped slab", remedy=f"give a whole number from 0 to {layers - 2}.")
    return str(lattice)
