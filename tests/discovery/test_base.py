"""The nouns: what a result says about itself."""

from __future__ import annotations

import numpy as np

from physym.algebra import LieAlgebra, so
from physym.discovery import DimensionTest, Discovery, Level, Status

TESTS = tuple(DimensionTest(r, p, 1.0, None) for r, p in [(1, 0.9), (2, 0.8), (3, 0.4), (4, 1e-12)])


def level(**fields: object) -> Level:
    defaults: dict[str, object] = {"tests": TESTS, "defect": 0.0026, "degree": 4, "rows": 5000, "unit": "jets"}
    return Level("support", "statement", so(3), **(defaults | fields))  # type: ignore[arg-type]


def test_a_level_says_what_was_tested_and_how_sure_it_is() -> None:
    sentence = level().sentence
    for words in (
        "so(3)",
        "not rejected (p = 0.4)",
        "dimension 4 refuted (p < 1e-9)",
        "defect < 0.26 % at 99 %",
        "degree ≤ 4",
        "5,000 jets",
    ):
        assert words in sentence


def test_a_level_without_certificate_says_so() -> None:
    assert "no defect certified" in level(defect=float("nan")).sentence
    assert "no defect certified" in level(defect=1.7).sentence


def test_a_level_that_does_not_apply_says_why() -> None:
    sentence = Level("measure", "statement", None, reason="12 jets are too few").sentence
    assert sentence == "measure: not applicable (12 jets are too few)"


def test_dimension_zero_claims_nothing() -> None:
    empty = level(tests=TESTS[3:], defect=float("nan")).__class__(
        "measure", "statement", LieAlgebra(np.zeros((0, 3, 3))), status=Status.NO_SYMMETRY
    )
    assert empty.dimension == 0
    assert empty.identification is None
    assert "not rejected" not in empty.sentence
    assert Discovery(measure=empty, headline="measure").metric is None


def test_the_result_offers_the_exact_algebra_and_the_metric() -> None:
    found = Discovery(support=level())
    assert found.exact is not None
    assert found.exact_reason == ""
    assert found.metric is not None
    np.testing.assert_allclose(found.metric.matrix, np.eye(3), atol=1e-12)
    assert len(repr(found).splitlines()) <= 3


def test_every_status_is_a_sentence() -> None:
    for status in Status:
        assert status.value[0].isupper()
        assert status.value.endswith(".")
