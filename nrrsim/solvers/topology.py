"""The topology of a network as index arrays, compiled once and used at every condition."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nrrsim.core.species import gas_formula
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError
from nrrsim.network.network import Network, integer_null_space
from nrrsim.solvers._kernels.network import Network as NetworkArrays

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Topology:
    """Index arrays of a network (axes as in the kernels).

    Parameters
    ----------
    species : tuple[str, ...]
        Surface species, index i.
    steps : tuple[str, ...]
        Step ids, index j.
    gases : tuple[str, ...]
        Gas formulas, index g.
    site_types : tuple[str, ...]
        Index s.
    initial_jm, final_jm : array (j, m)
        Surface species of each side, -1 where a slot is empty.
    nu_ij, nu_gj : arrays
        Stoichiometry of surface species and gases.
    initial_gj, final_gj : array (g, j)
        Gas molecules of each side: the step's orders in pressure.
    n_electrons_j : array (j,)
        Electrons consumed.
    site_si : array (s, i)
        1 where species i sits on type s.
    equilibrium_q : array (q,)
        Steps held at equilibrium.
    balance_ki : array (k, i)
        Combinations of species balances in which no step at equilibrium appears.
    site_in_balance_sk : array (s, k)
        Share of each balance row in the conservation of a site type.
    """

    species: tuple[str, ...]
    steps: tuple[str, ...]
    gases: tuple[str, ...]
    site_types: tuple[str, ...]
    initial_jm: Ints
    final_jm: Ints
    nu_ij: Floats
    nu_gj: Floats
    initial_gj: Floats
    final_gj: Floats
    n_electrons_j: Floats
    site_si: Floats
    equilibrium_q: Ints
    balance_ki: Floats
    site_in_balance_sk: Floats

    @functools.cached_property
    def balance_kj(self) -> Floats:
        """Balance rows times stoichiometry, shape (k, j)."""
        return self.balance_ki @ self.nu_ij

    @functools.cached_property
    def arrays(self) -> NetworkArrays:
        """What the kernels work on."""
        changed = [np.flatnonzero(column) for column in self.nu_ij.T]
        width = max((rows.size for rows in changed), default=1)
        changed_jm = np.full((len(self.steps), width), -1, dtype=np.int64)
        change_jm = np.zeros((len(self.steps), width))
        for j, rows in enumerate(changed):
            changed_jm[j, : rows.size], change_jm[j, : rows.size] = rows, self.nu_ij[rows, j]
        held = np.zeros(len(self.steps), dtype=np.bool_)
        held[self.equilibrium_q] = True
        return NetworkArrays(
            initial_jm=np.ascontiguousarray(self.initial_jm),
            final_jm=np.ascontiguousarray(self.final_jm),
            changed_jm=changed_jm,
            change_jm=change_jm,
            nu_ij=np.ascontiguousarray(self.nu_ij),
            nu_gj=np.ascontiguousarray(self.nu_gj),
            site_si=np.ascontiguousarray(self.site_si),
            free_s=np.array([self._free_site(s) for s in range(len(self.site_types))], dtype=np.int64),
            move_m4=self.moves,
            equilibrium_q=self.equilibrium_q.astype(np.int64),
            is_held_j=held,
            balance_ki=np.ascontiguousarray(self.balance_ki),
            site_in_balance_sk=np.ascontiguousarray(self.site_in_balance_sk),
        )

    @functools.cached_property
    def moves(self) -> Ints:
        """Changes of single sites in the forward direction, one row for each: step, species from, species to, type."""
        rows = []
        for j in range(len(self.steps)):
            for s in range(len(self.site_types)):
                rows += [(j, a, b, s) for a, b in zip(*self._changed(j, s), strict=True)]
        return np.array(rows, dtype=np.int64).reshape(-1, 4)

    def _changed(self, j: int, s: int) -> tuple[list[int], list[int]]:
        """Species that leave and species that come on type s in step j, once for each site, others left out."""
        net = self.site_si[s] * self.nu_ij[:, j]
        leave = [i for i in range(len(self.species)) for _ in range(int(-net[i]))]
        come = [i for i in range(len(self.species)) for _ in range(int(net[i]))]
        return leave, come

    def _free_site(self, s: int) -> int:
        """The species that is a site of a type with nothing on it, else the first on that type."""
        on_type = [i for i in range(len(self.species)) if self.site_si[s, i] > 0]
        return next((i for i in on_type if self.species[i].startswith("*")), on_type[0])


def compile_topology(
    network: Network,
    equilibrium: NDArray[np.bool_] | None = None,
    *,
    site_types: tuple[str, ...] | None = None,
) -> Topology:
    """Compile a network.

    Parameters
    ----------
    network : Network
    equilibrium : array (j,) of bool, optional
        Steps held at equilibrium.
    site_types : tuple[str, ...], optional
        Order of the site types; that of the network without it.

    Raises
    ------
    InputError
        If steps at equilibrium are not independent, or something besides sites is conserved on the surface.
    """
    names = tuple(n for n in network.surface_species if any(n in (*s.reactants, *s.products) for s in network.steps))
    gases = tuple(g for g in network.gases if any(g in s.stoichiometry for s in network.steps))
    nu = network.stoichiometric_matrix(names)
    on = [t for n in names for t in network.species[n].sites]
    site_types = tuple(t for t in site_types or dict.fromkeys(on) if t in on)
    site_si = np.array([[network.species[n].sites.get(t, 0) for n in names] for t in site_types], dtype=np.int64)
    held = np.flatnonzero(equilibrium) if equilibrium is not None else np.zeros(0, dtype=np.int64)
    _check_pools(nu, names, site_types)
    balance = _balances(nu, held)
    return Topology(
        species=names,
        steps=tuple(s.id for s in network.steps),
        gases=tuple(gas_formula(g) for g in gases),
        site_types=site_types,
        initial_jm=_slots(network.steps, names, "reactants"),
        final_jm=_slots(network.steps, names, "products"),
        nu_ij=nu.astype(np.float64),
        nu_gj=network.stoichiometric_matrix(gases).astype(np.float64),
        initial_gj=_orders(network.steps, gases, "reactants"),
        final_gj=_orders(network.steps, gases, "products"),
        n_electrons_j=np.array([s.n_electrons for s in network.steps], dtype=np.float64),
        site_si=site_si.astype(np.float64),
        equilibrium_q=held.astype(np.int64),
        balance_ki=balance,
        site_in_balance_sk=_site_shares(balance, site_si),
    )


def restrict_topology(topology: Topology, species: Ints, steps: Ints) -> Topology:
    """The topology on some of its species and the steps among them."""
    place = np.full(len(topology.species) + 1, -1)
    place[species] = np.arange(species.size)
    held = np.isin(steps, topology.equilibrium_q)
    nu = np.ascontiguousarray(topology.nu_ij[np.ix_(species, steps)])
    site_si = np.ascontiguousarray(topology.site_si[:, species])
    balance = _balances(nu.astype(np.int64), np.flatnonzero(held))
    return dataclasses.replace(
        topology,
        species=tuple(topology.species[i] for i in species),
        steps=tuple(topology.steps[j] for j in steps),
        initial_jm=place[topology.initial_jm[steps]],
        final_jm=place[topology.final_jm[steps]],
        nu_ij=nu,
        nu_gj=np.ascontiguousarray(topology.nu_gj[:, steps]),
        initial_gj=topology.initial_gj[:, steps],
        final_gj=topology.final_gj[:, steps],
        n_electrons_j=topology.n_electrons_j[steps],
        site_si=site_si,
        equilibrium_q=np.flatnonzero(held),
        balance_ki=balance,
        site_in_balance_sk=_site_shares(balance, site_si.astype(np.int64)),
    )


def without_equilibria(topology: Topology) -> Topology:
    """The topology with no step held at equilibrium."""
    return dataclasses.replace(
        topology,
        equilibrium_q=np.zeros(0, dtype=np.int64),
        balance_ki=np.eye(len(topology.species)),
        site_in_balance_sk=topology.site_si.copy(),
    )


def _side(step: ElementaryStep, side: str) -> Mapping[str, int]:
    return step.reactants if side == "reactants" else step.products


def _slots(steps: tuple[ElementaryStep, ...], names: tuple[str, ...], side: str) -> Ints:
    index = {name: i for i, name in enumerate(names)}
    sides = [
        [index[name] for name, n in _side(step, side).items() if name in index for _ in range(n)] for step in steps
    ]
    width = max(1, *(len(s) for s in sides))
    return np.array([s + [-1] * (width - len(s)) for s in sides], dtype=np.int64)


def _orders(steps: tuple[ElementaryStep, ...], gases: tuple[str, ...], side: str) -> Floats:
    return np.array([[_side(step, side).get(gas, 0) for step in steps] for gas in gases], dtype=np.float64).reshape(
        -1, len(steps)
    )


def _check_pools(nu: Ints, names: tuple[str, ...], site_types: tuple[str, ...]) -> None:
    """Besides one sum per site type nothing may be conserved: such a pool has no steady state of its own."""
    laws = integer_null_space(nu.T)
    if len(laws) > len(site_types):
        pools = "; ".join("{" + ", ".join(n for n, x in zip(names, law, strict=True) if x) + "}" for law in laws)
        raise InputError(
            f"the surface has {len(laws)} conserved sums but {len(site_types)} site types ({pools}): a pool of "
            "species is fed by nothing.",
            remedy="add the adsorption or exchange steps that connect them.",
        )


def _balances(nu: Ints, held: Ints) -> Floats:
    if held.size == 0:
        return np.eye(nu.shape[0])
    balance = integer_null_space(nu[:, held].T)
    if balance.shape[0] != nu.shape[0] - held.size:
        raise InputError(
            "the steps held at equilibrium depend on each other.", remedy="let one step of their cycle have a rate."
        )
    if balance.size and np.linalg.slogdet(np.vstack([balance, nu[:, held].T]).astype(np.float64))[0] < 0:
        balance[0] *= -1  # oriented as the steps at equilibrium, for `is_saddle`
    return balance


def _site_shares(balance_ki: Floats, site_si: Ints) -> Floats:
    """Coefficients that express each site conservation by balance rows: site_si = shares_sk @ balance_ki."""
    shares, *_ = np.linalg.lstsq(balance_ki.T, site_si.T.astype(np.float64), rcond=None)
    shares[np.abs(shares) < 1e-9] = 0.0
    return np.asarray(shares.T)
