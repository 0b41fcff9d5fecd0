"""The nouns: verdicts in words, sentences that say what was tested, and fields that must fit."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import cyclic
from physym.discovery import Candidates, CyclicOrder, DiscreteDiscovery, DiscreteMethod, DiscreteStatus, ElementTest, discover_discrete
from physym.errors import InvalidData, ShapeError
from tests.discovery.discrete.samples import blobs


def element(p: float, bound: float) -> ElementTest:
    return ElementTest("turn", np.eye(2), order=3, p_value=p, bound=bound)


@pytest.mark.parametrize(
    ("p", "bound", "verdict"),
    [(0.5, 0.1, "certified at U = 0.1"), (0.5, 0.9, "not rejected"), (0.001, 0.1, "rejected"), (float("nan"), 0.1, "not tested")],
)
def test_verdicts(p: float, bound: float, verdict: str) -> None:
    test = element(p, bound)
    if np.isnan(p):
        test = element(p, float("nan"))
    assert test.verdict == verdict
    assert verdict in repr(test)
    assert not element(0.5, float("nan")).certified


def test_group_verdict_is_that_of_its_weakest_element() -> None:
    group = cyclic(3)
    tests = (element(1.0, 0.0), element(0.5, 0.1), element(0.3, 0.2))
    found = DiscreteDiscovery(group, tests)
    assert found.verdict == "certified at U = 0.2"
    assert found.p_value == 0.6
    assert DiscreteDiscovery(group, (*tests[:2], element(0.3, 0.8))).verdict == "not rejected"
    assert np.isnan(DiscreteDiscovery(group, (*tests[:2], element(0.3, float("nan")))).bound)


def test_sentences_name_level_rows_and_rejected() -> None:
    found = discover_discrete(blobs(0))
    assert "1,000 rows, 500 held out" in found.sentence
    assert "rejected: parity" in found.sentence
    assert "polynomials of degree ≤ 3" in found.sentence
    assert repr(found).startswith("DiscreteDiscovery: C1, order 1")
    assert found.seconds > 0
    declined = DiscreteDiscovery(cyclic(1), (element(1.0, 0.0),), status=DiscreteStatus.NOT_APPLICABLE, reason="no data")
    assert declined.sentence == "measure: not applicable (no data)"


def test_runs_are_reproduced_by_their_seed() -> None:
    one, two, other = (discover_discrete(blobs(4, even=(0,)), seed=seed) for seed in (1, 1, 2))
    assert [t.bound for t in one.tests] == [t.bound for t in two.tests]
    assert [t.bound for t in one.tests] != [t.bound for t in other.tests]
    assert one.seed == 1


def test_methods_follow_the_protocol() -> None:
    assert isinstance(Candidates(), DiscreteMethod)
    assert isinstance(CyclicOrder(), DiscreteMethod)
    assert not isinstance(object(), DiscreteMethod)
    assert discover_discrete(blobs(0)).method == Candidates()


def test_fields_must_fit() -> None:
    with pytest.raises(InvalidData, match="one per element"):
        DiscreteDiscovery(cyclic(3), (element(1.0, 0.0),))
    with pytest.raises(ShapeError, match="square"):
        ElementTest("wrong", np.ones((2, 3)), order=1, p_value=1.0)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="errors"):
        ElementTest("wrong", np.eye(2), order=1, p_value=1.0, errors=np.eye(3))
