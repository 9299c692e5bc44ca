"""Sites as atoms: crystals, slabs, vacancies, clusters and the adsorbates on them, as tagged `ase.Atoms`.

Thin over ase and pymatgen; knows geometry and composition, must not know energies, networks or calculators.
"""
