"""Surfaces as slabs with vacuum along z: bilayers of alpha-MoO3, low-index metals, cuts of oxides.

Tags count layers from the surface as ase does: 1 is the outermost. Fixed atoms are the lowest ones, by layers or by
height, held by an ase `FixAtoms`. The vacuum is the empty height between a slab and its own image, half of it on either
side.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import ase.build
import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms
from ase.geometry import minkowski_reduce
from ase.neighborlist import natural_cutoffs, neighbor_list
from pymatgen.core.structure import Structure
from pymatgen.core.surface import Slab, SlabGenerator
from pymatgen.io.ase import AseAtomsAdaptor

from nrrsim.errors import InputError
from nrrsim.structures.crystals import crystal, entry_of, metal_lattice
from nrrsim.structures.quiet import without_spglib_deprecation
from nrrsim.structures.record import record_of, recorded

SHEETS_PER_BILAYER = 2  # of octahedra, back to back
BOND_STRETCH = 1.18  # a bond's length over the sum of covalent radii at most: Mo-O to 2.6, past the 2.33 A of MoO3

_BILAYERS_PER_CELL = 2  # of alpha-MoO3 along its long axis, centred at fractions 0 and 1/2
_FACES = {  # those that ase builds by name
    ("fcc", (1, 1, 1)): "fcc111",
    ("fcc", (1, 0, 0)): "fcc100",
    ("fcc", (1, 1, 0)): "fcc110",
    ("bcc", (1, 1, 0)): "bcc110",
    ("bcc", (1, 0, 0)): "bcc100",
    ("bcc", (1, 1, 1)): "bcc111",
    ("hcp", (0, 0, 1)): "hcp0001",
}
LEAST_VACUUM, MOST_VACUUM = 6.0, 1000.0  # at less, adsorbates and images meet [Angstrom]

_SHEETS_APART = 2.5  # heights of atoms farther apart than this belong to two sheets [Angstrom]
_ONE_HEIGHT = 1e-3  # heights closer than this belong to one atomic layer [Angstrom]


def moo3_bilayer(
    *, supercell: tuple[int, int] = (2, 2), layers: int = 1, vacuum: float = 15.0, fixed_sheets: int = 0
) -> Atoms:
    """Bilayers of alpha-MoO3, cut through the van der Waals gap: the (010) face in the setting Pbnm.

    Each bilayer is two sheets of octahedra back to back. The cut breaks no Mo-O bond, keeps MoO3 exactly and leaves the
    slab inversion symmetric, hence non-polar. Both faces end in terminal oxygen.

    Parameters
    ----------
    supercell : tuple of int
        Repeats of the in-plane lengths 3.70 and 3.96 Angstrom; (2, 2) with one bilayer has 32 atoms, (2, 1) has 16.
    layers : int
        Bilayers.
    vacuum : float
        Empty height between periodic images [Angstrom].
    fixed_sheets : int
        Sheets held fixed, from below; two per bilayer, less than all.

    Returns
    -------
    ase.Atoms
        x along the 3.70 A axis, y along the 3.96 A axis, z out of the layers; tags count sheets, 1 on top. No active
        atoms: the full surface has no open Mo.

    Raises
    ------
    InputError
        If the supercell, the layers, the vacuum or the fixed sheets cannot be.

    Examples
    --------
    >>> moo3_bilayer(supercell=(2, 1)).get_chemical_formula()
    'Mo4O12'
    """
    _refuse_impossible(supercell, layers, vacuum)
    _refuse_fixed(fixed_sheets, layers * SHEETS_PER_BILAYER, "sheets")
    slab = _stacked_bilayers(crystal("MoO3"), layers)
    return recorded(
        _finished(slab, supercell=supercell, vacuum=vacuum, fixed=fixed_sheets),
        what="MoO3 bilayer",
        parameters={
            "supercell": list(supercell),
            "layers": layers,
            "vacuum": float(vacuum),
            "fixed_sheets": fixed_sheets,
        },
        active_atoms=(),
        source=entry_of("MoO3")["source"],
        notes=(
            "alpha-MoO3 (010) in the setting Pbnm, cut in the van der Waals gap: stoichiometric, no Mo-O bond broken.",
            "non-polar: the slab is inversion symmetric.",
            *entry_of("MoO3")["caveats"],
        ),
    )


def surface_slab(
    host: str,
    miller: Sequence[int],
    *,
    supercell: tuple[int, int] = (1, 1),
    layers: int = 4,
    vacuum: float = 15.0,
    fixed_layers: int = 0,
    fixed_depth: float = 0.0,
    termination: int = 0,
) -> Atoms:
    """A slab of a shipped crystal.

    Low-index faces of metals come from `ase.build`, where a layer is one of atoms. All others are cut by pymatgen's
    `SlabGenerator`, where a layer is one repeat of the crystal along the normal, so that the stoichiometry is kept;
    among the stoichiometric terminations non-polar ones come first, then those that break fewest bonds, then those of
    two equivalent faces; the record says which it is.

    Parameters
    ----------
    host : str
        One of `crystal_names()`.
    miller : sequence of int
        (h, k, l) in the setting of the shipped cell, or (h, k, i, l) for a hexagonal one, without a common divisor.
    supercell : tuple of int
        Repeats in the plane.
    layers : int
        Atomic layers of a low-index metal face, else repeats along the normal.
    vacuum : float
        Empty height between periodic images, from 6 [Angstrom].
    fixed_layers : int
        Layers held fixed, from below; less than all.
    fixed_depth : float
        Instead of these, the height above the lowest atom up to which atoms are held fixed; less than the thickness
        [Angstrom].
    termination : int
        Which of the stoichiometric terminations, from 0.

    Returns
    -------
    ase.Atoms
        Tags count layers, 1 on top; the active atoms are those of the highest atomic layer.

    Raises
    ------
    InputError
        If the host or face does not exist, no termination keeps the stoichiometry, or a number cannot be.
    """
    _refuse_impossible(supercell, layers, vacuum)
    _refuse_fixed(fixed_layers, layers, "layers")
    entry = entry_of(host)
    face = _three_indices(miller, hexagonal="hexagonal" in str(crystal(host).cell.get_bravais_lattice().longname))
    builder = _FACES.get((metal_lattice(host) or "", face))
    if builder is None:
        with without_spglib_deprecation():
            slab, notes = _cut(host, face, layers, termination)
    else:
        _refuse_termination(termination, 1, host)
        slab, notes = _metal(builder, entry, layers), ("one element: non-polar.",)
    slab = _finished(slab, supercell=supercell, vacuum=vacuum, fixed=fixed_layers)
    if fixed_depth:
        _refuse_fixed_depth(fixed_depth, fixed_layers, slab)
        slab.set_constraint(FixAtoms(mask=_low(slab, fixed_depth)))
    heights = slab.positions[:, 2]
    return recorded(
        slab,
        what=f"{host} ({' '.join(str(index) for index in miller)}) slab",
        parameters={
            "host": host,
            "miller": [int(index) for index in miller],
            "supercell": list(supercell),
            "layers": layers,
            "vacuum": float(vacuum),
            "fixed_layers": fixed_layers,
            "fixed_depth": float(fixed_depth),
            "termination": termination,
        },
        active_atoms=np.flatnonzero(heights > heights.max() - _ONE_HEIGHT).tolist(),
        source=entry["source"],
        notes=(*notes, *entry["caveats"]),
    )


def single_sheet(
    host: str, miller: Sequence[int], *, supercell: tuple[int, int] = (1, 1), vacuum: float = 15.0
) -> Atoms:
    """The uppermost sheet of a layered crystal: what is above the last gap in its slab of one repeat.

    Parameters and errors are those of `surface_slab`; refused too is a slab without a gap, 2.5 Angstrom of height
    with no atom.
    """
    whole = surface_slab(host, miller, supercell=(1, 1), layers=1, vacuum=vacuum)
    record = record_of(whole)
    heights = np.sort(whole.positions[:, 2])
    gaps = np.flatnonzero(np.diff(heights) > _SHEETS_APART)
    if not len(gaps):
        what = f"one repeat of {host} along {tuple(miller)} is one sheet or none."
        raise InputError(what, remedy="take surface_slab with layers=1.")
    upper = whole[whole.positions[:, 2] > heights[gaps[-1]] + _ONE_HEIGHT]
    upper.set_tags(1)
    _refuse_impossible(supercell, 1, vacuum)
    sheet = _finished(upper, supercell=supercell, vacuum=vacuum, fixed=0)
    highest = sheet.positions[:, 2] > sheet.positions[:, 2].max() - _ONE_HEIGHT
    return recorded(
        sheet,
        what=f"{host} single sheet",
        parameters={
            "host": host,
            "miller": [int(index) for index in miller],
            "supercell": list(supercell),
            "vacuum": float(vacuum),
        },
        active_atoms=np.flatnonzero(highest).tolist(),
        source=record.source,
        notes=(f"one sheet of {host}, unrelaxed.", *entry_of(host)["caveats"]),
    )


def _stacked_bilayers(bulk: Atoms, layers: int) -> Atoms:
    """One in-plane cell of bilayers as they follow each other in the crystal, tagged by sheets."""
    cell, fractions, bilayer, upper = _sheets_of(bulk)
    positions, numbers, sheet = [], [], []
    for layer in range(layers):
        here = bilayer == layer % _BILAYERS_PER_CELL
        lifted = fractions[here] + [0.0, 0.0, layer // _BILAYERS_PER_CELL]
        positions.append(lifted @ cell)
        numbers.append(bulk.numbers[here])
        sheet.append(SHEETS_PER_BILAYER * layer + upper[here])
    tags = layers * SHEETS_PER_BILAYER - np.concatenate(sheet)
    return Atoms(np.concatenate(numbers), positions=np.concatenate(positions), cell=cell, tags=tags, pbc=True)


def _sheets_of(bulk: Atoms) -> tuple[Any, Any, Any, Any]:
    """The bulk with its long axis turned to z: cell (3, 3), fractions (n, 3), bilayer (n,), upper sheet or not (n,)."""
    fractions = bulk.get_scaled_positions()[:, [1, 2, 0]]
    quarter = 1 / (2 * _BILAYERS_PER_CELL)
    height = (fractions[:, 2] + quarter) % 1.0 - quarter
    fractions[:, 2] = height
    bilayer = np.floor((height + quarter) * _BILAYERS_PER_CELL).astype(int)
    upper = (height > bilayer / _BILAYERS_PER_CELL).astype(int)
    return np.diag(bulk.cell.lengths()[[1, 2, 0]]), fractions, bilayer, upper


def _metal(builder: str, entry: Any, layers: int) -> Atoms:
    """A primitive low-index slab of a metal, tagged by ase."""
    lattice = {key: float(value) for key, value in entry["lattice"].items() if key in ("a", "c")}
    slab: Atoms = getattr(ase.build, builder)(entry["sites"][0][0], size=(1, 1, layers), vacuum=0.0, **lattice)
    slab.info.clear()
    slab.pbc = True
    return Atoms(slab.symbols, positions=slab.positions, cell=_standing(slab.cell[:]), tags=slab.get_tags(), pbc=True)


def _standing(cell: Any) -> Any:
    """The cell with a third vector along z, however thin the slab."""
    return np.array([cell[0], cell[1], [0.0, 0.0, max(cell[2][2], 1.0)]])


def _cut(host: str, face: tuple[int, int, int], layers: int, termination: int) -> tuple[Atoms, tuple[str, ...]]:
    """A stoichiometric slab from pymatgen with what is to be said of it."""
    plain = AseAtomsAdaptor.get_structure(crystal(host))
    charged = _with_charges(plain)
    bulk = plain if charged is None else charged
    height = _repeat_height(bulk, face)
    generator = SlabGenerator(bulk, face, layers * height - _ONE_HEIGHT, 10.0, primitive=True, center_slab=True)
    whole = [slab for slab in generator.get_slabs() if slab.composition.reduced_formula == bulk.reduced_formula]
    if not whole:
        raise InputError(
            f"no cut of {host} along {face} keeps its stoichiometry.", remedy="choose another face or more layers."
        )
    ordered = sorted(whole, key=lambda slab: (_is_polar(slab), -_bonds_per_atom(slab), not slab.is_symmetric()))
    _refuse_termination(termination, len(ordered), host)
    chosen = ordered[termination]
    notes = (
        _polarity(chosen, known=charged is not None),
        "the two faces are equivalent." if chosen.is_symmetric() else "the two faces differ.",
        f"termination {termination} of {len(ordered)} that keep the stoichiometry.",
    )
    return _upright(chosen, height, layers), notes


def _polarity(slab: Slab, *, known: bool) -> str:
    if not known:
        return "polarity unknown: no formal charges fit this compound."
    if _is_polar(slab):
        return "polar: energies converge slowly with thickness, and the field across the vacuum needs a correction."
    return "non-polar."


def _bonds_per_atom(slab: Slab) -> float:
    """Bonds left by a cut, per atom: between unlike atoms, or any in an element."""
    atoms = Atoms([site.specie.symbol for site in slab], positions=slab.cart_coords, cell=slab.lattice.matrix)
    atoms.pbc = True
    first, second = neighbor_list("ij", atoms, natural_cutoffs(atoms, mult=BOND_STRETCH))
    unlike = atoms.numbers[first] != atoms.numbers[second]
    bonds = unlike if len(set(atoms.numbers.tolist())) > 1 else np.ones(len(first), dtype=bool)
    return round(float(bonds.sum()) / len(atoms), 6)


def _repeat_height(bulk: Structure, face: tuple[int, int, int]) -> float:
    """Height of one repeat of the crystal along the face normal [Angstrom]."""
    unit = SlabGenerator(bulk, face, 1.0, 1.0, primitive=False).oriented_unit_cell
    a, b, _ = unit.lattice.matrix
    return float(unit.volume / np.linalg.norm(np.cross(a, b)))


def _with_charges(bulk: Structure) -> Structure | None:
    """The crystal with pymatgen's formal charges, None where none are neutral."""
    guesses = bulk.composition.reduced_composition.oxi_state_guesses()
    if not guesses:
        return None
    charged = bulk.copy()
    charged.add_oxidation_state_by_element(guesses[0])
    return charged


def _is_polar(slab: Slab) -> bool:
    return bool(slab.is_polar())


def _upright(slab: Slab, height: float, layers: int) -> Atoms:
    """The slab as tagged atoms in a cell of shortest vectors in the plane and the third along the normal."""
    with warnings.catch_warnings():  # charges of the structure are no concern of the atoms
        warnings.simplefilter("ignore", UserWarning)
        found = AseAtomsAdaptor.get_atoms(slab.get_orthogonal_c_slab())
    atoms = Atoms(found.symbols, positions=found.positions, cell=found.cell, pbc=True)
    atoms.set_cell(minkowski_reduce(atoms.cell, pbc=(True, True, False))[0])
    atoms.set_cell(atoms.cell.standard_form()[0], scale_atoms=True)
    atoms.wrap(pbc=(True, True, False))
    above = atoms.positions[:, 2] - atoms.positions[:, 2].min()
    atoms.set_tags(layers - np.floor((above + _ONE_HEIGHT) / height).astype(int))
    return atoms


def _finished(slab: Atoms, *, supercell: tuple[int, int], vacuum: float, fixed: int) -> Atoms:
    """The slab repeated, with its vacuum and its lowest tags fixed."""
    slab.center(vacuum=vacuum / 2, axis=2)
    whole: Atoms = slab.repeat((*supercell, 1))
    if fixed:
        lowest = sorted(set(whole.get_tags().tolist()), reverse=True)[:fixed]
        whole.set_constraint(FixAtoms(mask=np.isin(whole.get_tags(), lowest)))
    return whole


def _three_indices(miller: Sequence[int], *, hexagonal: bool) -> tuple[int, int, int]:
    """Miller indices without the redundant one of hexagonal axes."""
    indices = [int(index) for index in miller]
    if len(indices) == 4 and hexagonal and sum(indices[:3]) == 0:
        indices = [indices[0], indices[1], indices[3]]
    divisor = math.gcd(*indices)
    if divisor > 1 and list(miller) == [int(index) for index in miller]:
        least = tuple(int(index) // divisor for index in miller)
        what = f"the indices {tuple(miller)} have the common divisor {divisor}."
        raise InputError(what, where="face", remedy=f"the face is that of {least}: name it so.")
    if len(indices) != 3 or not any(indices) or list(miller) != [int(index) for index in miller]:
        raise InputError(
            f"{tuple(miller)} is no face of this crystal.",
            remedy="give whole numbers (h, k, l), or (h, k, i, l) with h + k + i = 0 for a hexagonal crystal.",
        )
    return indices[0], indices[1], indices[2]


def _refuse_impossible(supercell: tuple[int, int], layers: int, vacuum: float) -> None:
    if len(supercell) != 2 or any(repeat < 1 or int(repeat) != repeat for repeat in supercell):
        raise InputError(f"a supercell of {supercell} was asked for.", remedy="give two whole numbers from 1.")
    if layers < 1 or int(layers) != layers:
        raise InputError(f"a slab of {layers} layers was asked for.", remedy="give a whole number from 1.")
    refuse_vacuum(vacuum)


def refuse_vacuum(vacuum: float) -> None:
    """Refuse an empty height over a slab [Angstrom] that is too low for adsorbates, or no such height.

    Raises
    ------
    InputError
        Unless it is from 6 to below 1000 Angstrom.
    """
    if not LEAST_VACUUM <= vacuum < MOST_VACUUM:
        remedy = f"give a positive height, {LEAST_VACUUM:g} Angstrom or more and less than {MOST_VACUUM:g}."
        raise InputError(f"a vacuum of {vacuum} Angstrom was asked for.", where="slab", remedy=remedy)


def _refuse_fixed(fixed: int, there: int, what: str) -> None:
    if not 0 <= fixed < there or int(fixed) != fixed:
        raise InputError(
            f"{fixed} of {there} {what} were to be fixed.", remedy=f"give a whole number from 0 to {there - 1}."
        )


def _low(slab: Atoms, depth: float) -> Any:
    """Which atoms are within a depth of the lowest, shape (n,)."""
    heights = slab.positions[:, 2]
    return heights < heights.min() + depth + _ONE_HEIGHT


def _refuse_fixed_depth(depth: float, layers: int, slab: Atoms) -> None:
    thickness = float(np.ptp(slab.positions[:, 2]))
    if layers or not depth > 0.0 or _low(slab, depth).all():
        raise InputError(
            f"a fixed depth of {depth} Angstrom and {layers} fixed layers were asked for, of {thickness:.2f} Angstrom.",
            where="slab",
            remedy="give one of the two, a depth from 0 to less than the thickness.",
        )


def _refuse_termination(termination: int, there: int, host: str) -> None:
    if not 0 <= termination < there:
        raise InputError(
            f"termination {termination} of {host} was asked for, where {there} keep the stoichiometry.",
            remedy=f"give a number from 0 to {there - 1}.",
        )
