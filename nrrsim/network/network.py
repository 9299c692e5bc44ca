"""The network: species and steps, balanced on construction, with its matrices and its graph."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from nrrsim.core.species import ELECTRON, PROTON, Phase, Species, parse_species
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError, nearest
from nrrsim.network.balance import check_balance, check_transition_state, conserved_quantities


@dataclass(frozen=True, eq=False)
class Network:
    """Species and elementary steps that conserve elements, sites and charge.

    Parameters
    ----------
    species : Mapping[str, Species]
        By name, in the order of the file. H+ and e- are added where steps use them.
    steps : tuple[ElementaryStep, ...]
    transition_states : Mapping[str, Species]
        Compositions of the transition states the steps name.

    Raises
    ------
    BalanceError
        If a step is not balanced; the error names step and imbalance.
    InputError
        If a step names an unknown species, or two steps share an id.
    """

    species: Mapping[str, Species]
    steps: tuple[ElementaryStep, ...]
    transition_states: Mapping[str, Species]

    def __post_init__(self) -> None:
        species = dict(self.species)
        for particle in (PROTON, ELECTRON):
            if any(particle.name in step.stoichiometry for step in self.steps):
                species.setdefault(particle.name, particle)
        object.__setattr__(self, "species", MappingProxyType(species))
        object.__setattr__(self, "transition_states", MappingProxyType(dict(self.transition_states)))
        self._check_ids()
        for step in self.steps:
            self._check_names(step)
            check_balance(step, self.species)
            if step.transition_state is not None:
                check_transition_state(step, self.transition_states[step.transition_state], self.species)

    def _check_ids(self) -> None:
        seen: dict[str, ElementaryStep] = {}
        for step in self.steps:
            if step.id in seen:
                raise InputError(
                    f"two steps are called '{step.id}'.", remedy="give each of them an id of its own ('id: ...')."
                )
            seen[step.id] = step

    def _check_names(self, step: ElementaryStep) -> None:
        for name in (*step.reactants, *step.products):
            if name not in self.species:
                raise InputError(
                    f"the step '{step.equation}' names the unknown species '{name}'; {nearest(name, self.species)}",
                    remedy="declare it under species, or mend the name.",
                )
        if step.transition_state is not None and step.transition_state not in self.transition_states:
            raise InputError(
                f"the step '{step.equation}' names the unknown transition state '{step.transition_state}'.",
                remedy="declare it under transition_states.",
            )

    @functools.cached_property
    def gases(self) -> tuple[str, ...]:
        """Names of the gas species."""
        return tuple(name for name, s in self.species.items() if s.phase is Phase.GAS)

    @functools.cached_property
    def surface_species(self) -> tuple[str, ...]:
        """Names of adsorbates and free sites: the unknowns of the rate equations, index i."""
        return tuple(name for name, s in self.species.items() if s.on_surface)

    @functools.cached_property
    def site_types(self) -> tuple[str, ...]:
        """Site types in order of appearance, index s."""
        return tuple(dict.fromkeys(t for name in self.surface_species for t in self.species[name].sites))

    @functools.cached_property
    def nu_ij(self) -> NDArray[np.int64]:
        """Stoichiometric matrix of the surface species, shape (species i, steps j)."""
        return self.stoichiometric_matrix(self.surface_species)

    def stoichiometric_matrix(self, names: Iterable[str]) -> NDArray[np.int64]:
        """Stoichiometry nu of the named species in every step, shape (names, steps)."""
        return np.array(
            [[step.stoichiometry.get(name, 0) for step in self.steps] for name in names], dtype=np.int64
        ).reshape(-1, len(self.steps))

    @functools.cached_property
    def conservation(self) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """Names of the conserved quantities, and what each species carries of them, shape (quantities e, species i)."""
        carried = [conserved_quantities(s) for s in self.species.values()]
        names = tuple(sorted({quantity for c in carried for quantity in c}))
        return names, np.array([[c.get(q, 0) for c in carried] for q in names], dtype=np.int64)

    def step(self, step_id: str) -> ElementaryStep:
        """The step of that id, or an error that names the nearest ones."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise InputError(
            f"there is no step '{step_id}'; {nearest(step_id, (s.id for s in self.steps))}",
            remedy="use the id or equation.",
        )

    def graph(self) -> nx.DiGraph[str]:
        """Bipartite graph: species and steps are nodes ('kind'), edges run reactant -> step -> product ('n')."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        for name, species in self.species.items():
            graph.add_node(name, kind="species", phase=species.phase.value)
        for step in self.steps:
            node = f"step: {step.id}"
            graph.add_node(node, kind="step", n_electrons=step.n_electrons)
            graph.add_edges_from((name, node, {"n": n}) for name, n in step.reactants.items())
            graph.add_edges_from((node, name, {"n": n}) for name, n in step.products.items())
        return graph

    def cycles(self) -> NDArray[np.float64]:
        """Independent cycles of steps that leave the surface unchanged, one row each, shape (cycles, steps j)."""
        return self._cycles

    @functools.cached_property
    def _cycles(self) -> NDArray[np.float64]:  # exact elimination: once, not at each of many conditions
        basis = integer_null_space(self.nu_ij)
        basis.setflags(write=False)
        return basis


def integer_null_space(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """A rational basis x of matrix @ x = 0 in small whole numbers, one row each, by exact elimination."""
    n = matrix.shape[1]
    # Rows as what is not zero: networks of many states have few of these in a row.
    rows = [{int(c): Fraction(int(row[c])) for c in np.flatnonzero(row)} for row in matrix]
    pivots: list[int] = []
    for column in range(n):
        at = len(pivots)
        pivot = next((r for r in range(at, len(rows)) if column in rows[r]), None)
        if pivot is None:
            continue
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = {c: v / rows[at][column] for c, v in rows[at].items()}
        for r, row in enumerate(rows):
            if r != at and column in row:
                _subtract(rows[at], row[column], row)
        pivots.append(column)
    free = [c for c in range(n) if c not in set(pivots)]
    vectors: dict[int, dict[int, Fraction]] = {c: {c: Fraction(1)} for c in free}
    for row, column in zip(rows, pivots, strict=False):  # rows without a pivot are empty
        for c, v in row.items():
            if c != column:
                vectors[c][column] = -v
    basis = np.zeros((len(free), n))
    for k, vector in enumerate(vectors.values()):
        scale = math.lcm(*(v.denominator for v in vector.values()))
        for c, v in vector.items():
            basis[k, c] = float(v * scale)
    return basis


def _subtract(row: Mapping[int, Fraction], factor: Fraction, target: dict[int, Fraction]) -> None:
    """Take `factor` times a row from another one; what becomes zero is left out."""
    for c, v in row.items():
        left = target.get(c, Fraction(0)) - factor * v
        if left:
            target[c] = left
        else:
            target.pop(c, None)


def network_of(steps: Iterable[ElementaryStep], *, species: Mapping[str, Species] | None = None) -> Network:
    """A network whose species follow from the labels in the steps, but for those given."""
    steps = tuple(steps)
    known = dict(species or {})
    transition_states: dict[str, Species] = {}
    for step in steps:
        for name in (*step.reactants, *step.products):
            if name not in known:
                known[name] = parse_species(name)
        if step.transition_state is not None:
            transition_states[step.transition_state] = parse_species(step.transition_state)
    return Network(known, steps, transition_states)
