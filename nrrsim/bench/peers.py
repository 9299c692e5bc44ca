"""Other programs on the same equations: one adapter each, all with the same face.

Every one integrates d theta/dt from the same nearly clean surface to 1e6 s (or to what it calls a steady state), at the
tolerances below, with compiled rates and an analytic Jacobian where it takes one. What is not installed is named.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nrrsim.bench._kernels import compiled_equations
from nrrsim.solvers.steady import nearly_clean
from nrrsim.solvers.topology import Topology

Floats = NDArray[np.float64]
Solver = Callable[[Floats], Floats]
"""From constants with pressures in them, shape (2, j) [1/s], to coverages (i,)."""

END = 1e6  # [s]
RTOL, ATOL = 1e-8, 1e-16
STEPS = 50_000  # of an integration, at most
EVALUATIONS = 8_000  # of a right-hand side, where steps cannot be limited


@dataclass(frozen=True)
class Peer:
    """Another program.

    Parameters
    ----------
    name : str
    package : str
        What has to be installed, as it is imported.
    distribution : str
        What its version is asked of.
    prepare : callable
        From a topology to a solver; everything that is done once per network happens here.
    points : int
        Conditions to time it on, at most: some take seconds for each.
    rounds : int
        Rounds that it is timed in, at most.
    """

    name: str
    package: str
    distribution: str
    prepare: Callable[[Topology], Solver]
    points: int
    rounds: int = 1000

    @property
    def installed(self) -> bool:
        """Whether its package can be imported."""
        return importlib.util.find_spec(self.package) is not None

    @property
    def version(self) -> str:
        """Version of its package, empty where it is not installed."""
        return version(self.distribution) if self.installed else ""


def _odeint(topology: Topology) -> Solver:
    from scipy.integrate import ODEintWarning, odeint

    f, df = _callbacks(topology)
    start, times = nearly_clean(topology), np.array([0.0, END])

    def solve(k_2j: Floats) -> Floats:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ODEintWarning)
            found = odeint(f, start, times, (k_2j,), Dfun=df, rtol=RTOL, atol=ATOL, mxstep=STEPS, tfirst=True)
        return np.asarray(found[-1])

    return solve


class _TooLongError(Exception):
    """More evaluations than a benchmark can wait for."""


def _solve_ivp(method: str) -> Callable[[Topology], Solver]:
    """SciPy's newer face, which knows no limit of steps: evaluations are counted, and NaN is the answer beyond it."""

    def prepare(topology: Topology) -> Solver:
        from scipy import integrate

        solve_ivp: Any = integrate.solve_ivp  # its overloads are more than a callback in three numbers needs
        f, df = _callbacks(topology)
        start = nearly_clean(topology)

        def solve(k_2j: Floats) -> Floats:
            evaluations = itertools.count()

            def counted(time: float, theta: Floats) -> Floats:
                if next(evaluations) > EVALUATIONS:
                    raise _TooLongError
                return f(time, theta, k_2j)

            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    found = solve_ivp(
                        counted, (0.0, END), start, method, jac=lambda x, y: df(x, y, k_2j), rtol=RTOL, atol=ATOL
                    )
            except _TooLongError:
                return np.full(start.size, np.nan)
            return np.asarray(found.y[:, -1])

        return solve

    return prepare


def _callbacks(topology: Topology) -> tuple[Callable[..., Floats], Callable[..., Floats]]:
    """Right-hand side and Jacobian as SciPy calls them, compiled."""
    derivative, jacobian = compiled_equations(topology.arrays)
    n = len(topology.species)

    def f(_: float, theta: Floats, k_2j: Floats) -> Floats:
        out = np.empty(n)
        derivative(theta, k_2j, out)
        return out

    def df(_: float, theta: Floats, k_2j: Floats) -> Floats:
        out = np.empty((n, n))
        jacobian(theta, k_2j, out)
        return out

    return f, df


def _numbalsoda(topology: Topology) -> Solver:
    """LSODA in C++ with a compiled right-hand side; it differences the Jacobian itself."""
    numba: Any = importlib.import_module("numba")
    numbalsoda: Any = importlib.import_module("numbalsoda")

    derivative, _ = compiled_equations(topology.arrays)
    n, n_steps = len(topology.species), len(topology.steps)

    def rhs(_: Any, theta: Any, out: Any, data: Any) -> None:
        derivative(numba.carray(theta, (n,)), numba.carray(data, (2, n_steps)), numba.carray(out, (n,)))

    address = numba.cfunc(numbalsoda.lsoda_sig)(rhs).address

    start, times = nearly_clean(topology), np.array([0.0, END])

    def solve(k_2j: Floats) -> Floats:
        found, _ = numbalsoda.lsoda(address, start, times, data=k_2j, rtol=RTOL, atol=ATOL, mxstep=STEPS)
        return np.asarray(found[-1])

    return solve


def _cvode(topology: Topology) -> Solver:
    cvode: Any = importlib.import_module("sksundae.cvode")

    derivative, jacobian = compiled_equations(topology.arrays)
    start, times = nearly_clean(topology), np.array([0.0, END])

    def rhs(_: float, theta: Floats, out: Floats, data: tuple[Floats, Iterator[int]]) -> None:
        if next(data[1]) > EVALUATIONS:
            raise _TooLongError
        derivative(theta, data[0], out)

    def jac(_: float, theta: Floats, __: Floats, out: Floats, data: tuple[Floats, Iterator[int]]) -> None:
        jacobian(theta, data[0], out)

    def solve(k_2j: Floats) -> Floats:
        data = (k_2j, itertools.count())
        solver = cvode.CVODE(rhs, userdata=data, jacfn=jac, rtol=RTOL, atol=ATOL, max_num_steps=STEPS)
        try:
            return np.asarray(solver.solve(times, start).y[-1])
        except _TooLongError:
            return np.full(start.size, np.nan)

    return solve


def _cantera(*, to_steady_state: bool) -> Callable[[Topology], Solver]:
    """Cantera's surface coverages under its own integrator, or its own way to a steady state.

    Each one-way step is a reaction with the constant 1 and a multiplier that carries the real one; the gas stands in
    the constants. So a new condition costs no new mechanism.
    """

    def prepare(topology: Topology) -> Solver:
        ct: Any = importlib.import_module("cantera")

        text, members = _cantera_mechanism(topology)
        surface: Any = ct.Interface(yaml=text, name="surface")
        start = nearly_clean(topology)

        def solve(k_2j: Floats) -> Floats:
            for i, rows in enumerate(members):
                surface.set_multiplier(sum(k_2j[side, j] for side, j in rows), i)
            surface.coverages = start
            try:
                if to_steady_state:
                    surface.advance_coverages_to_steady_state()
                else:
                    surface.advance_coverages(END, rtol=RTOL, atol=ATOL, max_steps=STEPS)
            except ct.CanteraError:
                return np.full(start.size, np.nan)
            return np.asarray(surface.coverages, dtype=np.float64)

        return solve

    return prepare


def _cantera_mechanism(topology: Topology) -> tuple[str, list[list[tuple[int, int]]]]:
    """A Cantera mechanism of one-way steps with the constant 1, and the constants that each of them sums up."""
    if len(topology.site_types) != 1:
        raise NotImplementedError("one site type")
    names = [f"S{i}" for i in range(len(topology.species))]
    sites = [int(x) for x in topology.site_si[0]]
    thermo = "thermo: {model: constant-cp, T0: 300 K, h0: 0, s0: 0, cp0: 0}"
    species = [
        f"- {{name: {n}, composition: {{Pt: {k}}}, sites: {k}, {thermo}}}" for n, k in zip(names, sites, strict=True)
    ]
    members: dict[tuple[tuple[int, ...], tuple[int, ...]], list[tuple[int, int]]] = {}
    for j in range(len(topology.steps)):
        before, after = (
            tuple(sorted(int(i) for i in s[j] if i >= 0)) for s in (topology.initial_jm, topology.final_jm)
        )
        members.setdefault((before, after), []).append((0, j))
        members.setdefault((after, before), []).append((1, j))
    kinds = [(frozenset(a), frozenset(b)) for a, b in members]
    reactions = [  # A => B and 2 A => 2 B are duplicates to Cantera
        f"- {{equation: {' + '.join(names[i] for i in a)} => {' + '.join(names[i] for i in b)}, "
        f"duplicate: {str(kinds.count(kind) > 1).lower()}, rate-constant: {{A: 1.0, b: 0, Ea: 0}}}}"
        for (a, b), kind in zip(members, kinds, strict=True)
    ]
    head = (
        "phases:\n- {name: surface, thermo: ideal-surface, elements: [Pt], "
        f"species: [{', '.join(names)}], kinetics: surface, reactions: all, site-density: 1.0 kmol/m^2}}\n"
    )
    text = head + "species:\n" + "\n".join(species) + "\nreactions:\n" + "\n".join(reactions) + "\n"
    return text, list(members.values())


PEERS = (
    Peer("LSODA (SciPy odeint)", "scipy", "scipy", _odeint, 25),
    Peer("LSODA (SciPy solve_ivp)", "scipy", "scipy", _solve_ivp("LSODA"), 5, 3),
    Peer("BDF (SciPy solve_ivp)", "scipy", "scipy", _solve_ivp("BDF"), 2, 2),
    Peer("LSODA (numbalsoda)", "numbalsoda", "numbalsoda", _numbalsoda, 25),
    Peer("CVODE (scikit-sundae)", "sksundae", "scikit-sundae", _cvode, 10, 3),
    Peer("Cantera, coverages to 1e6 s", "cantera", "cantera", _cantera(to_steady_state=False), 25),
    Peer("Cantera, to steady state", "cantera", "cantera", _cantera(to_steady_state=True), 25),
)
"""Everything nrrsim is timed beside."""

LIMITED = ("LSODA (SciPy odeint)", "LSODA (numbalsoda)")
"""Those that end on every network: they are timed on generated ones, too."""


def direct_turnovers(topology: Topology, theta_i: Floats, k_2j: Floats) -> Floats:
    """Net production of each gas from the rates of all its steps [1/s per site], shape (g,): what a user would take."""
    forward, reverse = k_2j[0].copy(), k_2j[1].copy()
    for rate, slots in ((forward, topology.initial_jm), (reverse, topology.final_jm)):
        for m in range(slots.shape[1]):
            rate *= np.where(slots[:, m] >= 0, theta_i[slots[:, m]], 1.0)
    return np.asarray(topology.nu_gj @ (forward - reverse))
