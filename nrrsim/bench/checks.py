"""Answers before times: nothing is timed that was not right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nrrsim.bench.generated import exact_populations, isolated_chain
from nrrsim.bench.models import Points
from nrrsim.bench.peers import Solver, direct_turnovers
from nrrsim.bench.reference import ALLOWED, References, coverage_errors, tof_errors
from nrrsim.bench.solving import solved, solved_in_chunks
from nrrsim.errors import NotConvergedError
from nrrsim.solvers._kernels.chain import stationary_vector
from nrrsim.solvers._kernels.network import NONE, Answers
from nrrsim.solvers.isolated import chain_rates

Floats = NDArray[np.float64]

_ISOLATED = 1e-12  # largest relative error of a population
_CONTROL = 1e-8  # largest distance of a sum of rate control from one


@dataclass(frozen=True)
class ModelCheck:
    """What was found before a model was timed.

    Parameters
    ----------
    model : str
    species, steps, points : int
    references : int
        Exact points that all answers were held against.
    certified : float
        Share of the map's points with a certificate, cold and warm.
    coverage_error, tof_error : float
        Largest relative difference from the references.
    control_error : float
        Largest distance of the sum of the rate control from one.
    iterations_cold, iterations_warm : float
        Means over the map.
    decades : float
        Between the smallest and the largest constant of the map.
    """

    model: str
    species: int
    steps: int
    points: int
    references: int
    certified: float
    coverage_error: float
    tof_error: float
    control_error: float
    iterations_cold: float
    iterations_warm: float
    decades: float


def check_model(points: Points, at_references: Points, references: References) -> ModelCheck:
    """Hold a model's answers against its references, and count certificates over the map.

    Raises
    ------
    NotConvergedError
        If an answer is wrong, or a point of the map has no certificate.
    """
    exact = solved(at_references, control=True)
    cold, warm = solved(points), solved(points, warm=True)
    ln_k = np.concatenate([points.ln_kf_cj, points.ln_kr_cj])
    found = ModelCheck(
        model=points.name,
        species=len(points.topology.species),
        steps=len(points.topology.steps),
        points=len(points),
        references=len(at_references),
        certified=float(np.mean([cold.rung_c != NONE, warm.rung_c != NONE])),
        coverage_error=float(np.max(coverage_errors(exact.theta_ci, references))),
        tof_error=float(np.max(tof_errors(exact.tof_cg, references))),
        control_error=float(np.max(np.abs(exact.control_cj.sum(axis=1) - 1.0))),
        iterations_cold=float(np.mean(cold.iterations_c)),
        iterations_warm=float(np.mean(warm.iterations_c)),
        decades=float((ln_k.max() - ln_k.min()) / np.log(10.0)),
    )
    wrong = max(found.coverage_error, found.tof_error) > ALLOWED or found.control_error > _CONTROL
    if wrong or found.certified < 1.0:
        raise NotConvergedError(
            f"the model '{points.name}' is not solved right and nothing is timed: {found.certified:.2%} of its map "
            f"certified, coverages off by {found.coverage_error:.1e}, turnovers by {found.tof_error:.1e}, sums of rate "
            f"control by {found.control_error:.1e}."
        )
    return found


def check_isolated() -> tuple[float, float]:
    """Largest relative error of a population of the isolated chain, and its smallest population.

    Raises
    ------
    NotConvergedError
        If it is not right to 1e-12.
    """
    points = isolated_chain()
    found = stationary_vector(chain_rates(points.problem(0)))
    exact = exact_populations(points)
    error = max(abs(float(x / wanted) - 1.0) for x, wanted in zip(map(float, found), exact, strict=True))
    if not error < _ISOLATED:
        raise NotConvergedError(f"the isolated chain is off by {error:.1e}, so that nothing is timed.")
    return error, float(found.min())


def same_bits(points: Points) -> bool:
    """Whether one and two threads give the same numbers, bit for bit."""
    one, two = solved_in_chunks(points, threads=1), solved_in_chunks(points, threads=2)
    return answers_equal(one, two)


def answers_equal(one: Answers, two: Answers) -> bool:
    """Whether all arrays of two answers are equal, bit for bit."""
    return all(np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in zip(one, two, strict=True))


def rows_right(at_references: Points, references: References, rows: list[int], solve: Solver) -> list[int]:
    """The reference points, among `rows`, at which another program's coverages and turnovers are right."""
    right = []
    for c in rows:
        k_2j = np.exp(np.stack([at_references.ln_kf_cj[c], at_references.ln_kr_cj[c]]))
        theta = solve(k_2j)
        one = References(
            (references.conditions[c],),
            *(a[c : c + 1] for a in (references.theta_ci, references.tof_cg, references.gross_cg)),
        )
        tof = direct_turnovers(at_references.topology, theta, k_2j)
        errors = coverage_errors(theta[None], one)[0], tof_errors(tof[None], one)[0]
        if max(errors) <= ALLOWED:
            right.append(c)
    return right
