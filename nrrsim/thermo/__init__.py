"""Free energies of gases and adsorbates at p0 = 1 bar, with a note on everything assumed to get them.

It owns thermochemistry, corrections and the computational hydrogen electrode; it must not know of networks, rates,
structures or files other than its own data.
"""
