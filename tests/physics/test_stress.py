"""No certified answer is wrong, and few are not certified: a part of the stress set."""

from __future__ import annotations

import stress


def test_certified_answers_of_random_mechanisms_are_right() -> None:
    record = stress.run(500, 25)
    assert record.wrong == []
    assert record.checked >= 20
    assert record.certified >= 0.995, record.arithmetic
    assert record.arithmetic["mpmath"] <= 5, record.arithmetic  # the slow stage is for few
