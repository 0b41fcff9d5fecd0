"""The batteries run, count what they say they count, and would notice a method that is not calibrated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import certificates, measure_power, null_battery
from physym.algebra import so
from physym.discovery import Level, discover


def test_data_without_symmetry_are_counted() -> None:
    case = null_battery.NO_SYMMETRY["random quartic"]
    rows = null_battery.claims("random quartic", null_battery.without_symmetry(case, range(3), 3000))
    assert [row.value for row in rows] == [0.0, 0.0]
    assert [row.repeats for row in rows] == [3, 3]


def test_a_symmetry_that_is_there_would_be_counted_as_a_claim() -> None:
    """The checker itself: a round function among the cases without symmetry shows up in both rows."""
    runs = list(null_battery.with_symmetry(null_battery.TEXTBOOK["so(3)"], range(2), 3000))
    assert [row.value for row in null_battery.claims("so(3)", iter(runs))] == [100.0, 100.0]


def test_a_true_dimension_that_is_refuted_is_counted() -> None:
    """The checker itself: with a breaking of 30 % the dimension of the textbook is refuted at every level of significance."""
    case = null_battery.TEXTBOOK["so(3)"]
    honest = null_battery.rejections("so(3)", null_battery.with_symmetry(case, range(3), 3000))
    assert [row.value for row in honest][2:] == [100.0, 0]
    runs = null_battery.with_symmetry(case, range(3), 3000)
    broken = null_battery.rejections(
        "so(3)", (replace(r, samples=case.make(3000, seed=s, noise=0.1, breaking=0.3)) for s, r in enumerate(runs))
    )
    assert [row.value for row in broken][:2] == [100.0, 100.0]


def test_points_of_a_cubic_surface_lie_on_one() -> None:
    (run,) = null_battery.cubic_surfaces(range(1), 400)
    assert len(run.samples) == 400
    assert discover(run.samples, run.method, level="support").level.dimension == 0


@pytest.mark.parametrize("case", certificates.CASES, ids=lambda case: case.name)
def test_every_case_of_the_certificates_is_solved(case: certificates.Case) -> None:
    level = certificates.solved(replace(case, degree=2), 1000, 0.0, 1.0, 1)
    assert isinstance(level, Level)
    assert level.certify(case.algebra) > 0


def test_a_certificate_below_the_truth_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checker itself: a bound well below the measured defect is false in many runs."""
    case = replace(certificates.CASES[2], rows=500)
    monkeypatch.setattr(certificates, "population", lambda *_: certificates.solved(case, 40_000, 0.3, 0.0, 5))
    honest = certificates.false_rates(case, 0.3, 20, 0)
    assert honest["textbook 1.00"] <= 4
    monkeypatch.setattr(Level, "certify", lambda level, algebra: 0.6 * certificates.relative_defect(level, algebra))
    plain = certificates.false_rates(case, 0.3, 20, 0)
    assert plain["textbook 1.00"] > 4


def test_trajectories_are_clusters_of_ten() -> None:
    rows = certificates.clustered(200, 0.0, 1.0, 0)
    assert np.bincount(rows.cluster).tolist() == [10] * 20
    np.testing.assert_allclose(np.linalg.norm(rows.x.reshape(20, 10, 3), axis=2).std(1), 0, atol=1e-12)


def test_measure_power_is_one_table() -> None:
    rows = measure_power.run(sets=4, null_sets=8, cells=measure_power.CELLS[1:2], points=(("octupole", 0.3, 300, 4),))
    assert {row.repeats for row in rows} == {4}
    assert [row.unit for row in rows] == ["%"] * len(rows)


def test_the_same_algebra_has_the_same_defect_in_any_basis() -> None:
    level = certificates.solved(certificates.CASES[4], 1000, 0.3, 1.0, 0)
    turned = replace(so(3), basis=np.einsum("ab,bij->aij", np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0], so(3).basis))
    assert certificates.relative_defect(level, turned) == pytest.approx(certificates.relative_defect(level, so(3)), rel=1e-9)
