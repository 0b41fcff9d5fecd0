"""What is proposed is judged by the calibrated test: confirmed, rejected, or out of its reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym import LieGG, Rep, Samples, Spectral, discover
from physym.algebra import LieAlgebra, dilation, so
from physym.discovery.network.referee import AGREEMENT, STATEMENTS, Proposal, conditional_only, refereed
from physym.discovery.spectral.levels import common
from physym.discovery.spectral.levels.common import declined
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed, ShapeError

DILATION = dilation(3).basis / np.sqrt(3)


def round_rows(rows: int, *, seed: int, breaking: float = 0.0, noise: float = 0.1) -> Samples:
    """y = |x|² in space with noise."""
    x = np.random.default_rng(seed).normal(size=(rows, 3))
    y = (x**2).sum(1) + breaking * x[:, 0] + noise * np.random.default_rng([seed, 1]).normal(size=rows)
    return Samples(x, rep_x=Rep("V", n=3), y=y)


def orthonormal(basis: np.ndarray) -> np.ndarray:
    """The same span."""
    return np.linalg.qr(basis.reshape(len(basis), -1).T)[0].T.reshape(basis.shape)


def proposed(basis: np.ndarray, *, networks: int = 1, note: str = "") -> Proposal:
    """By several networks that all say the same."""
    return Proposal("Guess", 3, np.stack([orthonormal(basis)] * networks), note=note)


def tilted(angle: float) -> np.ndarray:
    """so(3) turned away from itself by an angle, towards symmetric matrices."""
    away = np.zeros((3, 3))
    away[0, 0], away[1, 1] = np.sqrt(0.5), -np.sqrt(0.5)
    basis = so(3).basis / np.sqrt(2)
    return np.concatenate([np.cos(angle) * basis[:1] + np.sin(angle) * away, basis[1:]])


def test_the_truth_is_confirmed_and_certified() -> None:
    level = refereed(round_rows(1000, seed=0), proposed(so(3).basis))
    assert level.status is Status.FOUND
    assert level.dimension == 3
    assert level.identification is not None
    assert level.identification.name == "so(3)"
    assert 0 < level.defect < 0.1
    assert level.p_value >= 0.01
    assert level.refuted is not None
    assert level.refuted.dimension == 4
    assert "largest angle to the algebra of Spectral" in level.note
    assert "dimension 3 not rejected" in level.note


def test_the_bound_pays_for_the_choice() -> None:
    rows = round_rows(1000, seed=1)
    level = refereed(rows, proposed(so(3).basis))
    assert level.algebra is not None
    assert level.certify(level.algebra) < level.defect  # a span named beforehand has a smaller one


def test_a_subalgebra_is_confirmed_too() -> None:
    level = refereed(round_rows(1000, seed=2), proposed(so(3).basis[:1]))
    assert level.status is Status.FOUND
    assert level.dimension == 1
    assert "dimension 1 not refuted" in level.note


@pytest.mark.parametrize("wrong", [DILATION, so(1, 2).basis, np.concatenate([so(3).basis, dilation(3).basis])])
def test_what_is_wrong_is_not_confirmed(wrong: np.ndarray) -> None:
    level = refereed(round_rows(1000, seed=3), proposed(wrong))
    assert level.status is Status.NOT_CONFIRMED
    assert level.p_value < 1e-6  # of this span, and not of the dimension alone
    assert "; rejected (p" in level.sentence
    assert level.algebra is not None
    assert level.dimension == len(wrong)  # reported as it was proposed


def test_a_small_error_is_an_error_and_a_large_one_is_wrong() -> None:
    rows = round_rows(3000, seed=4, noise=0.01)
    near, far = (refereed(rows, proposed(tilted(angle))) for angle in (0.5 * AGREEMENT, 3 * AGREEMENT))
    assert near.status is Status.FOUND
    assert near.p_value >= 0.01
    assert "the proposed span itself p < 1e-9" in near.note  # many rows see the error of a network
    assert far.status is Status.NOT_CONFIRMED
    assert near.defect < far.defect


def test_the_defect_grows_with_the_error() -> None:
    rows = round_rows(2000, seed=5)
    defects = [refereed(rows, proposed(tilted(angle))).defect for angle in (0.0, 0.1, 0.3, 1.0)]
    assert defects == sorted(defects)


def test_a_broken_symmetry_is_not_confirmed() -> None:
    level = refereed(round_rows(1000, seed=6, breaking=1.0), proposed(so(3).basis))
    assert level.status is Status.NOT_CONFIRMED
    assert "dimension 3 refuted" in level.note


def test_no_generator_is_no_symmetry() -> None:
    level = refereed(round_rows(500, seed=7), Proposal("Guess", 0, np.zeros((2, 0, 3, 3))))
    assert level.status is Status.NO_SYMMETRY
    assert level.dimension == 0
    assert "referee: dimension 3 not rejected" in level.note


def test_without_a_referee_nothing_is_certified() -> None:
    level = refereed(round_rows(30, seed=8), proposed(so(3).basis))
    assert level.status is Status.NOT_CERTIFIED
    assert np.isnan(level.defect)
    assert level.tests == ()
    assert level.dimension == 3
    assert "referee: not applicable (30 rows" in level.note


def test_a_representation_that_the_referee_does_not_know_is_said() -> None:
    x = np.random.default_rng(9).normal(size=(300, 4))
    rows = Samples(x, rep_x=Rep("V^2", n=2), y=(x**2).sum(1))
    level = refereed(rows, proposed(so(2).basis))
    assert level.status is Status.NOT_CERTIFIED
    assert "not applicable" in level.note


def test_generators_that_were_not_searched_are_not_certified() -> None:
    rows = round_rows(1000, seed=10)
    narrow = Spectral(basis=LieAlgebra(np.concatenate([so(3).basis[:1], dilation(3).basis])))
    inside, outside = (refereed(rows, proposed(basis), referee=narrow) for basis in (so(3).basis[:1], so(3).basis[2:]))
    assert inside.status is Status.FOUND
    assert outside.status is Status.NOT_CONFIRMED
    assert np.isnan(outside.defect)
    assert "outside the space of matrices that the referee searched" in outside.note


def test_other_levels_are_judged_as_well() -> None:
    level = refereed(round_rows(2000, seed=11), proposed(so(3).basis), level="measure")
    assert level.name == "measure"
    assert level.status in (Status.FOUND, Status.NOT_CERTIFIED)
    assert level.statement == "p(gx | y) = p(x | y)"


def test_the_referee_has_his_settings() -> None:
    level = refereed(round_rows(1000, seed=12), proposed(so(3).basis), referee=Spectral(alpha=0.05, degree=3))
    assert (level.alpha, level.degree) == (0.05, 3)


def test_the_words_say_who_and_how() -> None:
    assert proposed(so(3).basis).words == "proposed by Guess (1 network, seed 3)"
    assert proposed(so(3).basis, note="after a fight").words.endswith("; after a fight")
    many = proposed(so(3).basis, networks=4).words
    assert many.startswith("proposed by Guess (4 networks, seed 3, which differ by up to")


def test_only_the_conditional_level_is_proposed() -> None:
    rows = round_rows(50, seed=13)
    found = conditional_only(
        LieGG(), rows, lambda device: declined("conditional", device), levels=("support", "conditional", "measure"), seed=5, device="auto"
    )
    assert [level.name for level in found.levels] == ["support", "conditional", "measure"]
    assert found.conditional is not None
    assert found.conditional.reason == "cpu"
    assert (found.seed, found.method) == (5, LieGG())
    assert found.provenance["device"] == "cpu"
    assert found.seconds >= 0


def test_a_reason_to_fail_becomes_a_declined_level() -> None:
    def fails(device: str) -> None:
        raise DiscoveryFailed("nothing to learn")

    found = conditional_only(LieGG(), round_rows(50, seed=14), fails, levels=("conditional",), seed=0, device="cpu")  # type: ignore[arg-type]
    assert found.algebra is None
    assert found.level.reason == "nothing to learn"


def test_other_errors_are_not_swallowed() -> None:
    def fails(device: str) -> None:
        raise ShapeError("wrong")

    with pytest.raises(ShapeError, match="wrong"):
        conditional_only(LieGG(), round_rows(50, seed=15), fails, levels=("conditional",), seed=0, device="cpu")  # type: ignore[arg-type]


def test_the_sentence_of_spectral_is_as_it_was() -> None:
    sentence = discover(round_rows(500, seed=16), level="conditional").level.sentence
    assert "; not rejected (p" in sentence
    assert replace(discover(round_rows(500, seed=16), level="conditional").level, note="x").sentence.endswith("Note: x")


def test_the_statements_are_those_of_the_spectral_levels() -> None:
    assert STATEMENTS == common.STATEMENTS


def test_a_dimension_that_the_referee_never_tested_is_not_called_not_rejected() -> None:
    """At the measure level only rotations are candidates; more generators than there are of them were never tested by it."""
    x = np.random.default_rng(0).normal(size=(900, 3)) * [1.0, 1.0, 2.0]
    everything = np.eye(9).reshape(1, 9, 3, 3)[:, :5]
    level = refereed(Samples(x, rep_x=Rep("V", n=3)), Proposal("a guess", 0, everything), level="measure")
    assert level.status is Status.NOT_CONFIRMED
    assert "not rejected (p = 1)" not in level.sentence
    assert level.p_value < 1e-3 or "no calibrated test applies" in level.sentence
