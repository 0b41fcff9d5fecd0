"""The battery of finite groups counts what it says it counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks import finite_groups
from physym.algebra import cyclic, dihedral
from physym.data.simulate.clouds import symmetric_cloud


def test_a_small_battery() -> None:
    rows = finite_groups.run(seeds=2, blobs={2: 3}, groups={"D4": (dihedral(4), 4000)})
    figures = {row.what.strip(): row for row in rows}
    assert figures["D4, 2-D, N = 4,000: exact and closed"].value == 2
    assert figures["random blobs, 2-D, N = 1,000 … 5,000: certified groups"].value == 0
    assert 0 < figures["largest distance of an element"].value < 0.2
    assert all(np.isfinite(row.value) for row in rows)
    assert figures["true group rejected at 0.05"].repeats == 2


def test_the_groups_of_the_battery() -> None:
    names = {name: (group.name, group.n, rows) for name, (group, rows) in finite_groups.GROUPS.items()}
    assert {name: entry[0] for name, entry in names.items()} == {name: name for name in names}
    assert names["O_h"][1:] == (3, 20_000)
    assert names["S3 × Z2"][1:] == (5, 5000)
    assert {f"C{k}" for k in range(3, 13)} | {"D4", "T_d", "O_h", "S3 × Z2"} == set(names)
    assert sum(finite_groups.BLOBS.values()) == 1000


def test_a_wrong_group_does_not_count() -> None:
    """Only exact runs are counted, and the calibration sees a group that is not there."""
    right = finite_groups.trial(dihedral(4), 4000, 0)
    assert right.exact
    rows = finite_groups.group_rows("D4", [right, replace(right, exact=False)], 2, 4000)
    assert rows[0].value == 1
    cloud, mixing = symmetric_cloud(dihedral(4), 8000, seed=3)
    # a group that the cloud does not have is rejected by the same checker; a wrong element may be refined to a true one
    assert finite_groups.true_p_values(cloud, mixing, cyclic(5), 0)[0] < 1e-4
