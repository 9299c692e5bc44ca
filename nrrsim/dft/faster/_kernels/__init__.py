"""Numerical kernels inside GPAW: plain arrays in, plain arrays out."""
