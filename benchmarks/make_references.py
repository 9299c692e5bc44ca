"""Write the reference points of the benchmark models: mpmath, 80 digits. Takes some minutes.

python benchmarks/make_references.py [MODEL ...]
"""

from __future__ import annotations

import json
import sys

from nrrsim.bench.models import MODELS
from nrrsim.bench.reference import make_references, reference_path


def main(models: list[str]) -> None:
    """Write the references of the named models, or of all."""
    for model in models or MODELS:
        payload = make_references(model)
        path = reference_path(model)
        path.write_text(json.dumps(payload, indent=1) + "\n", encoding="utf-8")
        print(f"{path}: {len(payload['points'])} points")


if __name__ == "__main__":
    main(sys.argv[1:])
