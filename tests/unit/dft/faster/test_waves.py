"""Sums over plane waves against their definition; GPAW's own are compared in tests/dft."""

import numpy as np
import pytest

from nrrsim.dft.faster._kernels import waves

WAVES, ATOMS = 1300, 3  # more than two blocks


@pytest.fixture
def functions():
    """Arguments of the kernels, and the functions themselves, shape (coefficients, waves)."""
    rng = np.random.default_rng(4)
    degrees = np.array([0, 1, 2, 3])
    radial, harmonics = rng.normal(size=(4, WAVES)), rng.normal(size=(16, WAVES))
    waves, positions = rng.normal(size=(3, WAVES)), rng.normal(size=(ATOMS, 3))
    shapes = np.array([0, 2, 1, 3, 0])  # of the atoms 0, 0, 1, 1, 2
    first = np.array([0, 2, 4, 5])
    l_of = degrees[shapes]
    place = np.concatenate([[0], np.cumsum(2 * l_of + 1)[:-1]])
    phase = np.exp(-1j * positions @ waves)
    table = np.array(
        [
            radial[shapes[j]] * (-1j) ** l_of[j] * harmonics[l_of[j] ** 2 + m] * phase[atom]
            for atom in range(ATOMS)
            for j in range(first[atom], first[atom + 1])
            for m in range(2 * l_of[j] + 1)
        ]
    )
    tables = (radial, harmonics, np.ascontiguousarray(phase.real), np.ascontiguousarray(-phase.imag))
    return (*tables, first, l_of, shapes, place), table, waves


def test_functions_are_added(functions):
    tables, table, _ = functions
    coefficients = np.random.default_rng(5).normal(size=len(table))
    out = np.full(WAVES, 1.0 + 2.0j)
    waves.add(out, 0.7, coefficients, *tables)
    assert out == pytest.approx(1.0 + 2.0j + 0.7 * coefficients @ table, rel=1e-12, abs=1e-12)


def test_integrals_and_their_slopes(functions):
    tables, table, vectors = functions
    rng = np.random.default_rng(6)
    array = rng.normal(size=WAVES) + 1j * rng.normal(size=WAVES)
    assert waves.integrate(array, *tables) == pytest.approx((table.conj() @ array).real, rel=1e-11, abs=1e-11)
    expected = ((table.conj() * array) @ vectors.T).imag
    assert waves.slopes(array, vectors, *tables) == pytest.approx(expected, rel=1e-11, abs=1e-11)
