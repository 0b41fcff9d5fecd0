"""Cyclic orders: right where there is one, none where there is none, and honest about the plane and the angle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import Rep, cyclic
from physym.data import Samples
from physym.discovery import CyclicOrder, DiscreteStatus, discover_discrete
from physym.errors import DiscoveryFailed, ShapeError
from tests.discovery.discrete.samples import blobs, cubic_samples, cyclic_cloud, rotation_samples


@pytest.mark.parametrize("k", range(3, 13))
def test_order_of_a_function_whose_plane_is_unknown(k: int) -> None:
    found = discover_discrete(rotation_samples(k, 0), CyclicOrder(), level="conditional")
    assert found.order == k
    assert found.name == f"C{k}"
    angle = np.arccos((np.trace(found.group.elements[1]) - 1) / 2)
    assert angle == pytest.approx(2 * np.pi / k, abs=1e-12)  # snapped


@pytest.mark.parametrize("k", [2, 3, 5, 8, 12])
def test_order_of_a_cloud(k: int) -> None:
    found = discover_discrete(cyclic_cloud(k, 0), CyclicOrder())
    assert found.order == k
    assert np.allclose(found.group.elements[1:][:1], cyclic(k).elements[1:2], atol=1e-9)


def test_order_with_noise_and_a_plane_that_is_given() -> None:
    rows = rotation_samples(6, 3, rows=4000, noise=0.2)
    for method in (CyclicOrder(plane=(0, 1)), CyclicOrder(plane=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))):
        found = discover_discrete(rows, method, level="conditional")
        assert found.order == 6
        assert not found.group.errors.any()  # type: ignore[union-attr]


def test_rotating_the_data_rotates_the_plane() -> None:
    rows = rotation_samples(5, 1, rows=3000)
    turn = np.linalg.qr(np.random.default_rng(9).normal(size=(3, 3)))[0]
    found = discover_discrete(replace(rows, x=rows.x @ turn.T), CyclicOrder(), level="conditional")
    assert found.order == 5
    generator = found.group.elements[1]
    axis = turn[:, 2]
    assert np.abs(generator @ axis - axis).max() < 0.02
    wrong = discover_discrete(replace(rows, x=rows.x @ turn.T), CyclicOrder(plane=(0, 1)), level="conditional")
    assert wrong.order == 1


@pytest.mark.parametrize(("k", "turned"), [(4, False), (6, True)])
def test_raw_angle_is_not_snapped_and_its_errors_cover(k: int, turned: bool) -> None:
    """Squared pulls average to one. The entries of a matrix follow from three errors, of the angle and of two tilts.

    So 24 matrices hold 72 squares, and their mean lies within 1 ± 4 √(2/72). C4 about a coordinate axis has entries that are stationary in
    all three; about a random axis no entry is.
    """
    seeds, pulls = 24, []
    for seed in range(seeds):
        frame = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0] if turned else np.eye(3)
        rows = rotation_samples(k, seed, rows=2000)
        found = discover_discrete(replace(rows, x=rows.x @ frame.T), CyclicOrder(), level="conditional", seed=seed)
        assert found.order == k
        raw, errors, truth = found.raw[0], found.raw_errors[0], np.eye(3)
        truth[:2, :2] = cyclic(k).elements[1]
        truth = frame @ truth @ frame.T
        if np.abs(raw - truth.T).max() < np.abs(raw - truth).max():  # the inverse, whose errors are those of the transposed entries
            raw, errors = raw.T, errors.T
        assert 0 < np.abs(raw - truth).mean() < 0.01
        pulls.append(((raw - truth) / errors) ** 2)
    assert abs(np.mean(pulls) - 1) < 4 * np.sqrt(2 / (3 * seeds))


def test_the_last_bit_of_the_data_turns_no_plane_over() -> None:
    """The singular vectors of a plane are round-off. The sense of the generator is not: it leads from coordinate 0 to coordinate 1."""
    for seed in range(3):
        rows = rotation_samples(4, seed)
        one = discover_discrete(rows, CyclicOrder(), level="conditional")
        assert one.raw[0][1, 0] > 0.99
        for bits in range(3):
            last = np.spacing(rows.x) * np.random.default_rng(bits).integers(-1, 2, size=rows.x.shape)
            other = discover_discrete(replace(rows, x=rows.x + last), CyclicOrder(), level="conditional")
            assert np.allclose(other.raw, one.raw, atol=1e-9)
            assert np.allclose(other.group.elements, one.group.elements, atol=1e-9)


def test_a_large_part_of_charge_zero_hides_no_charge() -> None:
    rows = rotation_samples(11, 2)
    radius, height = np.hypot(rows.x[:, 0], rows.x[:, 1]), rows.x[:, 2]
    lifted = replace(rows, y=rows.y + 100 * radius * height - 30 * height + 7 * radius**2)  # type: ignore[operator]
    plain, large = (discover_discrete(s, CyclicOrder(plane=(0, 1)), level="conditional") for s in (rows, lifted))
    assert np.allclose([t.strength for t in plain.charges], [t.strength for t in large.charges], rtol=1e-6)
    assert plain.order == large.order == 11


def test_heavy_tails_of_x_hide_no_charge() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(2000, 3)) / np.sqrt(rng.chisquare(3, size=2000) / 3)[:, None]
    radius = np.hypot(x[:, 0], x[:, 1])
    y = np.cos(6 * np.arctan2(x[:, 1], x[:, 0])) * radius / (1 + radius) + radius * x[:, 2] + 0.2 * rng.normal(size=2000)
    found = discover_discrete(Samples(x, rep_x=Rep("V", n=3), y=y), CyclicOrder(plane=(0, 1)), level="conditional")
    assert found.order == 6


def test_charges_are_seen_at_a_significance_of_their_own() -> None:
    rows = rotation_samples(6, 0)
    strict, loose = (discover_discrete(rows, CyclicOrder(), level="conditional", alpha=alpha) for alpha in (0.0001, 0.2))
    assert strict.order == loose.order == 6  # alpha is that of the held-out tests and does not touch the divisor
    blind = discover_discrete(rows, CyclicOrder(charge_alpha=1e-200), level="conditional")
    assert blind.status is DiscreteStatus.CONTINUOUS
    with pytest.raises(DiscoveryFailed, match="charge_alpha=0"):
        CyclicOrder(charge_alpha=0.0)


def test_a_rotational_symmetry_is_no_order() -> None:
    x = np.random.default_rng(0).normal(size=(1000, 3))
    found = discover_discrete(Samples(x, rep_x=Rep("V", n=3), y=x[:, 2] + (x**2).sum(1)), CyclicOrder(), level="conditional")
    assert found.status is DiscreteStatus.CONTINUOUS
    assert found.order == 1
    assert "no charge up to 24 was seen" in found.sentence


def test_a_function_of_the_radius_leaves_the_plane_open() -> None:
    x = np.random.default_rng(0).normal(size=(1000, 3))
    found = discover_discrete(Samples(x, rep_x=Rep("V", n=3), y=(x**2).sum(1)), CyclicOrder(), level="conditional")
    assert found.status is DiscreteStatus.NO_PLANE
    assert "Name the plane" in found.sentence


def test_nothing_is_certified_without_symmetry() -> None:
    functions = [discover_discrete(cubic_samples(s, n=2 + s % 2), CyclicOrder(), level="conditional", seed=s) for s in range(10)]
    clouds = [discover_discrete(blobs(seed), CyclicOrder(), seed=seed) for seed in range(10)]
    assert not any(found.certified for found in (*functions, *clouds))
    # "not rejected" is no claim of symmetry: about 3 % of random cubics leave a C2 standing, so 3 of 10 have a chance of 0.3 %
    assert sum(found.order > 1 for found in functions) <= 2


def test_a_broken_rotation_is_rejected_on_the_held_out_half() -> None:
    rows = rotation_samples(6, 0, rows=6000)
    broken = replace(rows, y=rows.y + 0.05 * rows.x[:, 2] * np.cos(np.arctan2(rows.x[:, 1], rows.x[:, 0])))  # type: ignore[operator]
    assert discover_discrete(rows, CyclicOrder(plane=(0, 1)), level="conditional").order == 6
    assert discover_discrete(broken, CyclicOrder(plane=(0, 1)), level="conditional").order == 1


def test_an_equivariant_map_has_the_order_of_its_anisotropy() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(3000, 2))
    angle, radius = np.arctan2(x[:, 1], x[:, 0]), np.hypot(x[:, 0], x[:, 1])
    turn = 0.4 + 0.3 * np.cos(5 * angle)
    y = np.stack([radius * np.cos(angle + turn), radius * np.sin(angle + turn)], axis=1)
    rep = Rep("V", n=2)
    found = discover_discrete(Samples(x, rep_x=rep, y=y, rep_y=rep), CyclicOrder(), level="conditional")
    assert found.name == "C5"
    invariant = discover_discrete(Samples(x, rep_x=rep, y=y), CyclicOrder(), level="conditional")
    assert invariant.order == 1


def test_certificate_tightens_with_rows_and_says_so() -> None:
    found = discover_discrete(rotation_samples(4, 0, rows=20_000), CyclicOrder(), level="conditional")
    assert found.certified
    assert found.status is DiscreteStatus.CERTIFIED
    assert "certified at U" in repr(found)
    few = discover_discrete(rotation_samples(4, 0), CyclicOrder(), level="conditional")
    assert not few.bound < found.bound


def test_shells_of_opposite_phase_do_not_cancel() -> None:
    grid = np.random.default_rng(0).integers(-1, 2, size=(1000, 2)).astype(float)  # corners stand between the edges
    assert discover_discrete(Samples(grid, rep_x=Rep("V", n=2)), CyclicOrder()).name == "C4"


def test_uneven_angles_of_x_are_said() -> None:
    rows = rotation_samples(4, 0, rows=2000)
    assert not discover_discrete(rows, CyclicOrder(), level="conditional").notes
    kept = rows.x[:, 0] > -0.3
    cut = replace(rows, x=rows.x[kept], y=rows.y[kept])  # type: ignore[index]
    assert "unevenly" in discover_discrete(cut, CyclicOrder(plane=(0, 1)), level="conditional").notes[0]


def test_wrong_questions_get_a_sentence() -> None:
    rows = rotation_samples(3, 0)
    with pytest.raises(ShapeError, match="orthonormal"):
        discover_discrete(rows, CyclicOrder(plane=(0, 7)), level="conditional")
    with pytest.raises(ShapeError, match="orthonormal"):
        discover_discrete(rows, CyclicOrder(plane=((1.0, 0.0, 0.0), (1.0, 0.0, 0.0))), level="conditional")
    with pytest.raises(DiscoveryFailed, match="change the unit"):
        discover_discrete(replace(rows, x=0 * rows.x), CyclicOrder())
    with pytest.raises(DiscoveryFailed, match="highest_charge"):
        CyclicOrder(highest_charge=1)
    with pytest.raises(DiscoveryFailed, match="needs a plane"):
        discover_discrete(Samples(np.ones((99, 1)), rep_x=Rep("V", n=1)), CyclicOrder())
    assert "only charge 12 itself" in discover_discrete(cyclic_cloud(12, 0), CyclicOrder(highest_charge=20)).notes[0]
