"""ROOT files: TTree and RNTuple, and real files of other experiments."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from physym.data import Jets, load_jets
from physym.data.readers.root import _columns
from physym.data.simulate import toy_jets
from physym.errors import MissingField

pytestmark = pytest.mark.filterwarnings("ignore::physym.errors.PhysymWarning")


@pytest.fixture(scope="module")
def toy() -> Jets:
    return toy_jets(30, seed=5, constituents=4)


def polar(jets: Jets, prefix: str) -> dict[str, ak.Array]:
    """Jagged pt, eta, phi, mass."""
    _, px, py, pz = np.moveaxis(jets.four_momenta, -1, 0)
    pt = np.hypot(px, py)
    columns = {"pt": pt, "eta": np.arcsinh(pz / pt), "phi": np.arctan2(py, px), "mass": 0 * pt}
    return {f"{prefix}_{name}": ak.from_regular(ak.Array(column)) for name, column in columns.items()}


def test_a_collection_of_a_tree(toy: Jets, tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "a.root") as file:
        file["events"] = polar(toy, "Muon")
    jets = load_jets(tmp_path / "a.root")
    np.testing.assert_allclose(jets.four_momenta, toy.four_momenta, rtol=1e-12, atol=1e-10)
    assert jets.rounding == 2.0**-53


def test_an_rntuple_is_read_like_a_tree(toy: Jets, tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mkrntuple("Events", ak.zip(polar(toy, "Jet"), depth_limit=1))
    for size in (7, 100):
        jets = load_jets(tmp_path / "a.root", chunk_size=size)
        np.testing.assert_allclose(jets.four_momenta, toy.four_momenta, rtol=1e-12, atol=1e-10)


def test_several_trees_must_be_named_unless_one_is_usual(toy: Jets, tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "a.root") as file:
        file["first"], file["second"] = polar(toy, "Jet"), polar(toy[:10], "Jet")
    with pytest.raises(MissingField, match=r"2 trees \(first, second\).*tree="):
        load_jets(tmp_path / "a.root")
    assert len(load_jets(tmp_path / "a.root", tree="second")) == 10
    with uproot.recreate(tmp_path / "b.root") as file:
        file["Events"], file["Runs"] = polar(toy, "Jet"), {"run": np.arange(3)}
    assert len(load_jets(tmp_path / "b.root")) == 30
    with uproot.recreate(tmp_path / "c.root") as file:
        file["deep/folder/tree"] = polar(toy, "Jet")
    assert len(load_jets(tmp_path / "c.root", tree="deep/folder/tree")) == 30


def test_a_file_without_trees_says_so(tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "a.root") as file:
        file["note"] = "nothing here"
    with pytest.raises(MissingField, match=r"0 trees \(none\)"):
        load_jets(tmp_path / "a.root")


def test_vectors_are_told_from_their_parts() -> None:
    class Tree:
        """What uproot says about a tree with a split TLorentzVector, a vector of them and a nested collection."""

        @staticmethod
        def typenames(*, full_paths: bool) -> dict[str, str]:
            split = {"lead": "TLorentzVector", "lead/fP": "TVector3", "lead/fP/fX": "double", "lead/fE": "double"}
            return split | {"jetp4": "std::vector<TLorentzVector>", "Particle": "unknown", "Particle/Particle.Px": "float[]"}

    names, vectors = _columns(Tree())
    assert names == ["lead", "jetp4", "Particle", "Particle.Px"]
    assert vectors == ["lead", "jetp4"]


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Path:
    return shared_data / "data" / "real"


def test_cms_pfnano_gives_ak8_jets_with_the_pion_mass(real: Path) -> None:
    jets = load_jets(real / "coffea_pfnano.root")
    assert len(jets) == 24
    assert jets.mass_convention.kind == "mixed"
    assert jets.mass_convention.pion == pytest.approx(0.56, abs=0.02)
    assert jets.mass_convention.massless == pytest.approx(0.44, abs=0.02)
    flat = load_jets(real / "coffea_pfnano_fatjet_constituents.npz")
    assert jets.multiplicity.tolist() == flat.multiplicity.tolist()
    np.testing.assert_allclose(jets.momenta, flat.momenta, rtol=1e-4, atol=1e-3)


def test_pfnano_jets_sum_to_the_jets_of_the_file(real: Path) -> None:
    with uproot.open(real / "coffea_pfnano.root") as file:
        pt = ak.flatten(file["Events"]["FatJet_pt"].array()).to_numpy()
    momenta = load_jets(real / "coffea_pfnano.root").momenta
    # the jets of the file carry energy corrections and PUPPI weights: equal up to those
    assert np.corrcoef(np.hypot(momenta[:, 1], momenta[:, 2]), pt)[0, 1] > 0.99


@pytest.mark.parametrize(
    ("file", "collection", "events", "kind"),
    [
        ("Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root", None, 977, "one mass"),
        ("uproot-HZZ.root", None, 1705, "mixed"),
        ("uproot-HZZ.root", "Muon", 2362, "one mass"),
        ("uproot-Zmumu.root", None, 2304, "one mass"),
        ("nanoAOD_2015_CMS_Open_Data_ttbar.root", "Jet", 186, "mixed"),
    ],
)
def test_files_of_other_experiments(real: Path, file: str, collection: str | None, events: int, kind: str) -> None:
    jets = load_jets(real / file, collection=collection)
    assert len(jets) == events
    assert jets.mass_convention.kind == kind
    if kind == "one mass":
        assert jets.mass_convention.mass == pytest.approx(0.1057, abs=1e-3)  # muons


def test_numbered_columns_of_z_to_mu_mu_give_the_mass_of_the_z(real: Path) -> None:
    momenta = load_jets(real / "uproot-Zmumu.root").momenta
    mass = np.sqrt(momenta[:, 0] ** 2 - (momenta[:, 1:] ** 2).sum(1))
    assert np.median(mass) == pytest.approx(91, abs=1)
