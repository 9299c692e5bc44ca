"""Harmonic modes: how many there must be, what is done to the soft ones, and their H(T) and S(T).

A soft mode makes the harmonic entropy diverge as ln(1/omega). Three policies are offered: leave it, raise it to a
cut-off, or interpolate between the oscillator and a free rotor. The interpolation is applied to the Helmholtz energy,
F = w F_oscillator + (1 - w) F_rotor, with Grimme's weight w = 1 / (1 + (omega_0/omega)^4), which does not depend on
temperature [Grimme2012]_. The entropy is then Grimme's and the enthalpy, zero-point energy included, that of Li
and Head-Gordon [Li2015]_, so that dG/dT = -S holds exactly.

References
----------
.. [Grimme2012] S. Grimme, Chem. Eur. J. 18 (2012) 9955, doi 10.1002/chem.201200497.
.. [Li2015] Y.-P. Li, J. Gomes, S. M. Sharada, A. T. Bell, M. Head-Gordon, J. Phys. Chem. C 119 (2015) 1840,
   doi 10.1021/jp509921r.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from nrrsim.errors import InputError, nearest
from nrrsim.thermo.protocol import FloatArray
from nrrsim.units import ANGSTROM, ATOMIC_MASS, EV, H_PLANCK, INVERSE_CM, K_B

PolicyKind: TypeAlias = Literal["as-is", "raise", "quasi-harmonic"]

GRIMME_EXPONENT = 4
GRIMME_AVERAGE_INERTIA = 1e-44 / (ATOMIC_MASS * ANGSTROM**2)  # B_av of Grimme 2012, 1e-44 kg m2 [u Angstrom^2]
COUNT_TOLERANCE = 1e-6  # degeneracies are read from text


@dataclass(frozen=True)
class LowModePolicy:
    """What is done to modes below a cut-off.

    Parameters
    ----------
    kind : {'as-is', 'raise', 'quasi-harmonic'}
        Leave every mode, raise those below the cut-off to it, or interpolate every mode towards a free rotor.
    cutoff : float
        Mode energy [eV]; unused and zero for 'as-is'.
    """

    kind: PolicyKind = "as-is"
    cutoff: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in get_args(PolicyKind):
            raise InputError(
                f"'{self.kind}' is no policy for low modes.", remedy=nearest(str(self.kind), get_args(PolicyKind))
            )
        if self.kind != "as-is" and not (math.isfinite(self.cutoff) and self.cutoff > 0):
            raise InputError(
                f"the policy '{self.kind}' has the cut-off {self.cutoff} eV.", remedy="give a positive mode energy."
            )
        if self.kind == "as-is" and self.cutoff != 0:
            raise InputError(
                f"the policy 'as-is' does not use the cut-off {self.cutoff} eV.",
                remedy="leave it out, or choose 'raise' or 'quasi-harmonic'.",
            )


AS_IS = LowModePolicy()


@dataclass(frozen=True)
class ModeTreatment:
    """What became of one mode.

    Parameters
    ----------
    found : float
        Mode energy given [eV].
    used : float
        Mode energy used [eV].
    weight : float
        Weight of the oscillator; the rest is a free rotor.
    action : str
        What was done, empty when nothing was.
    """

    found: float
    used: float
    weight: float
    action: str


@dataclass(frozen=True, eq=False)
class Vibrations:
    """Treated modes, ready for `zero_point_energy`, `vibrational_enthalpy` and `vibrational_entropy`.

    Parameters
    ----------
    energies_v : numpy.ndarray
        Mode energies used [eV], shape (v,).
    degeneracy_v : numpy.ndarray
        How often each mode counts, shape (v,); it may be fractional.
    weight_v : numpy.ndarray
        Weight of the oscillator against the free rotor, shape (v,).
    notes : tuple of str
        What was done to which mode.
    """

    energies_v: FloatArray
    degeneracy_v: FloatArray
    weight_v: FloatArray
    notes: tuple[str, ...]


def expected_modes(n_atoms: int, *, transition_state: bool) -> int:
    """The number of modes of an adsorbate: 3N, or 3N - 1 at a transition state."""
    return 3 * n_atoms - int(transition_state)


def check_mode_count(
    energies: Sequence[float] | FloatArray,
    degeneracy: Sequence[float] | FloatArray | None,
    n_atoms: int,
    *,
    transition_state: bool,
    name: str,
    replaced: int = 0,
) -> None:
    """Refuse a list of modes of the wrong length.

    Parameters
    ----------
    energies : sequence of float
        Mode energies [eV], shape (v,).
    degeneracy : sequence of float or None
        How often each counts, shape (v,); once each when None.
    n_atoms : int
        Atoms of the adsorbate.
    transition_state : bool
        Whether the mode along the reaction coordinate is left out.
    name : str
        The species, for the error.
    replaced : int
        Modes described otherwise: 3 for hindered translations and rotation, 2 for translations alone.

    Raises
    ------
    InputError
        If the count is not 3N (3N - 1) less those replaced, or a mode is imaginary or zero.
    """
    energies_v, degeneracy_v = mode_arrays(energies, degeneracy, name=name)
    found = float(degeneracy_v.sum())
    right = expected_modes(n_atoms, transition_state=transition_state) - replaced
    if abs(found - right) <= COUNT_TOLERANCE:
        return
    kind, rule = ("a transition state", "3N - 1") if transition_state else ("an adsorbate", "3N")
    less = f" less the {replaced} described otherwise" if replaced else ""
    raise InputError(
        f"found {found:g} modes ({len(energies_v)} listed) for {n_atoms} atoms.",
        where=name,
        remedy=f"{kind} has {rule}{less} = {right} modes; give them all, or state their degeneracy.",
    )


def mode_arrays(
    energies: Sequence[float] | FloatArray, degeneracy: Sequence[float] | FloatArray | None, *, name: str
) -> tuple[FloatArray, FloatArray]:
    """Mode energies [eV] and degeneracies as read-only arrays of shape (v,).

    Raises
    ------
    InputError
        If a mode is imaginary, zero or not finite, or the degeneracies do not fit the modes.
    """
    if np.iscomplexobj(energies):
        raise InputError("the modes are complex numbers.", where=name, remedy="give real modes only.")
    energies_v = np.array(energies, dtype=float).reshape(-1)
    bad = energies_v[~(np.isfinite(energies_v) & (energies_v > 0))]
    if bad.size:
        raise InputError(
            f"found the mode {bad[0] / INVERSE_CM:g} 1/cm; modes must be real and positive.",
            where=name,
            remedy="a minimum has none: relax further; a transition state lists its 3N - 1 real modes.",
        )
    degeneracy_v = np.ones_like(energies_v) if degeneracy is None else np.array(degeneracy, dtype=float).reshape(-1)
    _check_degeneracy(energies_v, degeneracy_v, name)
    energies_v.flags.writeable = degeneracy_v.flags.writeable = False
    return energies_v, degeneracy_v


def _check_degeneracy(energies_v: FloatArray, degeneracy_v: FloatArray, name: str) -> None:
    if degeneracy_v.shape != energies_v.shape:
        raise InputError(
            f"found {degeneracy_v.size} degeneracies for {energies_v.size} modes.",
            where=name,
            remedy="give one degeneracy for each mode.",
        )
    if not np.all(np.isfinite(degeneracy_v) & (degeneracy_v > 0)):
        raise InputError("a degeneracy is not positive.", where=name, remedy="leave out modes that do not count.")


def treat_modes(energies: Sequence[float] | FloatArray, policy: LowModePolicy) -> tuple[ModeTreatment, ...]:
    """What `policy` does to each mode energy [eV], in the order given."""
    return tuple(_treat(float(energy), policy) for energy in energies)


def _treat(energy: float, policy: LowModePolicy) -> ModeTreatment:
    """One mode under the policy; a quasi-harmonic one is named when the rotor takes more than a tenth of it."""
    wavenumber = energy / INVERSE_CM
    if policy.kind == "raise" and energy < policy.cutoff:
        action = f"the mode {wavenumber:.0f} 1/cm was raised to {policy.cutoff / INVERSE_CM:.0f} 1/cm"
        return ModeTreatment(energy, policy.cutoff, 1.0, action)
    if policy.kind == "quasi-harmonic":
        weight = 1.0 / (1.0 + (policy.cutoff / energy) ** GRIMME_EXPONENT)
        share = f"the mode {wavenumber:.0f} 1/cm counts {100 * (1 - weight):.0f} % as a free rotor (Grimme 2012)"
        return ModeTreatment(energy, energy, weight, share if weight < 0.9 else "")
    return ModeTreatment(energy, energy, 1.0, "")


def vibrations(
    energies: Sequence[float] | FloatArray,
    degeneracy: Sequence[float] | FloatArray | None = None,
    policy: LowModePolicy = AS_IS,
    *,
    name: str = "",
) -> Vibrations:
    """Modes [eV], shape (v,), checked and treated by `policy` (see `mode_arrays`)."""
    energies_v, degeneracy_v = mode_arrays(energies, degeneracy, name=name)
    treated = treat_modes(energies_v, policy)
    used_v = np.array([mode.used for mode in treated], dtype=float)
    weight_v = np.array([mode.weight for mode in treated], dtype=float)
    used_v.flags.writeable = weight_v.flags.writeable = False
    notes = tuple(f"{name}: {mode.action}." if name else f"{mode.action}." for mode in treated if mode.action)
    return Vibrations(used_v, degeneracy_v, weight_v, notes)


def zero_point_energy(modes: Vibrations) -> float:
    """Sum of w e / 2 [eV]; the free-rotor part of a mode has none."""
    return float(np.sum(modes.degeneracy_v * modes.weight_v * modes.energies_v) / 2)


def vibrational_enthalpy(modes: Vibrations, T: FloatArray) -> FloatArray:
    """Thermal energy above the zero point [eV], shape (c,), at T [K], shape (c,)."""
    energies_v, T = modes.energies_v, np.asarray(T, dtype=float)
    oscillator = energies_v * occupation(energies_v, T)
    rotor = K_B * T[..., None] / 2
    mixed = modes.weight_v * oscillator + (1 - modes.weight_v) * rotor
    return np.asarray(mixed @ modes.degeneracy_v, dtype=float)


def vibrational_entropy(modes: Vibrations, T: FloatArray) -> FloatArray:
    """Entropy [eV/K], shape (c,), at T [K], shape (c,)."""
    energies_v, T = modes.energies_v, np.asarray(T, dtype=float)
    x = energies_v / (K_B * T[..., None])
    oscillator = x * occupation(energies_v, T) - np.log(-np.expm1(-x))
    mixed = modes.weight_v * oscillator
    if np.any(modes.weight_v < 1):
        mixed = mixed + (1 - modes.weight_v) * _rotor_entropy(energies_v, T)
    return np.asarray(K_B * mixed @ modes.degeneracy_v, dtype=float)


def occupation(energies_v: FloatArray, T: FloatArray) -> FloatArray:
    """Bose-Einstein occupation 1/(exp(e/kT) - 1), shape (c, v), written so that it cannot overflow."""
    x = energies_v / (K_B * np.asarray(T, dtype=float)[..., None])
    return np.asarray(np.exp(-x) / -np.expm1(-x), dtype=float)


def _rotor_entropy(energies_v: FloatArray, T: FloatArray) -> FloatArray:
    """Entropy of Grimme's free rotor with the mode's own frequency, in k, shape (c, v)."""
    # I = h / (8 pi^2 nu); eV s^2 to u Angstrom^2 through EV / (ATOMIC_MASS ANGSTROM^2)
    to_inertia = EV / (ATOMIC_MASS * ANGSTROM**2)
    own = H_PLANCK**2 / (8 * math.pi**2 * energies_v) * to_inertia
    inertia = own * GRIMME_AVERAGE_INERTIA / (own + GRIMME_AVERAGE_INERTIA) / to_inertia
    return np.asarray(0.5 + 0.5 * np.log(8 * math.pi**3 * inertia * K_B * T[..., None] / H_PLANCK**2), dtype=float)
