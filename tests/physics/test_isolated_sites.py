"""Isolated sites: the subtraction-free elimination against 50-digit arithmetic."""

import mpmath as mp
import numpy as np
import pytest

from nrrsim.solvers._kernels.chain import stationary_vector


def random_chain(rng: np.random.Generator, n: int) -> np.ndarray:
    """An irreducible chain: a ring both ways plus random shortcuts, rates over 60 decades."""
    rates = np.zeros((n, n))
    for a in range(n):
        for b in ((a + 1) % n, (a - 1) % n):
            if a != b:
                rates[a, b] = 10.0 ** rng.uniform(-45, 15)
    for _ in range(2 * n):
        a, b = rng.integers(0, n, size=2)
        if a != b:
            rates[a, b] = 10.0 ** rng.uniform(-45, 15)
    return rates


def exact(rates: np.ndarray) -> list[mp.mpf]:
    """Stationary vector from the linear equations in 400 digits, which 60 decades and 30 states cannot exhaust."""
    n = rates.shape[0]
    with mp.workdps(400):
        matrix = mp.matrix(n, n)
        for a in range(n):
            for b in range(n):
                if a != b:
                    matrix[b, a] += mp.mpf(float(rates[a, b]))
                    matrix[a, a] -= mp.mpf(float(rates[a, b]))
        right = mp.matrix(n, 1)
        for a in range(n):
            matrix[n - 1, a] = mp.mpf(1)
        right[n - 1] = mp.mpf(1)
        return list(mp.lu_solve(matrix, right))


@pytest.mark.parametrize("n", [3, 5, 8, 13, 20, 30])
@pytest.mark.parametrize("seed", range(5))
def test_elimination_is_exact_whatever_the_magnitudes(n, seed):
    rates = random_chain(np.random.default_rng(1000 * n + seed), n)
    pi = stationary_vector(rates)
    reference = exact(rates)
    for found, wanted in zip(pi, reference, strict=True):
        if wanted < mp.mpf(10) ** -290:
            assert found < 1e-280  # below the range of double precision
        else:
            assert abs(mp.mpf(float(found)) / wanted - 1) < mp.mpf(10) ** -12


def test_kernel_and_its_plain_python_agree():
    rates = random_chain(np.random.default_rng(0), 9)
    np.testing.assert_array_equal(stationary_vector(rates), stationary_vector.py_func(rates))


def test_a_reducible_chain_is_not_given_a_number():
    rates = np.zeros((3, 3))
    rates[0, 1] = rates[1, 0] = 1.0
    assert np.isnan(stationary_vector(rates)).all()
