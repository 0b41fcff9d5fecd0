"""Jets: what construction guarantees, and what it refuses with a sentence that names the field and the cure."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.data import Jets, concatenate
from physym.data.simulate import toy_jets
from physym.errors import InvalidData, ShapeError, UnitsError


def shuffled(jets: Jets, seed: int) -> np.ndarray:
    """The same constituents in another order, padding among them."""
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(jets.four_momenta.shape[1]), (len(jets), 1)), axis=1)
    return np.take_along_axis(jets.four_momenta, order[..., None], axis=1)


@pytest.fixture(scope="module")
def toy() -> Jets:
    return toy_jets(50, seed=3, constituents=6)


@pytest.fixture
def array(toy: Jets) -> np.ndarray:
    return toy.four_momenta.copy()


@given(st.integers(0, 2**31))
def test_the_order_of_constituents_does_not_matter(seed: int) -> None:
    jets = toy_jets(8, seed=seed, constituents=5)
    assert np.array_equal(Jets(shuffled(jets, seed)).four_momenta, jets.four_momenta)


def test_constituents_fall_in_pt_and_padding_comes_last(toy: Jets) -> None:
    ragged = toy.four_momenta.copy()
    ragged[::2, 1::2] = 0.0
    jets = Jets(ragged)
    pt = np.hypot(jets.four_momenta[..., 1], jets.four_momenta[..., 2])
    assert (np.diff(pt, axis=1) <= 0).all()
    assert jets.multiplicity.tolist() == [3, 6] * 25
    assert (jets.real == (np.arange(6) < jets.multiplicity[:, None])).all()
    assert (jets.four_momenta[~jets.real] == 0).all()


def test_a_constituent_along_the_beam_is_no_padding() -> None:
    jets = Jets(np.array([[[0.0, 0, 0, 0], [7.0, 0, 0, 7]], [[5.0, 3, 4, 0], [7.0, 0, 0, -7]]]))
    assert jets.multiplicity.tolist() == [1, 2]
    assert jets.four_momenta[0, 0].tolist() == [7.0, 0.0, 0.0, 7.0]


def test_construction_is_idempotent(toy: Jets) -> None:
    again = Jets(toy.four_momenta, labels=toy.labels, rounding=toy.rounding)
    assert np.array_equal(again.four_momenta, toy.four_momenta)
    assert again.mass_convention == toy.mass_convention


def test_units_are_converted_to_gev(array: np.ndarray) -> None:
    for unit, factor in (("MeV", 1e3), ("TeV", 1e-3)):
        jets = Jets(array * factor, units=unit)
        assert jets.units == "GeV"
        np.testing.assert_allclose(jets.four_momenta, array, rtol=1e-14)


def test_mev_are_recognised_and_asked_for(array: np.ndarray) -> None:
    with pytest.raises(UnitsError, match='units="MeV"'):
        Jets(array * 1e3)
    with pytest.raises(UnitsError, match="GeV, MeV, TeV"):
        Jets(array, units="keV")


def test_rounding_is_told_from_the_numbers(array: np.ndarray) -> None:
    assert Jets(array).rounding == 2.0**-53
    assert Jets(array.astype(np.float32)).rounding == 2.0**-24
    assert Jets(array.astype(np.float32).astype(np.float64)).rounding == 2.0**-24


def test_numbers_that_were_float32_once_are_recognised_after_a_boost(array: np.ndarray) -> None:
    boost = np.eye(4)
    boost[[0, 0, 3, 3], [0, 3, 0, 3]] = np.cosh(0.7), np.sinh(0.7), np.sinh(0.7), np.cosh(0.7)
    boosted = array.astype(np.float32).astype(np.float64) @ boost.T
    jets = Jets(boosted)
    assert jets.rounding >= 2.0**-24
    assert jets.mass_convention.kind == "massless"
    assert Jets(array @ boost.T).rounding == 2.0**-53


def test_jets_are_frozen(toy: Jets) -> None:
    with pytest.raises(FrozenInstanceError):
        toy.units = "MeV"  # type: ignore[misc]


def test_samples_are_the_leading_constituents(toy: Jets) -> None:
    samples = toy.samples(constituents=3)
    assert samples.rep_x.dim == 12
    assert np.array_equal(samples.vectors, toy.four_momenta[:, :3])
    assert np.array_equal(samples.y, toy.labels)
    assert samples.coordinates == ("E", "px", "py", "pz")
    assert samples.rounding == toy.rounding


def test_jets_of_one_constituent_are_padded_not_dropped(toy: Jets) -> None:
    single = toy.leading(1)
    samples = single.samples(constituents=2)
    assert len(samples) == len(toy)
    assert samples.mask is not None
    assert samples.mask.tolist() == [[True, False]] * len(toy)
    assert (samples.vectors[:, 1] == 0).all()


def test_indexing_keeps_momenta_and_labels_together(toy: Jets) -> None:
    assert toy.labels is not None
    for index in (3, slice(5, 20, 3), [4, 2, 9], np.arange(50) % 7 == 0):
        some = toy[index]
        rows = np.atleast_1d(np.arange(50)[index])
        assert np.array_equal(some.four_momenta, toy.four_momenta[rows])
        assert some.labels is not None
        assert np.array_equal(some.labels, toy.labels[rows])


def test_concatenation_undoes_splitting(toy: Jets) -> None:
    whole = concatenate([toy[:20].leading(4), toy[20:]])
    assert np.array_equal(whole.four_momenta[20:], toy.four_momenta[20:])
    assert np.array_equal(whole.four_momenta[:20, :4], toy.four_momenta[:20, :4])
    assert whole.multiplicity.tolist() == [4] * 20 + [6] * 30
    assert whole.labels is not None
    assert toy.labels is not None
    assert np.array_equal(whole.labels, toy.labels)


def test_concatenation_drops_labels_that_are_not_everywhere(toy: Jets) -> None:
    assert concatenate([toy[:20], Jets(toy.four_momenta[20:])]).labels is None
    with pytest.raises(InvalidData, match="zero jets"):
        concatenate([])


def test_the_jet_is_the_sum_of_its_constituents(toy: Jets) -> None:
    np.testing.assert_allclose(toy.momenta, sum(toy.four_momenta[:, k] for k in range(6)), rtol=1e-14)


def test_repr_is_short_and_says_what_matters(sample_jets: Jets) -> None:
    text = repr(sample_jets)
    assert len(text.splitlines()) <= 3
    for word in ("4,000 jets", "GeV", "8 to 142", "2,000 signal", "massless", "float32", "sample.h5"):
        assert word in text


def change(array: np.ndarray, where: tuple[int, int, int], value: float) -> np.ndarray:
    changed = array.copy()
    changed[where] = value
    return changed


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("component", range(4))
def test_numbers_that_are_not_finite_are_refused(array: np.ndarray, value: float, component: int) -> None:
    with pytest.raises(InvalidData, match=r"NaN or infinite momenta.*jet 7"):
        Jets(change(array, (7, 2, component), value))


def test_negative_energies_are_refused(array: np.ndarray) -> None:
    with pytest.raises(InvalidData, match=r"negative energies, in 1 of 300 constituents \(first: jet 4"):
        Jets(change(array, (4, 1, 0), -5.0))


def test_space_like_constituents_are_refused_beyond_rounding(array: np.ndarray) -> None:
    with pytest.raises(InvalidData, match=r"E < \|p\| beyond rounding.*jet 9"):
        Jets(change(array, (9, 0, 0), array[9, 0, 0] * (1 - 1e-5)))
    Jets(array.astype(np.float32))  # the rounding of float32 is allowed


def test_smeared_momenta_need_their_resolution(toy: Jets) -> None:
    noisy = toy_jets(200, seed=1, noise=0.1)
    with pytest.raises(InvalidData, match="resolution="):
        Jets(noisy.four_momenta)
    assert Jets(noisy.four_momenta, resolution=0.1).mass_convention.kind == "unresolved"


def test_relative_coordinates_are_recognised() -> None:
    rng = np.random.default_rng(0)
    relative = np.concatenate([rng.normal(0, 0.2, (50, 8, 2)), rng.normal(-3, 1, (50, 8, 2))], axis=2)
    with pytest.raises(InvalidData, match="relative to the jet axis"):
        Jets(relative)


def test_another_order_of_components_is_suspected(array: np.ndarray) -> None:
    with pytest.raises(InvalidData, match="order="):
        Jets(array[..., [1, 2, 3, 0]])


def test_zero_empty_and_identical_jets_are_refused(array: np.ndarray) -> None:
    with pytest.raises(InvalidData, match="zero jets"):
        Jets(array[:0])
    with pytest.raises(InvalidData, match="zero jets"):
        Jets(array[:, :0])
    array[3] = 0
    with pytest.raises(InvalidData, match="1 of 50 jets have no constituent"):
        Jets(array)
    with pytest.raises(InvalidData, match="all 5 jets are identical"):
        Jets(np.repeat(array[:1], 5, axis=0))
    Jets(array[:1])  # a single jet is not "all identical"


def test_shapes_and_labels_that_do_not_fit_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ShapeError, match=r"\(50, 4\)"):
        Jets(array[:, 0])
    with pytest.raises(ShapeError, match="mask"):
        Jets(array, mask=np.ones((50, 3), dtype=bool))
    with pytest.raises(InvalidData, match=r"labels have shape \(49,\); expected \(50,\)"):
        Jets(array, labels=np.zeros(49, dtype=np.int64))
    with pytest.raises(InvalidData, match="whole numbers"):
        Jets(array, labels=np.full(50, 0.5))
    with pytest.raises(ShapeError, match="at least 1"):
        Jets(array).samples(constituents=0)
    with pytest.raises(ShapeError, match="at least 1"):
        Jets(array).leading(0)


def test_boolean_and_float_labels_become_integers(array: np.ndarray) -> None:
    for labels in (np.arange(50) % 2 == 0, (np.arange(50) % 2).astype(np.float32)):
        jets = Jets(array, labels=labels)  # type: ignore[arg-type]
        assert jets.labels is not None
        assert jets.labels.dtype == np.int64
