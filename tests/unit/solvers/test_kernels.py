"""Kernels against their plain Python, and derivatives against differences."""

import numpy as np
import pytest

from nrrsim.solvers import _kernels


def random_coverages(problem, seed):
    rng = np.random.default_rng(seed)
    theta = 10 ** rng.uniform(-3, 0, size=len(problem.topology.species))
    sums = problem.topology.site_si @ theta
    return theta / (sums @ problem.topology.site_si)


@pytest.mark.parametrize("coupling", [0.0, 0.1])
def test_rate_derivatives_are_those_of_the_rates(network, make_problem, coupling):
    problem = make_problem(network, 3, coupling=coupling)
    theta = random_coverages(problem, 1)
    forward, reverse = (np.exp(x) for x in problem.ln_rates(theta))
    analytic = problem.rate_derivatives(theta, forward, reverse)
    h = 1e-6
    for i in range(theta.size):
        up, down = (theta * np.exp(s * h * (np.arange(theta.size) == i)) for s in (1, -1))
        difference = [np.exp(f) - np.exp(r) for f, r in (problem.ln_rates(up), problem.ln_rates(down))]
        slope = (difference[0] - difference[1]) / (2 * h)
        np.testing.assert_allclose(analytic[:, i], slope, rtol=0, atol=1e-7 * np.max(forward + reverse))


def test_compiled_and_plain_kernels_agree(network, make_problem):
    problem = make_problem(network, 5, coupling=0.05)
    t = problem.topology
    theta = random_coverages(problem, 2)
    arguments = (
        theta,
        problem.ln_kf_j,
        problem.ln_kr_j,
        t.initial_jm,
        t.final_jm,
        t.nu_ij,
        problem.coupling_ik,
        problem.share_j,
    )
    compiled, plain = _kernels.one_way_rates(*arguments), _kernels.one_way_rates.py_func(*arguments)
    np.testing.assert_allclose(compiled, plain, rtol=1e-13)
    matrix, replaced = problem.matrix(theta)
    right = np.linspace(1, 2, matrix.shape[0])
    solved, plainly = _kernels.solve_equilibrated(matrix, right), _kernels.solve_equilibrated.py_func(matrix, right)
    np.testing.assert_allclose(solved[0], plainly[0], rtol=1e-6)
    assert len(replaced) == len(t.site_types)
    order = np.argsort(-np.exp(compiled[0]))
    for target in t.nu_gj:
        cut = _kernels.cut_coefficients(target, t.nu_ij, order)
        np.testing.assert_array_equal(cut, _kernels.cut_coefficients.py_func(target, t.nu_ij, order))


def test_linear_solver_against_numpy_over_many_decades():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(8, 8)) * 10.0 ** rng.uniform(-30, 30, size=(8, 1))
    x = rng.normal(size=8)
    found, solved = _kernels.solve_equilibrated(matrix, matrix @ x)
    assert solved
    np.testing.assert_allclose(found, x, rtol=1e-10)
    _, solved = _kernels.solve_equilibrated(np.zeros((3, 3)), np.ones(3))
    assert not solved


@pytest.mark.parametrize(("ln_forward", "ln_reverse"), [(0.0, -1e-13), (-3.0, 2.0), (5.0, -np.inf), (1.0, 1.0)])
def test_net_rate_keeps_its_sign_and_size(ln_forward, ln_reverse):
    expected = np.exp(ln_forward) * -np.expm1(ln_reverse - ln_forward)
    assert _kernels.net_rate(ln_forward, ln_reverse) == pytest.approx(expected, rel=1e-14)


def test_a_cut_is_the_same_rate_and_avoids_the_busiest_steps(network, make_problem):
    """c - target is a combination of balances, and no other choice of steps to avoid has less traffic left."""
    problem = make_problem(network, 9)
    t = problem.topology
    traffic = np.exp(problem.ln_kf_j)
    order = np.argsort(-traffic, kind="stable")
    for target in t.nu_gj:
        cut = _kernels.cut_coefficients(target, t.nu_ij, order)
        residual = np.linalg.lstsq(t.nu_ij.T, cut - target, rcond=None)[0] @ t.nu_ij - (cut - target)
        np.testing.assert_allclose(residual, 0, atol=1e-9)
        used = np.flatnonzero(cut)
        for j in used:  # steps at least as busy as the busiest used one, plus it, cannot all be avoided
            busier = [k for k in range(traffic.size) if traffic[k] >= traffic[j]]
            if j != used[np.argmax(traffic[used])]:
                continue
            y = np.linalg.lstsq(t.nu_ij[:, busier].T, -target[busier], rcond=None)[0]
            assert np.max(np.abs(target[busier] + y @ t.nu_ij[:, busier])) > 1e-6
