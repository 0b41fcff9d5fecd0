"""NanoAOD links against an oracle with loops, on random events."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.data.readers.links import find_links
from physym.errors import InvalidData

Event = tuple[list[float], list[tuple[int, int]]]


def columns(events: list[Event]) -> dict[str, ak.Array]:
    """Candidates (their pT) and links (jet, candidate) of each event as NanoAOD columns."""
    pt = [list(candidates) for candidates, _ in events]
    jagged = {
        "PFCands_pt": pt,
        "PFCands_eta": [[0.1 * k for k in range(len(row))] for row in pt],
        "PFCands_phi": [[0.2 * k for k in range(len(row))] for row in pt],
        "PFCands_mass": [[0.0] * len(row) for row in pt],
    }
    found = {name: ak.values_astype(ak.Array(rows), np.float64) for name, rows in jagged.items()}
    for place, name in enumerate(("FatJetPFCands_jetIdx", "FatJetPFCands_pFCandsIdx")):
        found[name] = ak.values_astype(ak.Array([[link[place] for link in links] for _, links in events]), np.int64)
    return found


def oracle(events: list[Event]) -> list[list[float]]:
    """pT of the constituents of each jet, event after event and jet after jet."""
    jets = []
    for candidates, links in events:
        members: dict[int, list[float]] = {}
        for jet, candidate in links:
            if jet >= 0 and 0 <= candidate < len(candidates):
                members.setdefault(jet, []).append(candidates[candidate])
        jets += [members[jet] for jet in sorted(members)]
    return jets


def events() -> st.SearchStrategy[list[Event]]:
    candidates = st.lists(st.floats(0.5, 500.0), max_size=6)
    links = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 7)), max_size=10)
    return st.lists(st.tuples(candidates, links), min_size=1, max_size=6)


@settings(max_examples=60)
@given(events())
def test_links_agree_with_the_oracle(given_events: list[Event]) -> None:
    found = find_links(columns(given_events), None)
    assert found is not None
    raw = found.build(columns(given_events))
    pt = np.hypot(raw.four_momenta[..., 1], raw.four_momenta[..., 2])
    expected = oracle(given_events)
    assert len(expected) == len(raw.four_momenta)
    for row, jet in zip(pt, expected, strict=True):
        np.testing.assert_allclose(row[: len(jet)], jet, rtol=1e-12)
        assert (row[len(jet) :] == 0).all()


def test_the_oracle_itself_fails_when_a_link_is_wrong() -> None:
    right: list[Event] = [([5.0, 4.0], [(0, 0), (0, 1)])]
    wrong: list[Event] = [([5.0, 4.0], [(0, 0), (1, 1)])]
    assert oracle(right) != oracle(wrong)


@pytest.mark.parametrize(
    ("names", "collection", "found"),
    [
        (["FatJetPFCands_jetIdx", "FatJetPFCands_pFCandsIdx", "JetPFCands_jetIdx", "JetPFCands_pFCandsIdx"], None, "FatJet"),
        (["FatJetPFCands_jetIdx", "FatJetPFCands_pFCandsIdx", "JetPFCands_jetIdx", "JetPFCands_pFCandsIdx"], "Jet", "Jet"),
        (["JetPFCands_jetIdx", "JetPFCands_pFCandsIdx"], None, "Jet"),
        (["GenFatJetPFCands_jetIdx", "GenFatJetPFCands_pFCandsIdx"], None, "GenFatJet"),
    ],
)
def test_the_collection_that_is_asked_for_is_taken(names: list[str], collection: str | None, found: str) -> None:
    candidates = [f"PFCands_{part}" for part in ("pt", "eta", "phi", "mass")]
    links = find_links([*names, *candidates], collection)
    assert links is not None
    assert links.jet == f"{found}PFCands_jetIdx"
    assert set(links.columns) == {links.jet, links.candidate, *candidates}


def spoil(name: str, change: ak.Array) -> dict[str, ak.Array]:
    """Columns of two good events with one of them replaced."""
    return columns([([50.0, 40.0, 30.0], [(0, 0), (0, 1), (1, 2)]), ([20.0], [(0, 0)])]) | {name: change}


@pytest.mark.parametrize("name", ["PFCands_eta", "PFCands_mass", "FatJetPFCands_pFCandsIdx"])
def test_lists_that_do_not_belong_together_are_refused_by_name(name: str) -> None:
    good = spoil("nothing", ak.Array([]))
    links = find_links(good, "FatJet")
    assert links is not None
    assert len(links.build(good).four_momenta) == 3
    # as many numbers in all, but not in each event: without a check they would be paired wrongly
    moved = spoil(name, ak.unflatten(ak.flatten(good[name]), np.roll(ak.to_numpy(ak.num(good[name])), 1)))
    with pytest.raises(InvalidData, match=rf"events.root: the lists of {name.removeprefix('PFCands_')}"):
        links.build(moved, "events.root")


def test_events_without_jets_leave_nothing_and_are_no_mistake() -> None:
    events: list[Event] = [([], []), ([50.0, 40.0], [(0, 0), (0, 1)]), ([5.0], []), ([30.0], [(0, 0)]), ([], [])]
    links = find_links(columns(events), None)
    assert links is not None
    found = links.build(columns(events)).four_momenta
    assert [(jet != 0).any(-1).sum() for jet in found] == [2, 1]
    nothing = links.build(columns([([1.0], []), ([], [])])).four_momenta
    assert nothing.shape == (0, 1, 4)
