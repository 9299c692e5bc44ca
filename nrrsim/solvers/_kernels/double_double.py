"""Numbers of about 32 digits as unevaluated sums of two doubles (hi, lo), with the exponent range of a double.

References
----------
T. J. Dekker, Numer. Math. 18 (1971) 224, doi 10.1007/BF01397083: sums and products without error.
Y. Hida, X. S. Li, D. H. Bailey, Proc. 15th IEEE Symp. Computer Arithmetic (2001) 155: their use for sloppy division and
the exponential.
"""

from __future__ import annotations

import math

from nrrsim.solvers._kernels.compiled import kernel

ROUNDING = 2.0**-97  # of a rate: an exponential of up to 700 and a few products

_SPLITTER = 134217729.0  # 2^27 + 1
_LN2_HI, _LN2_LO = 0.6931471805599453, 2.3190468138462996e-17
_HALVINGS = 9  # of the argument of the exponential before its series
_TERMS = 9


@kernel
def two_sum(a: float, b: float) -> tuple[float, float]:
    """A + b without error."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@kernel
def two_product(a: float, b: float) -> tuple[float, float]:
    """A b without error, as long as nothing overflows or underflows."""
    p = a * b
    t = _SPLITTER * a
    a_hi = t - (t - a)
    a_lo = a - a_hi
    t = _SPLITTER * b
    b_hi = t - (t - b)
    b_lo = b - b_hi
    return p, ((a_hi * b_hi - p) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo


@kernel
def add(a: float, a_lo: float, b: float, b_lo: float) -> tuple[float, float]:
    """The sum, accurate also where the high parts cancel."""
    s, e = two_sum(a, b)
    t, f = two_sum(a_lo, b_lo)
    e += t
    hi = s + e
    e = (e - (hi - s)) + f
    total = hi + e
    return total, e - (total - hi)


@kernel
def multiply(a: float, a_lo: float, b: float, b_lo: float) -> tuple[float, float]:
    """The product."""
    p, e = two_product(a, b)
    e += a * b_lo + a_lo * b
    hi = p + e
    return hi, e - (hi - p)


@kernel
def divide(a: float, a_lo: float, b: float, b_lo: float) -> tuple[float, float]:
    """The quotient."""
    first = a / b
    p, e = multiply(b, b_lo, first, 0.0)
    r, r_lo = add(a, a_lo, -p, -e)
    second = r / b
    p, e = multiply(b, b_lo, second, 0.0)
    r, r_lo = add(r, r_lo, -p, -e)
    third = r / b
    hi, lo = two_sum(first, second)
    return add(hi, lo, third, 0.0)


@kernel
def exponential(x: float, x_lo: float) -> tuple[float, float]:
    """Exp x: halved arguments, a Taylor series of exp - 1, doublings back, a power of two."""
    if x < -745.0:
        return 0.0, 0.0
    power = round(x / _LN2_HI)
    p, e = two_product(-power, _LN2_HI)
    r, r_lo = add(x, x_lo, p, e)
    r, r_lo = add(r, r_lo, -power * _LN2_LO, 0.0)
    scale = 2.0**-_HALVINGS
    r, r_lo = r * scale, r_lo * scale
    total, total_lo = 0.0, 0.0
    for k in range(_TERMS, 0, -1):  # ((r/k + 1) r/(k-1) + 1) ... without the leading one
        total, total_lo = add(total, total_lo, 1.0, 0.0)
        total, total_lo = multiply(total, total_lo, r, r_lo)
        total, total_lo = divide(total, total_lo, float(k), 0.0)
    for _ in range(_HALVINGS):  # exp(2x) - 1 = (exp x - 1)^2 + 2 (exp x - 1)
        square, square_lo = multiply(total, total_lo, total, total_lo)
        total, total_lo = add(2.0 * total, 2.0 * total_lo, square, square_lo)
    total, total_lo = add(total, total_lo, 1.0, 0.0)
    return math.ldexp(total, int(power)), math.ldexp(total_lo, int(power))
