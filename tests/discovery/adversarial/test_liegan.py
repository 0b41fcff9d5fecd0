"""LieGAN from rows to a judged algebra, small and fast."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from physym.algebra import LieAlgebra, Rep, dilation, extend, so, span_distance
from physym.data import Images, Samples
from physym.data.simulate import discrete_rotation, toy_jets
from physym.discovery import Discovery, Runs, Status, discover
from physym.discovery.adversarial import (
    ChannelCosine,
    Coordinates,
    CosineSimilarity,
    Dense,
    GaussianMixture,
    IntegerGrid,
    LearnableNormal,
    LieGAN,
    Normal,
    Optimisation,
    Pixels,
    Regressor,
    Residuals,
    StepSearch,
    Trials,
)
from physym.errors import CorruptFile, DiscoveryFailed, InvalidData, PhysymError
from tests.discovery.adversarial.games import plane

RESIDUALS = Residuals(regressor=Regressor((32,), 300, 0.02))
GOOD = LieGAN(
    generators=1,
    coefficients=Normal(1.0),
    features=RESIDUALS,
    optimisation=Optimisation(steps=600, batch=128),
    trials=Trials(starts=2),
    seeds=2,
)
BRIEF = LieGAN(
    generators=1,
    critic=Dense((8,)),
    features=Coordinates(),
    optimisation=Optimisation(steps=40, batch=16),
    trials=Trials(starts=2, share=0.5),
    seeds=2,
)
FREE = replace(BRIEF, constraint="free", one_channel=False, warm_up=0.0, trials=Trials(1))
WEYL = extend(so(1, 3), dilation(4))


def broken(rows: int = 600) -> Samples:
    """y = x₁ + x₂², which no linear map leaves unchanged."""
    x = np.random.default_rng(0).normal(size=(rows, 2))
    return Samples(x, rep_x=Rep("V", n=2), y=x[:, 0] + x[:, 1] ** 2)


def runs_of(found: Discovery) -> Runs:
    assert found.runs is not None
    return found.runs


def same(one: Discovery, two: Discovery) -> bool:
    a, b = runs_of(one), runs_of(two)
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("generators", "statistic", "losses", "paths", "norms"))


def test_rotations_of_the_plane_are_found() -> None:
    found = discover(plane(600), GOOD, level="conditional")
    assert found.status is Status.FOUND
    assert found.identification is not None
    assert found.identification.name == "so(2)"
    assert (runs_of(found).cosines(so(2)) > 0.999).all()
    assert found.level.p_value >= 0.01
    assert found.level.defect < 0.1
    assert np.abs(runs_of(found).statistic).max() < 4  # held-out moved rows are not told from real ones


@pytest.mark.parametrize("frame", [np.diag([1.0, 0.5]), np.array([[0.9, 0.5], [-0.2, 0.7]])])
def test_an_ellipse_is_found_in_its_own_coordinates(frame: np.ndarray) -> None:
    """Covariance: stretched and turned data give the stretched and turned generator."""
    found = discover(replace(plane(600), x=plane(600).x @ frame.T), GOOD, level="conditional")
    assert found.status is Status.FOUND
    assert found.algebra is not None
    assert span_distance(found.algebra, LieAlgebra(frame @ so(2).basis @ np.linalg.inv(frame))) < 0.05


def test_the_lorentz_group_and_the_dilation_of_jets_are_found() -> None:
    method = LieGAN(generators=7, seeds=2, optimisation=Optimisation(steps=800, batch=128), trials=Trials(starts=1))
    found = discover(toy_jets(600, seed=0).samples(), method, level="support")
    assert found.status is Status.FOUND
    assert found.identification is not None
    assert found.identification.name == "so(1,3) ⊕ R"
    assert (runs_of(found).cosines(WEYL) > 0.999).all()


def test_a_warm_start_needs_few_steps() -> None:
    method = LieGAN(warm_start=True, seeds=2, optimisation=Optimisation(steps=60, batch=64), trials=Trials(starts=3))
    found = discover(toy_jets(600, seed=0).samples(), method, level="support")
    assert found.status is Status.FOUND
    assert found.level.dimension == 7  # as many as the referee does not reject
    assert (runs_of(found).cosines(WEYL) > 0.9999).all()
    assert runs_of(found).steps == 60


def test_without_a_number_of_generators_the_referee_counts() -> None:
    assert runs_of(discover(plane(300), replace(BRIEF, generators=None), level="conditional")).generators.shape[1] == 1
    assert runs_of(discover(plane(600, n=3), replace(BRIEF, generators=None), level="conditional")).generators.shape[1] == 3


def test_an_integer_grid_finds_a_turn_of_order_five() -> None:
    method = LieGAN(
        generators=1,
        coefficients=IntegerGrid(),
        features=Residuals(regressor=Regressor((64, 64), 1000, 0.01)),
        optimisation=Optimisation(steps=200, batch=64),
        trials=Trials(starts=2),
        step_search=StepSearch(shortest=0.6, longest=2.7, starts=4, steps=300, batch=128),
        seeds=2,
    )
    found = discover(discrete_rotation(6000, order=5, seed=0), method, level="conditional")
    assert found.status is Status.STEP
    assert "an element of order 5" in found.level.note
    assert "z an integer from −10 to 10" in found.level.note
    assert found.level.tests == ()
    angles = np.abs(np.linalg.eigvals(runs_of(found).generators[:, 0]).imag).max(1)
    assert np.abs(angles - 2 * np.pi / 5).max() < 0.02


def test_data_without_a_symmetry_are_not_given_one() -> None:
    method = replace(GOOD, optimisation=Optimisation(steps=150, batch=64), seeds=1)
    found = discover(broken(), method, level="conditional")
    assert found.status is Status.NOT_CONFIRMED
    assert found.level.p_value < 1e-6
    assert "referee: no generator, dimension 1 refuted" in found.level.note
    assert found.exact is None


def test_free_generators_slide_into_the_identity_and_that_is_said() -> None:
    """No symmetry, no regulariser, large coefficients: the identity is the best that is left."""
    method = replace(FREE, coefficients=Normal(1.0), features=RESIDUALS, optimisation=Optimisation(steps=400, batch=64, rate=0.02))
    found = discover(broken(), method, level="conditional")
    assert found.status is Status.COLLAPSED
    assert runs_of(found).norms.min() < 0.3
    assert "shrank towards the identity" in found.status.value


def test_generators_of_fixed_length_do_not() -> None:
    found = discover(broken(), replace(GOOD, optimisation=Optimisation(steps=150, batch=64)), level="conditional")
    assert found.status is not Status.COLLAPSED
    assert runs_of(found).norms == pytest.approx(np.ones((2, 1)))


def test_two_free_channels_for_one_symmetry_are_redundant() -> None:
    method = replace(GOOD, generators=2, constraint="unit", optimisation=Optimisation(steps=600, batch=64), trials=Trials(1))
    found = discover(plane(600), method, level="conditional")
    assert found.status is Status.REDUNDANT
    flat = runs_of(found).generators.reshape(2, 2, 4)
    assert np.abs((flat[:, 0] * flat[:, 1]).sum(1)).min() > 0.98


def test_seeds_that_were_hardly_trained_disagree() -> None:
    found = discover(plane(600), replace(BRIEF, optimisation=Optimisation(steps=3, batch=16), trials=Trials(1)), level="conditional")
    assert found.status is Status.SEEDS_DISAGREE
    assert runs_of(found).cosines(so(2)).min() < 0.9


def pressing(at: int) -> Callable[[str, int, int | None], None]:
    count = 0

    def progress(step: str, done: int, total: int | None) -> None:
        nonlocal count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGINT)

    return progress


@pytest.mark.parametrize("at", [3, 20, 25, 39])
def test_an_interrupted_run_says_so_and_goes_on_bit_for_bit(tmp_path: Path, at: int) -> None:
    method = replace(BRIEF, checkpoint=tmp_path / "run.safetensors", checkpoint_every=7)
    stopped = discover(plane(), method, level="conditional", progress=pressing(at))
    assert stopped.status is Status.INTERRUPTED
    assert "interrupted after" in stopped.level.note
    resumed = discover(plane(), method, level="conditional")
    whole = discover(plane(), BRIEF, level="conditional")
    assert same(resumed, whole)
    assert resumed.status is whole.status
    assert not same(stopped, whole)


def test_an_interrupted_search_of_steps_says_so() -> None:
    method = replace(BRIEF, coefficients=IntegerGrid(), trials=Trials(1), step_search=StepSearch(starts=2, steps=20, batch=16))
    for at in (20, 30):  # in the last step of the first stage, and in the second
        found = discover(plane(), method, level="conditional", progress=pressing(at))
        assert found.status is Status.INTERRUPTED


def test_a_checkpoint_of_other_settings_or_data_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    discover(plane(), replace(BRIEF, checkpoint=path), level="conditional")
    for method, samples in ((replace(BRIEF, warm_up=0.1), plane()), (BRIEF, plane(seed=1))):
        with pytest.raises(InvalidData, match=r"run\.safetensors: the checkpoint belongs to a run with other settings, seeds or data"):
            discover(samples, replace(method, checkpoint=path), level="conditional")
    with pytest.raises(InvalidData, match="other settings, seeds or data"):
        discover(plane(), replace(BRIEF, checkpoint=path), level="conditional", seed=1)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(CorruptFile, match=r"run\.safetensors: no checkpoint"):
        discover(plane(), replace(BRIEF, checkpoint=path), level="conditional")


def test_the_seed_decides_and_the_global_one_does_not() -> None:
    torch.manual_seed(0)
    one = discover(plane(), BRIEF, level="conditional", seed=4)
    torch.manual_seed(1)
    assert same(one, discover(plane(), BRIEF, level="conditional", seed=4))
    other = discover(plane(), BRIEF, level="conditional", seed=5)
    assert not same(one, other)
    assert runs_of(one).seeds == (8, 9)
    assert not set(runs_of(one).seeds) & set(runs_of(other).seeds)


def test_every_level_is_answered() -> None:
    found = discover(plane(), BRIEF)
    assert [level.name for level in found.levels] == ["support", "conditional", "measure"]
    assert found.level.algebra is not None
    assert all(level.algebra is not None or level.reason for level in found.levels)


def test_the_published_form_runs() -> None:
    method = LieGAN.published(2, epochs=2)
    found = discover(plane(), replace(method, critic=Dense((16, 16))), level="conditional")
    assert runs_of(found).generators.shape == (1, 2, 2, 2)
    assert runs_of(found).steps == 8  # 255 rows in batches of 64, twice
    assert found.algebra is not None


def test_the_published_form_is_that_of_the_paper() -> None:
    method = LieGAN.published(3, similarity=2.0, overlap=0.5)
    how = method.optimisation
    assert (how.batch, how.epochs, how.rate, how.critic_rate) == (64, 100, 1e-3, 2e-4)
    assert (how.betas, how.critic_betas) == ((0.5, 0.999), (0.9, 0.999))
    assert (how.clip, how.cosine, how.average, how.paired, how.keep_last) == (0.0, False, 0.0, True, True)
    assert method.critic == Dense((512, 512), embedding=32)
    assert (method.coefficients, method.features) == (Normal(1.0), Coordinates(scaled=False))
    assert (method.constraint, method.one_channel, method.warm_up, method.seeds) == ("free", False, 0.0, 1)
    assert method.penalties == (CosineSimilarity(2.0), ChannelCosine(0.5))
    assert LieGAN.published(1).penalties == (CosineSimilarity(1.0),)
    assert LieGAN.published(3, similarity=0.0, overlap=0.0).penalties == ()
    assert LieGAN.published(epochs=7).optimisation == replace(how, epochs=7)
    assert LieGAN.published(coefficients=IntegerGrid()).coefficients == IntegerGrid()


@pytest.mark.parametrize("law", [LearnableNormal(0.5), GaussianMixture(3, 0.5, 0.1)])
def test_what_a_law_learned_is_reported(law: LearnableNormal | GaussianMixture) -> None:
    found = discover(plane(), replace(BRIEF, coefficients=law), level="conditional")
    assert runs_of(found).law != law.describe(law.parameters(1, 1))
    assert runs_of(found).law[:8] == law.describe(law.parameters(1, 1))[:8]


@pytest.mark.parametrize(
    "settings",
    [
        {"incremental": True, "generators": 2},
        {"constraint": "unit"},
        {"one_channel": False, "generators": 3},
        {"precision": "bfloat16"},
        {"seeds": 1},
    ],
)
def test_every_setting_runs(settings: dict[str, object]) -> None:
    found = discover(plane(), replace(BRIEF, **settings), level="conditional")  # type: ignore[arg-type]
    assert np.isfinite(runs_of(found).generators).all()
    assert found.level.sentence


def test_pictures_are_moved() -> None:
    """Blurred blobs at random angles: turns are a symmetry of their distribution."""
    rng = np.random.default_rng(0)
    pictures = Images(rng.uniform(size=(120, 6, 6)), labels=np.arange(120) % 2)
    method = replace(BRIEF, features=Pixels())
    found = discover(pictures.samples(), method, level="measure")
    assert runs_of(found).generators.shape == (2, 1, 3, 3)
    assert not runs_of(found).generators[:, :, 2].any()  # affine maps of the plane
    assert found.status is not Status.FOUND  # no calibrated test applies to pictures


def test_complex_vectors_are_moved_by_complex_matrices() -> None:
    x = np.random.default_rng(0).normal(size=(200, 4))
    found = discover(Samples(x, rep_x=Rep("C", n=2)), BRIEF, level="measure")
    j = np.kron([[0.0, -1.0], [1.0, 0.0]], np.eye(2))
    for generator in runs_of(found).generators[:, 0]:
        np.testing.assert_allclose(generator @ j, j @ generator, atol=1e-9)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"generators": 0}, "generators=0; expected at least 1, or None"),
        ({"constraint": "loose"}, "constraint='loose'; expected 'orthonormal', 'unit' or 'free'"),
        ({"seeds": 0}, "seeds=0, checkpoint_every=500; expected at least 1 of each"),
        ({"checkpoint_every": 0}, "checkpoint_every=0; expected at least 1"),
        ({"warm_up": 1.5}, "warm_up=1.5"),
        ({"first_spread": 0.0}, "first_spread=0.0; expected shares"),
    ],
)
def test_bad_settings_get_a_sentence(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidData) as caught:
        replace(BRIEF, **settings)  # type: ignore[arg-type]
    assert sentence in str(caught.value)


def test_bad_data_get_a_sentence() -> None:
    x = plane(100).x.copy()
    x[7, 0] = np.nan
    with pytest.raises(InvalidData, match=r"x holds NaN or infinite values \(first in row 7\)"):
        discover(Samples(x, rep_x=Rep("V", n=2)), BRIEF)
    with pytest.raises(DiscoveryFailed, match="39 rows without padding"):
        discover(plane(39), BRIEF)
    with pytest.raises(InvalidData, match="generators=5; the searched space has only 4 dimensions"):
        discover(plane(), replace(BRIEF, generators=5))
    with pytest.raises(InvalidData, match="generators=2; the searched space has only 1 dimensions"):
        discover(plane(), replace(BRIEF, generators=2, basis=so(2)))
    with pytest.raises(InvalidData, match="Residuals need real targets"):
        discover(plane(labels=True), replace(BRIEF, features=RESIDUALS))


@pytest.mark.parametrize("size", [1e-9, 1e9])
def test_units_do_not_matter(size: float) -> None:
    """Of x: its coordinates are measured in their own size."""
    here, there = (runs_of(discover(replace(plane(), x=factor * plane().x), BRIEF, level="conditional")) for factor in (1.0, size))
    assert np.allclose(here.generators, there.generators, atol=1e-3)


@pytest.mark.parametrize("x", [np.ones((100, 2)), plane(100).x * [1.0, 0.0]], ids=["constant", "line"])
def test_degenerate_rows_give_no_numbers_that_are_none(x: np.ndarray) -> None:
    samples = Samples(x, rep_x=Rep("V", n=2), y=np.linspace(0, 1, 100))
    found = discover(samples, replace(BRIEF, features=RESIDUALS), level="conditional")
    assert np.isfinite(runs_of(found).generators).all()
    assert found.level.sentence


def test_rows_of_zeros_are_moved_by_nothing() -> None:
    with pytest.raises(PhysymError, match="x is zero throughout"):
        discover(Samples(np.zeros((100, 2)), rep_x=Rep("V", n=2), y=np.linspace(0, 1, 100)), BRIEF)


def test_a_missing_device_is_told() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(DiscoveryFailed, match="sees no CUDA device here; use device='cpu' or 'auto'"):
        discover(plane(), BRIEF, device="cuda")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_graphics_card_agrees_with_the_processor() -> None:
    method = replace(BRIEF, optimisation=Optimisation(steps=20, batch=16), trials=Trials(1))
    here, there = (discover(plane(), method, level="conditional", device=device) for device in ("cpu", "cuda"))
    assert there.provenance["device"] == "cuda"
    assert np.allclose(runs_of(here).generators, runs_of(there).generators, atol=1e-3)
    assert np.allclose(runs_of(here).losses, runs_of(there).losses, atol=1e-3)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_rotations_are_found_on_a_graphics_card() -> None:
    found = discover(plane(600), GOOD, level="conditional", device="cuda")
    assert found.status is Status.FOUND
    assert (runs_of(found).cosines(so(2)) > 0.999).all()
