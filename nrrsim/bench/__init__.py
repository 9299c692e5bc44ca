"""What the kinetic core costs: benchmark models with references, other programs on the same equations, timings.

Knows the public faces of models, rate constants and kernels; must not know how the kernels work inside.
"""
