"""The figures of the first capability, end to end: one file in each format, real CMS jets, and the published masses trap."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from physym.data import Jets, load, load_jets
from physym.discovery import Discovery, discover_lorentz
from tests.data.test_loading import WRITERS, columns
from tests.discovery.jets import MINKOWSKI


def same(a: Discovery, b: Discovery) -> bool:
    """Bitwise the same generators, exact forms and p-values."""
    return (
        a.algebra is not None
        and b.algebra is not None
        and np.array_equal(a.algebra.basis, b.algebra.basis)
        and a.exact is not None
        and b.exact is not None
        and a.exact.exact == b.exact.exact
        and a.level.tests == b.level.tests
    )


def test_every_format_gives_the_same_algebra(sample_jets: Jets, tmp_path: Path) -> None:
    expected = discover_lorentz(sample_jets)
    for suffix, write in WRITERS.items():
        assert same(discover_lorentz(load_jets(write(sample_jets, tmp_path / f"jets.{suffix}"))), expected), suffix
    assert same(discover_lorentz(load_jets(ak.zip(columns(sample_jets), depth_limit=1))), expected)
    assert same(discover_lorentz(load_jets(sample_jets.four_momenta.astype(np.float32), order="E,px,py,pz")), expected)


def test_same_fails_on_other_jets(sample_jets: Jets) -> None:
    """The checker itself."""
    assert not same(discover_lorentz(sample_jets), discover_lorentz(sample_jets[:3999]))


def test_the_shared_copies_give_the_same_algebra(sample_jets: Jets, shared_data: Path) -> None:
    expected = discover_lorentz(sample_jets)
    for suffix in ("h5", "root", "parquet"):
        assert same(discover_lorentz(load_jets(shared_data / "data" / "jets" / f"pythia_toptag_small.{suffix}")), expected)


@pytest.mark.filterwarnings("ignore::physym.errors.PhysymWarning")
def test_cms_jets_run_and_report_their_masses() -> None:
    jets = load("cms_open_nanoaod")
    assert isinstance(jets, Jets)
    found = discover_lorentz(jets)
    assert found.identification is not None
    assert found.identification.name.startswith("so(1,3)")
    assert "pion mass" in found.provenance["masses"]
    assert "several masses" in found.provenance["warning"]
    # the masses show as a spread about the light cone far above the rounding of float32
    assert found.level.noise > 10 * jets.rounding


@pytest.mark.filterwarnings("ignore::physym.errors.PhysymWarning")
def test_cms_files_of_the_shared_folder(shared_data: Path) -> None:
    real = shared_data / "data" / "real"
    for name in ("coffea_pfnano.root", "coffea_pfnano_fatjet_constituents.npz", "coffea_nano_tt_v15_fatjet_constituents.npz"):
        found = discover_lorentz(load_jets(real / name))
        assert found.identification is not None
        assert found.identification.name.startswith("so(1,3)")
        assert "several masses" in found.provenance["warning"]
        assert found.metric is not None
        np.testing.assert_allclose(found.metric.matrix, MINKOWSKI, atol=1e-4)


def test_massless_jets_carry_no_warning(sample_jets: Jets) -> None:
    assert "warning" not in discover_lorentz(sample_jets).provenance


@pytest.mark.parametrize("constituents", [1, 2, 5, 20])
def test_any_number_of_constituents_gives_the_same_support(sample_jets: Jets, constituents: int) -> None:
    found = discover_lorentz(sample_jets, constituents=constituents)
    assert found.identification is not None
    assert found.identification.name == "so(1,3) ⊕ R"
    assert found.exact is not None


def test_a_chunked_reading_gives_the_same_algebra(sample_jets: Jets, root: Path) -> None:
    from physym.data import concatenate, iterate_jets

    chunks = list(iterate_jets(root / "datasets" / "pythia_toptag" / "sample.h5", chunk_size=700))
    assert len(chunks) == 6
    assert same(discover_lorentz(concatenate(chunks)), discover_lorentz(sample_jets))
