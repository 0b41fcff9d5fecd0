"""Which columns make the jets: the choice among collections, and how the columns are put together."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from physym.data import load_jets
from physym.data.readers import Request
from physym.data.readers.links import find_links
from physym.data.readers.tables import build, collections, flat_and_counts, plan, vectors_of
from physym.errors import InvalidData, MissingField

POLAR = ("pt", "eta", "phi", "mass")


def names(*prefixes: str) -> list[str]:
    return [f"{prefix}_{part}" for prefix in prefixes for part in POLAR]


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        (names("Muon", "part", "Jet"), "part_pt"),
        (names("Muon", "Jet"), "Jet_pt"),
        (names("Muon"), "Muon_pt"),
        ([*POLAR, *names("Muon")], "pt"),
    ],
)
def test_the_usual_names_are_preferred(columns: list[str], chosen: str) -> None:
    assert plan(columns, Request(), "f").slots[0]["pt"] == chosen


def test_a_collection_can_be_asked_for() -> None:
    columns = names("Muon", "Jet", "part")
    assert plan(columns, Request(collection="Muon"), "f").slots[0]["pt"] == "Muon_pt"
    with pytest.raises(MissingField, match=r"no collection 'Muons'. Near misses: Muon"):
        plan(columns, Request(collection="Muons"), "f")
    with pytest.raises(MissingField, match="missing phi"):
        plan([name for name in columns if name != "Muon_phi"], Request(collection="Muon"), "f")


def test_several_collections_are_listed() -> None:
    with pytest.raises(MissingField, match=r"several collections hold four-momenta: Muon, Electron"):
        plan(names("Muon", "Electron"), Request(), "f")
    assert collections(names("Muon", "Electron")) == ("Muon_", "Electron_")
    with pytest.raises(MissingField):
        plan(["run", "event"], Request(), "f")


def test_numbered_columns_are_slots_in_order() -> None:
    columns = [f"{part}{k}" for part in ("E", "px", "py", "pz") for k in (2, 1, 10)]
    assert [slot["E"] for slot in plan(columns, Request(), "f").slots] == ["E1", "E2", "E10"]
    reference = [f"{part}_{k}" for k in range(3) for part in ("E", "PX", "PY", "PZ")]
    assert len(plan(reference, Request(), "f").slots) == 3


def test_labels_of_background_are_turned_round() -> None:
    data = {name: ak.Array([[1.0], [2.0]]) for name in POLAR} | {"label_QCD": ak.Array([True, False])}
    raw = build(plan(data, Request(), "f"), data, "f")
    assert raw.labels is not None
    assert raw.labels.tolist() == [0, 1]


def test_lists_of_different_lengths_are_refused() -> None:
    data = {name: ak.Array([[1.0], [2.0]]) for name in POLAR} | {"phi": ak.Array([[1.0, 2.0], []])}
    with pytest.raises(InvalidData, match="phi do not have the lengths"):
        build(plan(data, Request(), "f"), data, "f")


def test_columns_of_numbers_are_lists_of_one() -> None:
    flat, counts = flat_and_counts(ak.Array([1.0, None]))
    assert counts.tolist() == [1, 1]
    assert np.isnan(flat[1])


def test_lorentz_vectors_are_read_by_their_leaves() -> None:
    px = ak.Array([[3.0], [8.0, 3.0]])
    p = ak.zip({"fX": px, "fY": px * 0, "fZ": px * 0})
    old = ak.zip({"fP": p, "fE": px}, depth_limit=2)
    new = ak.zip({"fCoordinates": ak.zip({"fX": px, "fY": px * 0, "fZ": px * 0, "fT": px})}, depth_limit=2)
    for vectors in (old, new):
        momenta, counts, _ = vectors_of(vectors, "f")
        assert momenta[:, 0].tolist() == momenta[:, 1].tolist() == [3.0, 8.0, 3.0]
        assert counts.tolist() == [1, 2]
    tree = ak.zip({"event": [1, 2], "jetp4": old}, depth_limit=1)
    assert load_jets(tree).multiplicity.tolist() == [1, 2]


def test_one_of_several_vectors_must_be_named() -> None:
    px = ak.Array([[3.0], [8.0, 3.0]])
    p = ak.zip({"px": px, "py": px * 0, "pz": px * 0, "E": px})
    with pytest.raises(MissingField, match="a, b"):
        load_jets(ak.zip({"a": p, "b": p}, depth_limit=1))
    assert len(load_jets(ak.zip({"a": p, "b": p}, depth_limit=1), collection="b")) == 2


def nano(prefix: str, links: str, index: str) -> dict[str, ak.Array]:
    """Two events of a NanoAOD file: jets with links to candidates, in mixed order, one of them dangling."""
    pt = ak.Array([[5.0, 4.0, 3.0, 2.0], [9.0, 8.0]])
    return {
        f"{links}_jetIdx": ak.Array([[1, 0, 0, -1], [0, 0, 0]]),
        f"{links}_{index}": ak.Array([[2, 0, 3, 1], [1, 0, 7]]),
        f"{prefix}_pt": pt, f"{prefix}_eta": pt * 0, f"{prefix}_phi": pt * 0, f"{prefix}_mass": pt * 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("prefix", "links", "index"), [("PFCands", "FatJetPFCands", "pFCandsIdx"), ("PFCand", "FatJetPFCand", "pfCandIdx")]
)
@pytest.mark.parametrize("collection", [None, "FatJet"])
def test_nanoaod_links_lead_to_the_candidates(prefix: str, links: str, index: str, collection: str | None) -> None:
    content = nano(prefix, links, index)
    jets = load_jets(ak.zip(content, depth_limit=1), collection=collection)
    assert [sorted(p[p > 0].tolist()) for p in jets.four_momenta[..., 0]] == [[2.0, 5.0], [3.0], [8.0, 9.0]]
    assert "2 links without a candidate" in jets.source


def test_links_of_another_collection_are_not_taken() -> None:
    columns = list(nano("PFCands", "FatJetPFCands", "pFCandsIdx"))
    assert find_links(columns, "Jet") is None
    assert find_links(columns, "FatJetPFCands") is not None


@pytest.mark.parametrize("lost", ["FatJetPFCands_pFCandsIdx", "PFCands_pt"])
def test_links_that_lead_nowhere_are_refused_and_not_replaced_by_other_columns(lost: str) -> None:
    columns = [
        name for name in (*nano("PFCands", "FatJetPFCands", "pFCandsIdx"), "Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass") if name != lost
    ]
    with pytest.raises(MissingField, match=lost):
        plan(columns, Request(), "memory")
