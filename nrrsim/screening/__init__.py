"""Many conditions and energies of a catalyst at once: grids, their order, and the arrays that come of them.

It owns how a study is laid out and cut into chunks; what a condition means is the business of `kinetics`, how it is
solved that of `solvers`.
"""
