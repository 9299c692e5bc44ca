"""Networks made for the benchmark: a Markov chain of 15 states, and ladders of 7 to 200 species."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nrrsim.bench.models import PRODUCT, Points
from nrrsim.solvers.topology import Topology

Floats = NDArray[np.float64]

STATES = 15
_Sides = tuple[tuple[int, ...], tuple[int, ...]]  # species before and after a step

SIZES = (7, 15, 30, 60, 120, 200)


def isolated_chain(*, states: int = STATES, seed: int = 28) -> Points:
    """A chain of whole-site states: a ring with chords, constants over 100 decades, none in balance with another.

    Its populations reach down to 1e-175.
    """
    rng = np.random.default_rng(seed)
    edges = [(a, (a + 1) % states) for a in range(states)] + [(a, (a + 4) % states) for a in range(0, states, 3)]
    topology = _topology([((a,), (b,)) for a, b in edges], states)
    ln_kf, ln_kr = rng.uniform(-200.0, 30.0, size=(2, 1, len(edges)))
    return _points(f"isolated chain of {states} states", topology, ln_kf, ln_kr)


def ladder(species: int, *, seed: int = 0, conditions: int = 8) -> Points:
    """A surface whose adsorbates form a ladder: each rung from the one below, and in exchange with the lowest.

    State energies and barriers are random, so that detailed balance holds but for the gas that drives it round.
    """
    rng = np.random.default_rng(seed)
    sides: list[_Sides] = [((i,), ((i + 1) % species,)) for i in range(species)]
    sides += [((i, 0), (i - 1, 1)) for i in range(3, species)]
    sides += [((i, i), (i - 1, i + 1)) for i in range(2, species - 1, 4)]
    energy = rng.normal(0.0, 4.0, size=species)  # over kT
    energy[0] = 0.0
    drive = np.zeros(len(sides))
    drive[species - 1] = 12.0
    dG = np.array([sum(energy[list(b)]) - sum(energy[list(a)]) for a, b in sides]) - drive
    ln_kf = 29.0 - np.maximum(rng.uniform(8.0, 30.0, size=len(sides)), np.maximum(dG, 0.0))
    shift = np.linspace(0.0, 2.0, conditions)[:, None] * np.sign(drive)
    topology = _topology(sides, species)
    return _points(f"ladder of {species} species", topology, ln_kf + shift, np.tile(ln_kf + dG, (conditions, 1)))


def exact_populations(points: Points, *, digits: int = 400) -> list[Any]:
    """Stationary populations of a chain, by ordinary elimination in mpmath; shape (i,)."""
    import mpmath as mp

    n = len(points.topology.species)
    with mp.workdps(digits):
        matrix, right = mp.matrix(n, n), mp.matrix(n, 1)
        for j, a, b, _ in points.topology.moves.tolist():
            for origin, target, ln_k in ((a, b, points.ln_kf_cj[0, j]), (b, a, points.ln_kr_cj[0, j])):
                k = mp.exp(mp.mpf(float(ln_k)))
                matrix[target, origin] += k
                matrix[origin, origin] -= k
        for i in range(n):
            matrix[n - 1, i] = mp.mpf(1)
        right[n - 1] = mp.mpf(1)
        return list(mp.lu_solve(matrix, right))


def _topology(sides: list[_Sides], species: int) -> Topology:
    """Index arrays of conversions on one site type; the step that closes the ring releases the product."""
    width = max(len(a) for a, _ in sides)
    nu = np.zeros((species, len(sides)))
    for j, (before, after) in enumerate(sides):
        np.add.at(nu[:, j], list(before), -1.0)
        np.add.at(nu[:, j], list(after), 1.0)
    release = np.array([[1.0 if b == (0,) else 0.0 for _, b in sides]])
    return Topology(
        species=("*", *(f"S{i}*" for i in range(1, species))),
        steps=tuple(f"step {j}" for j in range(len(sides))),
        gases=(PRODUCT,),
        site_types=("*",),
        initial_jm=np.array([[*a, *[-1] * (width - len(a))] for a, _ in sides], dtype=np.int64),
        final_jm=np.array([[*b, *[-1] * (width - len(b))] for _, b in sides], dtype=np.int64),
        nu_ij=nu,
        nu_gj=release,
        initial_gj=np.zeros_like(release),
        final_gj=release,
        n_electrons_j=np.zeros(len(sides)),
        site_si=np.ones((1, species)),
        equilibrium_q=np.zeros(0, dtype=np.int64),
        balance_ki=np.eye(species),
        site_in_balance_sk=np.ones((1, species)),
    )


def _points(name: str, topology: Topology, ln_kf_cj: Floats, ln_kr_cj: Floats) -> Points:
    share = np.full(len(topology.steps), 0.5)
    return Points(name, topology, np.ascontiguousarray(ln_kf_cj), np.ascontiguousarray(ln_kr_cj), np.ones(1), share)
