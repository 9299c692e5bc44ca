"""Mechanisms: a network with thermochemistry and rate laws, and the rate constants they give at conditions.

Knows chemistry and conditions; must not know how the rate equations are solved.
"""
