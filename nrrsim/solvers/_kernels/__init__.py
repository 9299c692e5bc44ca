"""Numerical kernels of the steady state: plain arrays in, plain arrays out, no chemistry.

Axes: i surface species, j steps, s site types, g gases, k balance rows, q steps at equilibrium, m slots of a step's
side, c conditions.
"""
