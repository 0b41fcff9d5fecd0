"""Laws of the data layer: files, units, order, chunks and rotations change nothing that matters."""

from __future__ import annotations

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import awkward as ak
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from physym.data import Jets, concatenate, iterate_jets, load_jets
from physym.data.simulate import save_toptag, toy_jets
from physym.errors import PhysymWarning

pytestmark = pytest.mark.filterwarnings("ignore::physym.errors.PhysymWarning")


@st.composite
def ragged_jets(draw: st.DrawFn, *, mass: float = 0.0) -> Jets:
    """Jets of different multiplicities, held in float32 as files do."""
    seed = draw(st.integers(0, 2**31))
    n = draw(st.integers(2, 8))
    full = toy_jets(n, seed=seed, constituents=6, mass=mass)
    counts = np.array(draw(st.lists(st.integers(1, 6), min_size=n, max_size=n)))
    kept = np.arange(6) < counts[:, None]
    momenta = np.where(kept[..., None], full.four_momenta, 0).astype(np.float32)
    return Jets(momenta, labels=full.labels)


def rotation(seed: int) -> np.ndarray:
    """A rotation of (E, px, py, pz) that leaves E alone."""
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    q[:, 0] *= np.linalg.det(q)
    out = np.eye(4)
    out[1:, 1:] = q
    return out


def same(a: Jets, b: Jets) -> bool:
    width = max(a.four_momenta.shape[1], b.four_momenta.shape[1])
    padded = [np.pad(jets.four_momenta, ((0, 0), (0, width - jets.four_momenta.shape[1]), (0, 0))) for jets in (a, b)]
    return bool(np.array_equal(*padded) and np.array_equal(a.labels, b.labels))  # type: ignore[arg-type]


def jagged(jets: Jets) -> ak.Array:
    columns = {}
    for index, name in enumerate(("E", "px", "py", "pz")):
        flat = jets.four_momenta[..., index][jets.real].astype(np.float32)
        columns[name] = ak.unflatten(flat, jets.multiplicity)
    return ak.zip({"particles": ak.zip(columns), "label": jets.labels}, depth_limit=1)


@settings(max_examples=15)
@given(ragged_jets())
def test_every_format_is_a_round_trip(jets: Jets) -> None:
    import uproot

    table = jagged(jets)
    with TemporaryDirectory() as name:
        folder = Path(name)
        ak.to_parquet(table, folder / "a.parquet")
        with uproot.recreate(folder / "a.root") as file:
            parts = {f"part_{field}": table.particles[field] for field in table.particles.fields}
            file["tree"] = parts | {"label": table.label}
        save_toptag(jets, folder / "a.h5")
        for path in folder.iterdir():
            assert same(load_jets(path), jets), path.name
    assert same(load_jets(table), jets)


@given(ragged_jets(), st.integers(1, 10))
def test_the_size_of_chunks_does_not_matter(jets: Jets, size: int) -> None:
    # a chunk of identical jets is refused on its own; jets drawn at random never are
    whole = concatenate(list(iterate_jets(jagged(jets), chunk_size=size)))
    assert same(whole, jets)


@given(ragged_jets(), st.integers(1, 5), st.randoms())
def test_choosing_rows_commutes_with_samples(jets: Jets, constituents: int, random: object) -> None:
    rows = np.arange(len(jets))
    random.shuffle(rows)  # type: ignore[attr-defined]
    direct, through = jets.samples(constituents=constituents), jets[rows].samples(constituents=constituents)
    assert np.array_equal(through.x, direct.x[rows])
    assert np.array_equal(through.y, direct.y[rows])  # type: ignore[index, arg-type]
    assert np.array_equal(through.mask, direct.mask[rows])  # type: ignore[index, arg-type]


@given(ragged_jets(), ragged_jets(), ragged_jets())
def test_concatenation_is_associative(a: Jets, b: Jets, c: Jets) -> None:
    assert same(concatenate([concatenate([a, b]), c]), concatenate([a, concatenate([b, c])]))


@given(ragged_jets())
def test_units_are_a_change_of_scale_only(jets: Jets) -> None:
    for units, factor in (("MeV", 1000.0), ("TeV", 0.001)):
        scaled = Jets(jets.four_momenta * factor, labels=jets.labels, units=units)
        np.testing.assert_allclose(scaled.four_momenta, jets.four_momenta, rtol=1e-13)
        assert scaled.mass_convention.kind == jets.mass_convention.kind


@given(ragged_jets())
def test_leading_constituents_nest(jets: Jets) -> None:
    for k in range(1, 6):
        assert same(jets.leading(k + 1).leading(k), jets.leading(k))
        assert (jets.leading(k).multiplicity == np.minimum(jets.multiplicity, k)).all()


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.13957039, 0.938272]))
def test_the_mass_convention_is_a_rotation_invariant(seed: int, mass: float) -> None:
    jets = toy_jets(10, seed=seed, mass=mass)
    turned = Jets(jets.four_momenta @ rotation(seed).T, rounding=jets.rounding)
    assert turned.mass_convention.kind == jets.mass_convention.kind
    np.testing.assert_allclose(np.sort(turned.momenta[:, 0]), np.sort(jets.momenta[:, 0]), rtol=1e-12)


@given(st.integers(0, 10_000), st.floats(-1.0, 1.0))
def test_boosts_along_the_beam_keep_pt_order_and_mass(seed: int, rapidity: float) -> None:
    jets = toy_jets(10, seed=seed, mass=0.13957039)
    boost = np.eye(4)
    boost[[0, 0, 3, 3], [0, 3, 0, 3]] = np.cosh(rapidity), np.sinh(rapidity), np.sinh(rapidity), np.cosh(rapidity)
    moved = jets.four_momenta @ boost.T
    boosted = Jets(moved, rounding=2.0**-53)
    assert np.array_equal(boosted.four_momenta, moved)  # pT does not change, so neither does the order
    assert boosted.mass_convention.kind == "pion"


@given(st.integers(0, 10_000), st.floats(1.5, 8.0))
def test_a_dilation_changes_the_mass_of_massive_jets_only(seed: int, scale: float) -> None:
    massless, massive = (toy_jets(10, seed=seed, mass=mass) for mass in (0.0, 0.5))
    assert Jets(scale * massless.four_momenta, rounding=2.0**-53).mass_convention.kind == "massless"
    moved = Jets(scale * massive.four_momenta, rounding=2.0**-53).mass_convention
    assert moved.mass == pytest.approx(scale * massive.mass_convention.mass, rel=1e-6)


@given(st.integers(0, 10_000), st.floats(0.1, 0.9))
def test_shares_of_a_mixture_add_up(seed: int, share: float) -> None:
    pions, photons = toy_jets(20, seed=seed, mass=0.13957039), toy_jets(20, seed=seed + 1)
    cut = int(20 * share)
    assume(0 < cut < 20)
    found = concatenate([pions[:cut], photons[cut:]]).mass_convention
    assert found.kind == "mixed"
    assert found.pion == pytest.approx(cut / 20)
    assert found.pion + found.massless + found.other == pytest.approx(1)


def test_the_comparison_of_jets_sees_a_single_changed_bit() -> None:
    jets = toy_jets(4, seed=1)
    changed = jets.four_momenta.copy()
    changed[2, 0, 3] = np.nextafter(changed[2, 0, 3], 0)
    assert same(jets, jets)
    assert not same(Jets(changed, labels=jets.labels, rounding=jets.rounding), jets)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PhysymWarning)
        load_jets(jets.four_momenta, order="E,px,py,pz")
