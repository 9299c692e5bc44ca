"""Kernels against their plain Python, derivatives against differences, estimates against what they estimate."""

import os

import mpmath as mp
import numpy as np
import pytest

from nrrsim.solvers._kernels import double_double as dd
from nrrsim.solvers._kernels import forget_stale
from nrrsim.solvers._kernels.batch import solve_chain
from nrrsim.solvers._kernels.certificate import correction, gain, norms, row_sizes, solved
from nrrsim.solvers._kernels.equations import linear_system, one_way_rates, rate_gradient
from nrrsim.solvers._kernels.flux import busiest_basis, net_rates, turnovers
from nrrsim.solvers._kernels.linear import factorise, solve, solve_transposed
from nrrsim.solvers._kernels.network import Answers, workspace
from nrrsim.solvers._kernels.refined import precise, refined_state
from nrrsim.solvers.steady import steady_state


def random_coverages(problem, seed):
    rng = np.random.default_rng(seed)
    theta = 10 ** rng.uniform(-3, 0, size=len(problem.topology.species))
    sums = problem.topology.site_si @ theta
    return theta / (sums @ problem.topology.site_si)


def rates_at(problem, theta):
    work = workspace(problem.topology.arrays)
    one_way_rates(problem.topology.arrays, problem.rates, theta, work.forward_j, work.reverse_j)
    return work


def matrix_at(problem, theta):
    work = rates_at(problem, theta)
    linear_system(problem.topology.arrays, problem.rates, theta, 0.0, True, work)
    return work


@pytest.mark.parametrize("coupling", [0.0, 0.1])
def test_derivatives_are_those_of_the_rates(network, make_problem, coupling):
    problem = make_problem(network, 3, coupling=coupling)
    t, theta = problem.topology, random_coverages(problem, 1)
    weight_j = np.linspace(-1, 2, len(t.steps))
    work = rates_at(problem, theta)
    gradient = np.zeros(theta.size)
    rate_gradient(t.arrays, problem.rates, theta, weight_j, work, gradient)
    matrix = matrix_at(problem, theta)
    balances = np.setdiff1d(np.arange(theta.size), matrix.replaced_s)
    h, scale = 1e-6, np.max(work.forward_j + work.reverse_j)
    for i in range(theta.size):
        moved = [rates_at(problem, theta * np.exp(s * h * (np.arange(theta.size) == i))) for s in (1, -1)]
        slope_j = np.subtract(*(m.forward_j - m.reverse_j for m in moved)) / (2 * h)
        assert gradient[i] == pytest.approx(weight_j @ slope_j, abs=1e-7 * scale)
        np.testing.assert_allclose(
            matrix.matrix[balances, i], -(t.nu_ij @ slope_j)[balances], rtol=0, atol=1e-7 * scale
        )


def test_compiled_and_plain_kernels_agree(network, make_problem):
    problem = make_problem(network, 5, coupling=0.05)
    t, theta = problem.topology, random_coverages(problem, 2)
    compiled, plain = rates_at(problem, theta), workspace(t.arrays)
    one_way_rates.py_func(t.arrays, problem.rates, theta, plain.forward_j, plain.reverse_j)
    np.testing.assert_allclose(compiled.forward_j, plain.forward_j, rtol=1e-13)
    np.testing.assert_allclose(compiled.reverse_j, plain.reverse_j, rtol=1e-13)
    linear_system(t.arrays, problem.rates, theta, 3.0, True, compiled)
    linear_system.py_func(t.arrays, problem.rates, theta, 3.0, True, plain)
    np.testing.assert_allclose(compiled.matrix, plain.matrix, rtol=1e-11, atol=1e-300)
    np.testing.assert_array_equal(compiled.replaced_s, plain.replaced_s)
    a, b = compiled.matrix.copy(), compiled.matrix.copy()
    assert factorise(a, compiled.row_scale_i, compiled.swap_i)
    assert factorise.py_func(b, plain.row_scale_i, plain.swap_i)
    np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    order = np.random.default_rng(0).permutation(len(t.steps)).astype(float)
    assert busiest_basis(t.arrays, order, compiled) == busiest_basis.py_func(t.arrays, order, plain)
    np.testing.assert_array_equal(compiled.basis, plain.basis)


def test_linear_solver_against_numpy_over_many_decades():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(8, 8)) * 10.0 ** rng.uniform(-30, 30, size=(8, 1))
    x = rng.normal(size=8)
    factors, scale, swaps = matrix.copy(), np.zeros(8), np.zeros(8, dtype=np.int64)
    assert factorise(factors, scale, swaps)
    found = matrix @ x
    solve(factors, scale, swaps, found)
    np.testing.assert_allclose(found, x, rtol=1e-10)
    weights = matrix.T @ (x * scale)
    solve_transposed(factors, scale, swaps, weights)
    np.testing.assert_allclose(weights, x * scale, rtol=1e-9)
    assert not factorise(np.zeros((3, 3)), np.zeros(3), np.zeros(3, dtype=np.int64))


def test_a_cut_is_the_same_rate_and_avoids_the_busiest_steps(network, make_problem):
    """c - target is a combination of balances, and no other choice of steps to avoid has less traffic left."""
    problem = make_problem(network, 9)
    t, work = problem.topology, workspace(problem.topology.arrays)
    traffic = np.exp(problem.ln_kf_j)
    work.forward_j[:] = traffic
    size = busiest_basis(t.arrays, traffic, work)
    net_rates(size, work)
    turnovers(t.arrays, 0.0, size, work, np.zeros(len(t.gases)), np.zeros(len(t.gases)))
    for target, cut in zip(t.nu_gj, work.cut_gj, strict=True):
        residual = np.linalg.lstsq(t.nu_ij.T, cut - target, rcond=None)[0] @ t.nu_ij - (cut - target)
        np.testing.assert_allclose(residual, 0, atol=1e-9)
        busiest = max(np.flatnonzero(cut), key=lambda j: traffic[j])
        busier = [k for k in range(traffic.size) if traffic[k] >= traffic[busiest]]
        y = np.linalg.lstsq(t.nu_ij[:, busier].T, -target[busier], rcond=None)[0]
        assert np.max(np.abs(target[busier] + y @ t.nu_ij[:, busier])) > 1e-6  # they cannot all be avoided


def test_net_rates_balance_every_species(network, make_problem):
    problem = make_problem(network, 2)
    solution = steady_state(problem)
    produced = problem.topology.nu_ij @ solution.net_j
    np.testing.assert_allclose(produced, 0, atol=1e-13 * np.max(np.abs(solution.net_j)))
    for gas, nu_j in zip(problem.topology.gases, problem.topology.nu_gj, strict=True):
        assert solution.tof[gas] == pytest.approx(nu_j @ solution.net_j, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_norms_are_found_within_a_factor_of_three(network, make_problem, seed):
    """Hager's estimates against the norms of matrices written out."""
    problem = make_problem(network, seed)
    t, theta = problem.topology, steady_state(problem).theta_i
    work = matrix_at(problem, theta)
    matrix, forward, reverse = work.matrix.copy(), work.forward_j.copy(), work.reverse_j.copy()
    row_sizes(work)
    assert solved(work) < np.inf
    trust, response = norms(t.arrays, work)
    nu = t.nu_ij.copy()
    nu[work.replaced_s] = 0.0
    inverse = np.linalg.inv(matrix / np.abs(matrix).max(1)[:, None]) / np.abs(matrix).max(1)
    exact_trust = (np.abs(inverse) @ np.abs(matrix)).sum(1).max()
    exact_response = (np.abs(inverse @ nu) * (forward + reverse)).sum(1).max()
    assert exact_trust / 3 < trust < 1.5 * exact_trust
    assert exact_response / 3 < response < 1.5 * exact_response


def test_the_chain_s_correction_is_the_error_to_first_order(networks, make_problem):
    problem = make_problem(networks["electrochemical"], 1)
    theta = steady_state(problem).theta_i
    rng = np.random.default_rng(0)
    off = theta * np.exp(1e-6 * rng.normal(size=theta.size))
    off /= off.sum()
    work = workspace(problem.topology.arrays)
    size = correction(problem.topology.arrays, problem.rates, off, work)
    np.testing.assert_allclose(work.right_i, np.log(theta / off), rtol=0, atol=1e-10)
    assert size == pytest.approx(np.max(np.abs(np.log(theta / off))), rel=1e-3)
    assert 0.5 < gain(problem.topology.arrays, off, work) < 1e6


@pytest.mark.parametrize("x", [0.0, 1.0, -37.3, 29.9, -150.123, 3e-5, 600.0, -700.0])
def test_exponentials_have_thirty_digits(x):
    hi, lo = dd.exponential(x, 0.0)
    with mp.workdps(60):
        digits = 4e-30 if x > -640 else 1e-16  # below, the low half underflows
        assert abs((mp.mpf(hi) + mp.mpf(lo)) / mp.exp(mp.mpf(x)) - 1) < digits


def test_double_double_arithmetic_has_thirty_digits():
    rng = np.random.default_rng(1)
    with mp.workdps(60):
        for _ in range(50):
            a, b = ((x, x * 1e-17 * rng.uniform(-1, 1)) for x in rng.normal(size=2) * 10.0 ** rng.uniform(-9, 9, 2))
            exact = [mp.mpf(float(hi)) + mp.mpf(float(lo)) for hi, lo in (a, b)]
            for found, wanted in (
                (dd.add(*a, *b), exact[0] + exact[1]),
                (dd.multiply(*a, *b), exact[0] * exact[1]),
                (dd.divide(*a, *b), exact[0] / exact[1]),
            ):
                assert abs((mp.mpf(found[0]) + mp.mpf(found[1])) / wanted - 1) < 1e-30


@pytest.mark.parametrize("coupling", [0.0, 0.05])
def test_double_double_finds_the_same_steady_state(network, make_problem, coupling):
    problem = make_problem(network, 6, coupling=coupling)
    wanted = steady_state(problem)
    arrays, theta = problem.topology.arrays, random_coverages(problem, 3)
    numbers = precise(arrays, problem.ln_kf_j, problem.ln_kr_j, theta)
    error, _ = refined_state(arrays, problem.rates, numbers, theta, workspace(arrays))
    assert error < 1e-20
    np.testing.assert_allclose(theta, wanted.theta_i, rtol=1e-9)


def chained(problem, ln_kf_cj, ln_kr_cj, *, warm):
    t, c = problem.topology, ln_kf_cj.shape[0]
    shape = (len(t.species), len(t.gases), len(t.steps))
    answers = Answers(
        np.zeros((c, shape[0])), np.zeros((c, shape[1])), np.zeros((c, shape[1])), np.zeros((c, shape[2])),
        np.zeros((c, shape[2])), np.zeros(c), np.zeros(c, dtype=np.int8), np.zeros(c, dtype=np.int64),
    )  # fmt: skip
    solve_chain(
        t.arrays, ln_kf_cj, ln_kr_cj, problem.density_i, np.zeros((0, 0, 0)), problem.share_j,
        t.gases.index("NH3"), warm, workspace(t.arrays), answers,
    )  # fmt: skip
    return answers


def test_a_chain_of_conditions_is_the_conditions_one_by_one(network, make_problem):
    problem = make_problem(network, 4)
    steps = len(problem.topology.steps)
    shift = np.linspace(0, 1, 12)[:, None] * np.linspace(-1, 1, steps)
    ln_kf, ln_kr = problem.ln_kf_j + shift, problem.ln_kr_j + 0.5 * shift
    cold, warm = (chained(problem, ln_kf, ln_kr, warm=w) for w in (False, True))
    assert (cold.rung_c > 0).all()
    np.testing.assert_allclose(warm.theta_ci, cold.theta_ci, rtol=1e-8)
    np.testing.assert_allclose(warm.control_cj, cold.control_cj, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(cold.control_cj.sum(1), 1.0, rtol=1e-9)
    assert warm.iterations_c[1:].sum() < 0.5 * cold.iterations_c[1:].sum()


def test_compiled_code_older_than_a_source_is_forgotten(tmp_path):
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    for number, name in enumerate(("old.nbi", "source.py", "new.nbi")):
        file = (tmp_path if name.endswith(".py") else cache) / name
        file.write_text("", encoding="utf-8")
        os.utime(file, ns=(number * 10**9, number * 10**9))
    forget_stale(tmp_path)
    assert [file.name for file in cache.iterdir()] == ["new.nbi"]
