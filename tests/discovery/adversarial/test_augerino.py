"""Augerino lengthens the generators that are symmetries and no others; Augerino+ learns them; the calibrated test has the last word."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.linalg import expm

from physym import Augerino, Discovery, Rep, Samples, Spectral, discover
from physym.algebra import LieAlgebra, se, so, span_distance
from physym.discovery.adversarial import Optimisation
from physym.discovery.adversarial.augerino import grown
from physym.discovery.base import LevelName
from physym.discovery.network.referee import OTHER_LEVELS
from physym.discovery.references import explanation_of
from physym.discovery.spectral import Affine, BlockDiagonal
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed, InvalidData

FAST = Optimisation(steps=500, batch=128, rate=2e-2, critic_rate=5e-3, betas=(0.9, 0.99), critic_betas=(0.9, 0.99), average=0.0)
QUICK = Augerino(so(2), seeds=3, hidden=(48, 48), optimisation=FAST)
BRIEF = replace(QUICK, seeds=2, hidden=(8,), optimisation=replace(FAST, steps=12, batch=32))
TURN = np.array([[0.0, -1.0], [1.0, 0.0]])
STRETCH = np.array([[1.0, 0.0], [0.0, -1.0]])
SKEW = np.array([[0.0, 1.0], [1.0, 0.0]])
PICTURES = np.zeros((3, 3, 3))  # a rotation of the plane and two translations
PICTURES[0, :2, :2], PICTURES[1, 0, 2], PICTURES[2, 1, 2] = TURN, 1.0, 1.0


def plane(rows: int = 1500, *, breaking: float = 0.0, seed: int = 0, frame: np.ndarray | None = None) -> Samples:
    """y = tanh(|x|²/2 − 1) + noise, with a term that breaks the rotations, seen in another frame."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2))
    y = np.tanh((x**2).sum(1) / 2 - 1) + breaking * np.sin(2 * x[:, 0]) + 0.05 * rng.normal(size=rows)
    return Samples(x if frame is None else x @ frame.T, rep_x=Rep("V", n=2), y=y)


def flow(rows: int = 1500) -> Samples:
    """The next state of an anharmonic oscillator of the plane whose frequency grows with the amplitude; it turns with x."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 2))
    angle = 0.5 + 0.3 * np.tanh((x**2).sum(1))
    cos, sin = np.cos(angle), np.sin(angle)
    y = np.stack([cos * x[:, 0] - sin * x[:, 1], sin * x[:, 0] + cos * x[:, 1]], axis=1) + 0.02 * rng.normal(size=(rows, 2))
    return Samples(x, rep_x=Rep("V", n=2), y=y, rep_y=Rep("V", n=2))


def bars(rows: int = 400, *, turned: float = 60.0, side: int = 6) -> Samples:
    """Pictures of one bright bar or of two, turned by a random angle: two classes."""
    rng = np.random.default_rng(0)
    across = (2 * np.arange(side) - (side - 1)) / (side - 1)
    u, v = np.meshgrid(across, across[::-1])
    angle, label = np.radians(rng.uniform(-turned, turned, size=rows)), rng.integers(2, size=rows)
    off = np.cos(angle)[:, None, None] * v - np.sin(angle)[:, None, None] * u
    gap = np.where(label[:, None, None] == 1, 0.55, 0.0)
    x = np.exp(-((np.abs(off) - gap) ** 2) / 0.08).reshape(rows, -1)
    return Samples(x, rep_x=Rep(f"{side * side}S", n=2), y=label, grid=(side, side))


def found_in(samples: Samples, method: Augerino = QUICK, *, level: LevelName = "conditional", seed: int = 0) -> Discovery:
    """One level."""
    return discover(samples, method, level=level, seed=seed, device="cpu")


def widths(found: Discovery) -> np.ndarray:
    """Learned, relative to the start."""
    assert found.runs is not None
    return found.runs.norms


@cache
def of_the_plane() -> Discovery:
    """The run that several tests read."""
    return found_in(plane())


# --- given generators ---


def test_a_symmetry_grows_and_is_found() -> None:
    found = of_the_plane()
    assert (widths(found) > 3).all()
    assert found.status is Status.FOUND
    assert found.identification is not None
    assert found.identification.name == "so(2)"
    assert found.level.defect < 0.5


def test_what_is_no_symmetry_shrinks_beside_one_that_is() -> None:
    found = found_in(plane(), replace(QUICK, algebra=LieAlgebra(np.stack([STRETCH, TURN, SKEW]))))
    assert (widths(found)[:, [0, 2]] < 0.7).all()
    assert (widths(found)[:, 1] > 2).all()
    assert found.algebra is not None
    assert span_distance(found.algebra, so(2)) < 1e-9


def test_without_a_symmetry_none_is_reported() -> None:
    found = found_in(plane(breaking=1.0))
    assert (widths(found) < 1).all()
    assert found.level.dimension == 0
    assert found.status is Status.NO_SYMMETRY
    assert found.level.status is Status.NO_SYMMETRY


def test_a_regulariser_that_forces_a_wrong_generator_is_refuted() -> None:
    found = found_in(plane(breaking=1.0), replace(QUICK, weight=50.0))
    assert (widths(found) > 2).all()
    assert found.status is Status.NOT_CONFIRMED
    assert not found.status.reliable


def test_without_a_regulariser_nothing_is_rewarded() -> None:
    free, paid = (widths(found_in(plane(), replace(QUICK, weight=weight))).mean() for weight in (0.0, 0.03))
    assert free < paid


def test_generators_act_on_the_coordinates_of_the_data() -> None:
    frame = np.array([[2.0, 0.6], [0.0, 1.0]])
    moved = LieAlgebra((frame @ TURN @ np.linalg.inv(frame))[None])
    right, wrong = (found_in(plane(frame=frame), replace(QUICK, algebra=one)) for one in (moved, so(2)))
    assert right.status is Status.FOUND
    assert (widths(right) > 2).all()
    assert (widths(wrong) < 0.8).all()


def test_a_translation_is_found_where_only_differences_count() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1500, 4))
    y = np.exp(-((x[:, :2] - x[:, 2:]) ** 2).sum(1) / 4) + 0.02 * rng.normal(size=1500)
    found = found_in(Samples(x, rep_x=Rep("2V", n=2), y=y), replace(QUICK, algebra=se(2), weight=0.03))
    assert (widths(found) > 1).all()
    assert found.level.dimension == 3
    assert found.algebra is not None
    assert found.algebra.n == 3
    assert found.status in (Status.FOUND, Status.NOT_CERTIFIED)


def test_y_may_move_along() -> None:
    found = found_in(flow(), replace(QUICK, algebra=LieAlgebra(np.stack([TURN, STRETCH]))))
    assert (widths(found)[:, 0] > 2).all()
    assert (widths(found)[:, 1] < 0.7).all()
    assert found.algebra is not None
    assert span_distance(found.algebra, so(2)) < 1e-9
    assert found.status.reliable


def test_labels_are_classified() -> None:
    rows = plane()
    assert rows.y is not None
    found = found_in(replace(rows, y=np.digitize(rows.y, [-0.3, 0.5])), replace(QUICK, weight=0.05))
    assert (widths(found) > 1.5).all()
    assert "% of held-out labels" in found.level.note


def test_rotations_of_pictures_outgrow_translations() -> None:
    found = found_in(bars(), replace(QUICK, algebra=LieAlgebra(PICTURES), width=0.1, weight=0.2))
    assert (widths(found)[:, 0] > 3 * widths(found)[:, 1:].max(1)).all()
    assert found.status is Status.NOT_CERTIFIED
    assert "images" in found.level.note
    assert found.level.dimension >= 1


# --- learned generators ---


def test_a_generator_is_learned() -> None:
    found = found_in(plane(3000), replace(QUICK, algebra=None, optimisation=replace(FAST, steps=900)))
    assert found.runs is not None
    best = found.runs.cosines(so(2))[:, 0]
    assert np.median(best) > 0.99
    assert found.provenance["training"].startswith("3 runs, 900 steps each, z uniform in [−w, w] with learned w = ")


def test_learned_generators_keep_to_the_blocks() -> None:
    x = np.random.default_rng(0).normal(size=(200, 4))
    rows = Samples(x, rep_x=Rep("V", n=4), y=x[:, 0], blocks=((0, 1), (2, 3)))
    for method in (replace(BRIEF, algebra=None), replace(BRIEF, algebra=None, referee=Spectral(basis=BlockDiagonal(((0, 1), (2, 3)))))):
        found = found_in(rows, method)
        assert found.runs is not None
        assert not found.runs.generators[:, 0, :2, 2:].any()
        assert not found.runs.generators[:, 0, 2:, :2].any()


def test_affine_generators_may_be_learned() -> None:
    found = found_in(plane(200), replace(BRIEF, algebra=None, referee=Spectral(basis=Affine())))
    assert found.runs is not None
    assert found.runs.generators.shape == (2, 1, 3, 3)
    assert not found.runs.generators[..., 2, :].any()


def test_as_many_generators_are_proposed_as_have_grown() -> None:
    method = replace(QUICK, algebra=None, generators=2)
    frames = np.stack([np.stack([TURN, STRETCH]), np.stack([STRETCH, TURN]), np.stack([TURN, SKEW])]) / math.sqrt(2)
    proposed = method._proposed(frames, np.array([[3.0, 0.1], [0.05, 2.0], [3.0, 0.2]]))
    assert proposed.shape == (3, 1, 2, 2)
    assert np.allclose(np.abs((proposed[:, 0] * TURN).sum((1, 2))), math.sqrt(2))
    assert method._proposed(frames, np.full((3, 2), 0.1)).shape == (3, 0, 2, 2)
    assert method._proposed(frames, np.full((3, 2), 1.0)).shape == (3, 2, 2, 2)


def test_seeds_that_end_in_different_places_are_told() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    rows = Samples(x, rep_x=Rep("V", n=2), y=rng.normal(size=300))
    found = found_in(rows, replace(BRIEF, algebra=None, weight=100.0, optimisation=replace(FAST, steps=60, batch=64)))
    assert (widths(found) > 1).all()
    assert found.status is Status.SEEDS_DISAGREE


# --- what counts ---


@pytest.mark.parametrize(
    ("learned", "counts"),
    [
        ([[0.5], [0.5], [0.5]], True),
        ([[0.2], [0.2], [0.2]], False),
        ([[0.3], [0.3], [0.3]], False),
        ([[0.1], [3.0], [0.1]], False),
        ([[0.5]], True),
    ],
)
def test_a_width_has_grown_where_all_seeds_say_so(learned: list[list[float]], counts: bool) -> None:
    assert grown(np.array(learned), 0.3).tolist() == [counts]


def test_other_levels_are_declined_with_the_reason() -> None:
    found = discover(plane(300), BRIEF, device="cpu")
    assert found.support is not None
    assert found.measure is not None
    assert found.headline == "conditional"
    assert (found.support.reason, found.measure.reason) == (OTHER_LEVELS["support"], OTHER_LEVELS["measure"])
    alone = found_in(plane(300), BRIEF, level="measure")
    assert alone.runs is None
    assert alone.algebra is None


def test_the_note_says_who_proposed_it_and_how_long_it_grew() -> None:
    note = of_the_plane().level.note
    assert note.startswith("proposed by Augerino (3 networks, seed 0")
    assert "widths " in note
    assert "(mean ± scatter of 3 runs)" in note
    assert "% of held-out y" in note
    assert "referee: dimension 1 not rejected" in note


def test_runs_hold_what_each_seed_gave() -> None:
    runs = of_the_plane().runs
    assert runs is not None
    assert runs.seeds == (0, 1, 2)
    assert runs.kept.all()
    assert runs.norms.shape == (3, 1)
    assert runs.paths.shape[1:] == (3, 1, 2, 2)
    assert runs.losses.shape[1:] == (2, 3)
    assert np.allclose(np.linalg.norm(runs.generators, axis=(2, 3)), 1)
    assert np.allclose(runs.cosines(so(2)), 1)
    assert runs.norms.max() <= math.pi / 0.3 * (1 + 1e-9)


def test_the_papers_are_cited() -> None:
    assert [reference.key for reference in explanation_of(Augerino()).references] == ["augerino", "liegan", "kleibergen"]
    assert (Augerino().name, QUICK.name) == ("Augerino+", "Augerino")


# --- invariances of the method itself ---


def test_a_seed_reproduces_the_run() -> None:
    first, again, other = (widths(found_in(plane(300), BRIEF, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_units_of_y_do_not_matter() -> None:
    rows = plane(300)
    assert rows.y is not None
    here, there = (widths(found_in(replace(rows, y=scale * rows.y + 7), BRIEF)) for scale in (1.0, 1e3))
    assert np.allclose(here, there, rtol=1e-4)


def test_turning_the_data_turns_nothing_that_is_given() -> None:
    turned = plane(1500, frame=expm(1.1 * TURN))
    assert (widths(found_in(turned)) > 3).all()


# --- bad input ---


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("generators", 0, "generators=0"),
        ("seeds", 0, "seeds=0"),
        ("hidden", (), r"hidden=\(\)"),
        ("hidden", (8, 0), r"hidden=\(8, 0\)"),
        ("width", 0.0, "width=0.0.*expected 0 < width < longest"),
        ("width", 4.0, "width=4.0.*expected 0 < width < longest"),
        ("longest", float("inf"), "longest=inf"),
        ("weight", -0.1, "weight=-0.1.*a weight ≥ 0"),
        ("weight", float("nan"), "weight=nan"),
    ],
)
def test_settings_out_of_range_are_refused(field: str, value: object, words: str) -> None:
    with pytest.raises(InvalidData, match=words):
        replace(Augerino(), **{field: value})  # type: ignore[arg-type]


def test_rows_without_y_are_refused() -> None:
    rows = replace(plane(300), y=None)
    with pytest.raises(DiscoveryFailed, match="Augerino fits y as a function of x, and the samples carry no y"):
        found_in(rows, BRIEF)


def test_generators_of_another_space_are_refused() -> None:
    with pytest.raises(InvalidData, match="holds 4×4 matrices; the vectors have 2 coordinates"):
        found_in(plane(300), replace(BRIEF, algebra=so(1, 3)))


def test_pictures_need_maps_of_the_plane() -> None:
    with pytest.raises(InvalidData, match="pictures are moved by affine maps of the plane"):
        found_in(bars(100), BRIEF)


def test_more_generators_than_there_are_matrices_are_refused() -> None:
    with pytest.raises(InvalidData, match="generators=5; the searched space has only 4 dimensions"):
        found_in(plane(300), replace(BRIEF, algebra=None, generators=5))


def test_a_loss_that_is_no_number_stops_the_run() -> None:
    x = np.random.default_rng(0).normal(size=(200, 2))
    wild = replace(BRIEF, algebra=LieAlgebra(1e5 * STRETCH[None]))
    with pytest.raises(DiscoveryFailed, match=r"Augerino: the loss is NaN or infinite at step 1 .*start from a smaller width"):
        found_in(Samples(x, rep_x=Rep("V", n=2), y=x[:, 0]), wild)
