"""Species, states, equations and conditions as text with sub- and superscripts."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping

from nrrsim.core.conditions import Conditions
from nrrsim.core.species import ELEMENTS

_SPECIES = re.compile(
    r"(?<![\w*)])(?P<count>\d+)?(?P<formula>(?:[A-Z][a-z]?\d*-?)*(?:[A-Z][a-z]?\d*))"
    r"(?P<form>\((?!g\))[a-z][a-z0-9 -]*\))?(?P<end>\(g\)|\*[a-z]?\w*|)(?![\w*])"
)
_SITE = re.compile(r"(?<![\w*)}])\*(?P<site>[a-z]\w*)?(?![\w*])")
_ARROWS = (("<->", "⇌"), ("->", "→"))


def chemical(text: str) -> str:
    r"""Text with each species in it set with subscripts and a raised site mark.

    "(g)" is dropped, as adsorbates have a mark; words that are no formula stay as they are.

    Examples
    --------
    >>> print(chemical("HNNH2*"))
    $\mathrm{HNNH_2^*}$
    >>> print(chemical("N* + 2NH3(g)"))
    $\mathrm{N^*}$ + $\mathrm{2NH_3}$
    >>> print(chemical("NH2*t on TiO2(110)"))
    $\mathrm{NH_2^{*t}}$ on $\mathrm{TiO_2}$(110)
    """
    text = text.replace("$", r"\$")  # a name's own, which matplotlib would read as mathematics
    for plain, arrow in _ARROWS:
        text = text.replace(plain, arrow)
    text = _SITE.sub(lambda m: rf"$\mathrm{{{_mark(m['site'] or '')}}}$", text)
    text = _SPECIES.sub(_species, text)
    return text.replace("H+", r"$\mathrm{H^+}$").replace("e-", r"$\mathrm{e^-}$") if "H+" in text else text


def wrapped(text: str, width: int) -> str:
    """Chemical text in lines of at most `width` characters as they are seen, broken at semicolons or between words."""
    for plain, arrow in _ARROWS:
        text = text.replace(plain, arrow)
    text = text.replace("(g)", "")
    parts = [text] if len(text) <= width else text.replace("; ", ";\n").split("\n")
    lines = [s for p in parts for s in textwrap.wrap(p, width, break_long_words=False, break_on_hyphens=False)]
    return "\n".join(chemical(line) for line in lines)


def state(label: str, width: int = 100) -> str:
    r"""The label of a state, broken after a plus sign into lines of at most `width` characters as they are seen.

    Examples
    --------
    >>> print(state("3H* + N* + NH3(g)", 8))
    $\mathrm{3H^*}$ + $\mathrm{N^*}$
    + $\mathrm{NH_3}$
    """
    lines: list[str] = []
    for name in label.replace("(g)", "").split(" + "):
        if lines and len(lines[-1]) + 3 + len(name) <= width:
            lines[-1] += f" + {name}"
        else:
            lines.append(f"+ {name}" if lines else name)
    return "\n".join(chemical(line) for line in lines)


def number(value: float, digits: int = 2) -> str:
    """A number with a true minus sign and no negative zero.

    Examples
    --------
    >>> number(-0.953), number(-0.001)
    ('−0.95', '0.00')
    """
    rounded = round(value, digits) + 0.0
    return f"{rounded:.{digits}f}".replace("-", "−")


def conditions_line(conditions: Conditions, *, electrochemical: bool) -> str:
    """T, potential, pH and pressures on one line; a diagram without a potential stands at U = 0 V vs RHE."""
    parts = [f"$T$ = {conditions.T:g} K"]
    if electrochemical:
        U = conditions.U if conditions.U is not None else 0.0
        scale = "" if conditions.U_SHE is None else f" ({number(conditions.U_SHE)} V vs SHE)"
        parts.append(f"$U$ = {number(U)} V vs RHE{scale}")
    if conditions.pH is not None:
        parts.append(f"pH {conditions.pH:g}")
    return ",  ".join([*parts, *_pressures(conditions.p, always=not electrochemical)])


def _pressures(p: Mapping[str, float], *, always: bool) -> list[str]:
    if not p or (not always and all(value == 1.0 for value in p.values())):
        return ["gases at 1 bar"]
    return [f"{chemical(gas)} {value:g} bar" for gas, value in p.items()]


def _species(match: re.Match[str]) -> str:
    formula, form, end = match["formula"], match["form"] or "", match["end"]
    elements = re.findall(r"[A-Z][a-z]?", formula)
    if any(e not in ELEMENTS for e in elements) or not (end or any(c.isdigit() for c in formula)):
        return match[0]
    body = re.sub(r"\d+", lambda m: f"_{m[0]}" if len(m[0]) == 1 else f"_{{{m[0]}}}", formula).replace("-", "{-}")
    mark = _mark(end[1:]) if end.startswith("*") else ""
    return rf"$\mathrm{{{match['count'] or ''}{body}{form}{mark}}}$"


def _mark(site: str) -> str:
    return f"^{{*{site}}}" if site else "^*"
