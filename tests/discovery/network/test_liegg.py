"""`LieGG` as a method: what it tests, what it declines, and a tagger that a user has trained."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from physym import Discovery, LieGG, Rep, Samples, discover
from physym.algebra import LieAlgebra, so, span_distance
from physym.discovery import AbstractMethod
from physym.discovery.network.training import Training, train_network
from physym.errors import InvalidData
from tests.discovery.calibration import binomial_limit
from tests.discovery.jets import momenta, samples

if TYPE_CHECKING:
    from physym import Jets

JZ, KX = 3, 0  # in the textbook basis of so(1,3)
QUICK = LieGG(hidden=(16,), epochs=40, folds=2)


def round_rows(rows: int, *, seed: int, breaking: float = 0.0) -> Samples:
    """y = tanh(|x|²/2 − 1) in the plane, with 10 % noise."""
    rng, noise = (np.random.default_rng([seed, stream]) for stream in (0, 1))
    x = rng.normal(size=(rows, 2))
    y = np.tanh((x**2).sum(1) / 2 - 1) + breaking * x[:, 0] + 0.1 * noise.normal(size=rows)
    return Samples(x, rep_x=Rep("V", n=2), y=y)


def found_in(rows: Samples, method: AbstractMethod = QUICK) -> Discovery:
    """The conditional level."""
    return discover(rows, method, level="conditional")


def test_it_is_a_method() -> None:
    assert isinstance(LieGG(), AbstractMethod)
    assert replace(LieGG(), alpha=0.05).alpha == 0.05


def test_a_rotation_is_found_without_polynomials_that_fit() -> None:
    found = found_in(round_rows(1000, seed=0))
    assert found.identification is not None
    assert found.identification.name == "so(2)"
    assert found.algebra is not None
    assert span_distance(found.algebra, so(2)) < 0.05
    assert found.conditional is not None
    assert found.conditional.refuted is not None
    assert found.conditional.refuted.dimension == 2


def test_a_broken_rotation_is_rejected() -> None:
    found = found_in(round_rows(1000, seed=1, breaking=0.5))
    assert found.conditional is not None
    assert found.conditional.dimension == 0


def test_the_two_statements_are_kept_apart() -> None:
    level = found_in(round_rows(500, seed=2)).conditional
    assert level is not None
    assert level.statement == "p(y | gx) = p(y | x)"
    assert "trained network" in level.note
    assert "network gradients" in level.tested
    assert level.note in level.sentence


def test_support_and_measure_are_declined_with_a_reason() -> None:
    found = discover(round_rows(200, seed=3), QUICK)
    assert found.support is not None
    assert found.measure is not None
    assert found.headline == "conditional"
    assert "use Spectral()" in found.support.reason
    assert "use Spectral()" in found.measure.reason
    only = discover(round_rows(200, seed=3), QUICK, level="support")
    assert only.algebra is None
    assert only.conditional is None


def test_the_seed_decides() -> None:
    rows = round_rows(300, seed=4)
    one, two, other = (discover(rows, QUICK, level="conditional", seed=seed).conditional for seed in (0, 0, 1))
    assert one is not None
    assert two is not None
    assert other is not None
    assert np.array_equal(one.spectrum, two.spectrum)
    assert not np.array_equal(one.spectrum, other.spectrum)


def test_progress_counts_the_networks() -> None:
    seen: list[tuple[str, int, int | None]] = []
    discover(round_rows(200, seed=5), QUICK, level="conditional", progress=lambda step, done, total: seen.append((step, done, total)))
    assert seen == [("networks", 1, 2), ("networks", 2, 2)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"y": None}, "no labels"),
        ({"y": np.zeros((200, 2))}, r"shape \(200, 2\)"),
        ({"y": np.zeros(200)}, "the same y"),
        ({"y": np.arange(200) % 3}, "3 classes"),
        ({"rep_y": Rep("V", n=2)}, "moves as"),
        ({"cluster": np.zeros(200, dtype=int)}, "fewer folds or more clusters"),
    ],
)
def test_what_cannot_be_tested_is_declined(change: dict[str, object], reason: str) -> None:
    level = found_in(replace(round_rows(200, seed=6), **change)).conditional  # type: ignore[arg-type]
    assert level is not None
    assert level.algebra is None
    assert re.search(reason, level.reason)


def test_few_rows_are_declined() -> None:
    level = found_in(round_rows(20, seed=7)).conditional
    assert level is not None
    assert "20 rows" in level.reason


@pytest.mark.parametrize("settings", [{"folds": 1}, {"alpha": 0.7}, {"epochs": 0}, {"hidden": ()}, {"blocks": 2}])
def test_settings_are_checked(settings: dict[str, object]) -> None:
    with pytest.raises(InvalidData):
        LieGG(**settings)  # type: ignore[arg-type]


def test_a_network_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(InvalidData, match="2 outputs"):
        found_in(round_rows(200, seed=8), LieGG(network=nn.Linear(2, 2)))


def labelled(rows: int, *, seed: int) -> Samples:
    """Pairs of massless constituents with labels drawn from their invariant mass."""
    vectors = momenta(rows, seed=seed)
    total = vectors.sum(1)
    mass = np.sqrt(np.maximum(total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(1), 0))
    logit = 2 * np.tanh((mass - 60) / 20)
    y = (np.random.default_rng([seed, 1]).uniform(size=rows) < 1 / (1 + np.exp(-logit))).astype(np.int64)
    return samples(vectors, y)


class TwoScores(nn.Module):
    """The same logit as a pair of class scores."""

    def __init__(self, logit: nn.Module) -> None:
        super().__init__()
        self.logit = logit

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores ``(N, 2)``."""
        value = self.logit(x)
        return torch.stack([-value / 2, value / 2], dim=1)


def test_a_logit_and_two_scores_are_the_same_network() -> None:
    train, test = labelled(1500, seed=9), labelled(1500, seed=10)
    assert train.y is not None
    tagger = train_network(train.x, train.y.astype(float), logit=True, seed=0, training=Training((16,), 30))
    one, two = (found_in(test, LieGG(network=network)).conditional for network in (tagger, TwoScores(tagger)))
    assert one is not None
    assert two is not None
    assert np.allclose(one.spectrum, two.spectrum)
    assert one.note == two.note
    assert len(one.searched) == 7  # only symmetries of the cone E² = p² are searched


def test_a_trained_tagger_on_jets(sample_jets: Jets) -> None:
    rows = sample_jets.samples(constituents=2)
    assert rows.y is not None
    tagger = train_network(rows.x[::2], rows.y[::2].astype(float), logit=True, seed=0, training=Training((16, 16), 40))
    held_out = replace(rows, x=rows.x[1::2], y=rows.y[1::2], mask=None)
    turn, boost = (LieGG(network=tagger, basis=LieAlgebra(generator[None])) for generator in (so(1, 3).basis[i] for i in (JZ, KX)))
    about_beam, across = found_in(held_out, turn).conditional, found_in(held_out, boost).conditional
    assert about_beam is not None
    assert across is not None
    assert about_beam.rows == 2000
    assert about_beam.dimension == 1  # p(top | momenta) does not depend on the azimuth
    assert across.tests[0].p_value < 1e-4  # but a boost leaves the window in pT


@pytest.mark.slow
def test_trained_networks_reject_a_true_symmetry_at_most_alpha() -> None:
    runs = 40
    p_values = []
    for seed in range(100, 100 + runs):
        level = discover(round_rows(500, seed=seed), QUICK, level="conditional", seed=seed).conditional
        assert level is not None
        p_values.append(level.tests[0].p_value)
    for alpha in (0.01, 0.05):
        assert np.mean(np.array(p_values) < alpha) <= binomial_limit(alpha, runs)
