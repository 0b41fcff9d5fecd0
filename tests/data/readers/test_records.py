"""Awkward arrays in memory: fields by name, with or without the behaviour of `vector`."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from physym.data import Jets, iterate_jets, load_jets
from physym.data.simulate import toy_jets
from physym.errors import InvalidData, MissingField

pytestmark = pytest.mark.filterwarnings("ignore::physym.errors.PhysymWarning")

CARTESIAN = ("E", "px", "py", "pz")


@pytest.fixture(scope="module")
def toy() -> Jets:
    return toy_jets(30, seed=5, constituents=4)


def records(
    jets: Jets, names: tuple[str, ...] = CARTESIAN, order: tuple[int, ...] = (0, 1, 2, 3), behaviour: str | None = None
) -> ak.Array:
    """Jagged records with these names, zipped in this order of components."""
    columns = {names[i]: ak.from_regular(ak.Array(jets.four_momenta[..., i])) for i in order}
    return ak.zip(columns, with_name=behaviour)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 0, 2, 1), (1, 2, 3, 0)])
@pytest.mark.parametrize("names", [CARTESIAN, ("energy", "px", "py", "pz"), ("t", "x", "y", "z"), ("e", "Px", "Py", "Pz")])
def test_fields_are_read_by_name(order: tuple[int, ...], names: tuple[str, ...], toy: Jets) -> None:
    assert np.array_equal(load_jets(records(toy, names, order)).four_momenta, toy.four_momenta)


def test_vector_behaviour_changes_nothing(toy: Jets) -> None:
    vector = pytest.importorskip("vector")
    vector.register_awkward()
    momenta = records(toy, behaviour="Momentum4D")
    assert np.array_equal(load_jets(momenta).four_momenta, toy.four_momenta)
    polar = ak.zip({"phi": momenta.phi, "mass": 0 * momenta.pt, "pt": momenta.pt, "eta": momenta.eta}, with_name="Momentum4D")
    np.testing.assert_allclose(load_jets(polar).four_momenta, toy.four_momenta, rtol=1e-12, atol=1e-10)
    # sums of vectors come back with their fields in another order
    total = ak.sum(momenta, axis=1)
    np.testing.assert_allclose(load_jets(total).four_momenta[:, 0], toy.momenta, rtol=1e-12)


def test_regular_arrays_of_records_are_read_too(toy: Jets) -> None:
    regular = ak.zip({name: ak.Array(toy.four_momenta[..., i]) for i, name in enumerate(CARTESIAN)})
    assert np.array_equal(load_jets(regular).four_momenta, toy.four_momenta)


def test_chunks_keep_their_labels(toy: Jets) -> None:
    array = ak.zip({"jets": records(toy), "label": toy.labels}, depth_limit=1)
    parts = list(iterate_jets(array, chunk_size=7))
    assert [len(part) for part in parts] == [7, 7, 7, 7, 2]
    labels = np.concatenate([part.labels for part in parts if part.labels is not None])
    assert np.array_equal(labels, toy.labels)  # type: ignore[arg-type]


def test_what_cannot_be_read_is_named(toy: Jets) -> None:
    with pytest.raises(InvalidData, match="no field names"):
        load_jets(ak.from_regular(ak.Array(toy.four_momenta)))
    with pytest.raises(InvalidData, match="zero jets"):
        load_jets(records(toy)[:0])
    with pytest.raises(InvalidData, match="one label for each jet"):
        load_jets(records(toy), labels=np.zeros(3))
    with pytest.raises(MissingField, match="missing E"):
        load_jets(records(toy)[["px", "py", "pz"]])
