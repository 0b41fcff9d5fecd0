"""The joint verdict on a group: what certifies, and what only refuses a certificate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import cyclic, dihedral
from physym.data.simulate.clouds import symmetric_cloud
from physym.discovery import DiscreteDiscovery, ElementTest, LinearMixing, discover_discrete
from physym.discovery.discrete.base import GroupTest


def discovery(joint: GroupTest | None) -> DiscreteDiscovery:
    """C3 with elements that are certified one by one."""
    tests = [
        ElementTest(f"g{i}", g, order=3 if i else 1, p_value=0.5 if i else 1.0, bound=0.2 * (i > 0))
        for i, g in enumerate(cyclic(3).elements)
    ]
    return DiscreteDiscovery(cyclic(3), tuple(tests), joint=joint)


@pytest.mark.parametrize(
    ("joint", "certified"),
    [
        (GroupTest(p_value=0.4, bound=0.2), True),
        (GroupTest(p_value=0.4, bound=0.31), False),
        (GroupTest(p_value=0.4, bound=float("nan")), False),
        (GroupTest(p_value=0.009, bound=0.2), False),
        (GroupTest(p_value=0.4, bound=0.2, p_all=0.04), False),
        (GroupTest(p_value=0.4, bound=0.31, ceiling=0.4), True),
    ],
)
def test_what_certifies(joint: GroupTest, certified: bool) -> None:
    assert joint.certified is certified
    found = discovery(joint)
    assert found.certified is certified
    assert found.p_value == joint.p_value
    assert found.bound == joint.bound or np.isnan(joint.bound)
    assert found.verdict == (f"certified at U = {joint.bound:.2g}" if certified else "not rejected")


def test_without_a_joint_test_the_elements_decide() -> None:
    found = discovery(None)
    assert found.certified
    assert found.p_value == 1.0  # 2 × 0.5
    assert found.bound == 0.2
    assert "for all at once" not in found.sentence


def test_the_identity_alone_is_never_certified() -> None:
    alone = discovery(GroupTest(p_value=1.0, bound=0.0))
    assert not replace(alone, group=cyclic(1), tests=alone.tests[:1]).certified


def test_rows_that_proposed_can_refuse_a_certificate() -> None:
    """The p-value of all rows is reported beside that of the held-out rows, and differs from it."""
    cloud, _ = symmetric_cloud(dihedral(4), 6000, seed=8)
    joint = discover_discrete(cloud, LinearMixing()).joint
    assert joint is not None
    assert 0 < joint.p_all <= 1
    assert joint.p_all != joint.p_value
