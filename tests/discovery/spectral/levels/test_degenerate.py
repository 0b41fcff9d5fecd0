"""Degenerate data at every level: each gets a sentence that names the cure, and none a crash or a claim."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import Rep
from physym.data import Samples
from physym.data.simulate import no_symmetry, plane_oscillator, textbook, textbook_density, three_body, two_body
from physym.discovery import Discovery, Spectral, discover
from physym.discovery.spectral.equations.equivariance import VectorRows, equivariance_equation
from physym.discovery.spectral.equations.harmonics import Harmonics
from physym.discovery.spectral.equations.vector_fit import fit_vector
from physym.discovery.spectral.levels.measure import measure_level
from physym.discovery.spectral.statistics.span import carried_span, seen_combinations
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed, InvalidData

PLANE = Rep("V", n=2)
GL2 = np.eye(4).reshape(4, 2, 2)
ROWS = 300
CLOUD = np.random.default_rng(1).normal(size=(ROWS, 2))
NOISE = np.random.default_rng(2).normal(size=ROWS)
BLOCKS = np.arange(ROWS) % 20
NAN = float("nan")


def reasons(result: Discovery) -> dict[str, str]:
    return {level.name: level.reason for level in result.levels if level.algebra is None}


@pytest.mark.parametrize("value", [0.0, 1.0, -3e7, 1e-9])
@pytest.mark.parametrize("target", ["none", "number", "vector"])
def test_one_point_is_declined_at_every_level(value: float, target: str) -> None:
    y = {"none": None, "number": NOISE, "vector": np.stack([NOISE, NOISE[::-1]], axis=1)}[target]
    rows = Samples(np.full((ROWS, 2), value), rep_x=PLANE, y=y, rep_y=PLANE if target == "vector" else None)
    found = reasons(discover(rows))
    assert set(found) == {"support", "conditional", "measure"}
    assert all(found.values())
    assert "all rows of a class are equal" in found["measure"]
    assert "give rows that vary" in found["measure"]


def test_classes_that_are_points_are_declined_and_one_that_varies_is_not() -> None:
    labels = np.repeat([0, 1], ROWS // 2)
    points = np.eye(2)[labels]
    level = measure_level(Samples(points, rep_x=PLANE, y=labels), Spectral())
    assert level.status is Status.DEGENERATE
    assert level.algebra is None
    mixed = np.where(labels[:, None] == 0, CLOUD, points)
    assert measure_level(Samples(mixed, rep_x=PLANE, y=labels), Spectral()).algebra is not None


def test_test_functions_decline_one_point_too() -> None:
    rows = Samples(np.ones((4000, 2)), rep_x=PLANE)
    assert "all rows of a class are equal" in measure_level(rows, Spectral(test_functions=Harmonics())).reason


@pytest.mark.parametrize("bad", [NAN, np.inf, -np.inf])
def test_targets_that_are_no_numbers_are_refused_with_their_row(bad: float) -> None:
    y = NOISE.copy()
    y[7] = bad
    with pytest.raises(InvalidData, match=r"y holds NaN or infinite values \(first in row 7\); drop or repair"):
        Samples(CLOUD, rep_x=PLANE, y=y)
    with pytest.raises(InvalidData, match=r"first in row 7"):
        Samples(CLOUD, rep_x=PLANE, y=np.stack([NOISE, y], axis=1), rep_y=PLANE)


def test_whole_and_finite_targets_are_accepted() -> None:
    for y in (np.arange(ROWS), np.arange(ROWS) % 2 == 0, NOISE, NOISE.astype(np.float32), np.empty((ROWS, 0))):
        assert Samples(CLOUD, rep_x=PLANE, y=y).y is y


@pytest.mark.parametrize("clusters", [1, 2, 7])
@pytest.mark.parametrize("kind", ["number", "label", "vector"])
def test_few_clusters_claim_and_refute_nothing(clusters: int, kind: str) -> None:
    y = {"number": CLOUD[:, 0] + NOISE, "label": (CLOUD[:, 0] + NOISE > 0).astype(int), "vector": CLOUD + NOISE[:, None]}[kind]
    rows = Samples(CLOUD, rep_x=PLANE, y=y, rep_y=PLANE if kind == "vector" else None, cluster=np.arange(ROWS) % clusters)
    level = discover(rows, level="conditional").level
    assert level.algebra is None
    assert f"{clusters} independent rows or runs; at least 8 are needed" in level.reason


@pytest.mark.parametrize("kind", ["number", "label"])
def test_enough_clusters_are_tested(kind: str) -> None:
    y = CLOUD[:, 0] + NOISE if kind == "number" else (CLOUD[:, 0] + NOISE > 0).astype(int)
    level = discover(Samples(CLOUD, rep_x=PLANE, y=y, cluster=np.arange(ROWS) % 60), level="conditional").level
    assert level.clusters == 60
    assert level.tests


def test_the_span_of_nothing_is_nothing() -> None:
    zero = np.zeros((ROWS, 2))
    for values, probe in ((zero, zero), (CLOUD, zero), (zero, CLOUD)):
        span = carried_span(values, probe, BLOCKS)
        assert span.columns.shape == (2, 0)
        np.testing.assert_allclose(span.off @ span.off.T, np.eye(2), atol=1e-12)
        assert span.influence.shape == (20, 2, 0)
    assert carried_span(CLOUD, CLOUD, BLOCKS).columns.shape == (2, 2)


def test_matrices_on_no_span_move_nothing() -> None:
    assert seen_combinations(np.zeros((4, 0))).shape == (0, 4)
    assert seen_combinations(np.zeros((4, 3))).shape == (0, 4)
    np.testing.assert_array_equal(seen_combinations(np.eye(4)), np.eye(4))


def test_instruments_that_vanish_are_told() -> None:
    with pytest.raises(DiscoveryFailed, match=r"instruments are zero in every row.*Give rows that vary"):
        fit_vector(CLOUD, CLOUD, np.zeros((ROWS, 2)), BLOCKS)


@pytest.mark.parametrize(
    ("x", "y", "sentence"), [(0.0, 1.0, "x does not stand out of its noise"), (1.0, 0.0, "y is not seen to depend on x")]
)
def test_vector_targets_of_nothing_or_from_nothing(x: float, y: float, sentence: str) -> None:
    rows = VectorRows(x * CLOUD, y * CLOUD, x * CLOUD, BLOCKS, ROWS)
    with pytest.raises(DiscoveryFailed, match=sentence):
        equivariance_equation(rows, GL2, GL2, GL2, degree=1)


@pytest.mark.parametrize("bad", [NAN, np.inf, -1.0])
def test_simulated_noise_that_is_no_size_is_refused_by_name(bad: float) -> None:
    for case in (textbook("so(3)"), textbook_density("so(3)"), no_symmetry("random quartic")):
        with pytest.raises(InvalidData, match=rf"noise={bad}"):
            case.make(5, seed=0, noise=bad)
    for case in (textbook("so(3)"), textbook_density("so(3)")):
        with pytest.raises(InvalidData, match=rf"breaking={bad}"):
            case.make(5, seed=0, breaking=bad)


@pytest.mark.parametrize("bad", [NAN, np.inf])
def test_settings_that_are_no_numbers_never_reach_the_solver(bad: float) -> None:
    # the solver would take smaller and smaller steps for ever
    with np.errstate(invalid="ignore"):
        for make in (
            lambda: two_body(2, seed=0, orbit_noise=bad),
            lambda: two_body(2, seed=0, field=(bad, 0.0)),
            lambda: three_body(2, seed=0, velocity_noise=bad),
            lambda: plane_oscillator(2, seed=0, anisotropy=bad),
        ):
            with pytest.raises(InvalidData, match="NaN or infinite; give finite settings"):
                make()


@pytest.mark.parametrize("twin", [2, 5])
def test_copies_of_rows_in_one_cluster_hardly_change_p_values(twin: int) -> None:
    y = (CLOUD**2).sum(1) + 0.1 * NOISE
    single = Samples(CLOUD, rep_x=PLANE, y=y, cluster=np.arange(ROWS))
    many = Samples(np.repeat(CLOUD, twin, axis=0), rep_x=PLANE, y=np.repeat(y, twin), cluster=np.repeat(np.arange(ROWS), twin))
    # the influence of a row on a fit counts its own leverage, which each copy has a share of only
    for level, tolerance in (("conditional", 0.15), ("measure", 1e-6)):
        first, second = (discover(rows, level=level).level for rows in (single, many))
        np.testing.assert_allclose([t.p_value for t in second.tests], [t.p_value for t in first.tests], rtol=tolerance, atol=1e-12)


def test_copies_as_rows_of_their_own_change_the_p_values() -> None:
    y = (CLOUD**2).sum(1) + 0.1 * NOISE
    single = discover(Samples(CLOUD, rep_x=PLANE, y=y), level="conditional").level
    many = discover(Samples(np.repeat(CLOUD, 5, axis=0), rep_x=PLANE, y=np.repeat(y, 5)), level="conditional").level
    assert not np.allclose([t.p_value for t in many.tests], [t.p_value for t in single.tests], rtol=1e-3, atol=1e-12)


@pytest.mark.parametrize("number", [5, 1000])
def test_clusters_may_have_any_numbers(number: int) -> None:
    y = (CLOUD**2).sum(1) + 0.1 * NOISE
    first, second = (
        discover(Samples(CLOUD, rep_x=PLANE, y=y, cluster=c), level="conditional").level for c in (BLOCKS, number + 3 * BLOCKS)
    )
    assert [t.p_value for t in first.tests] == [t.p_value for t in second.tests]
