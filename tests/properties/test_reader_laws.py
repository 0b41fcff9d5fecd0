"""Laws of the readers: what a writer wrote is read back, in any layout, chunk by chunk as well as at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import awkward as ak
import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.data import Jets, concatenate, iterate_jets, load_jets
from physym.data.readers import scatter
from physym.data.readers.kinematics import SETS, four_momenta
from physym.errors import InvalidData

pytestmark = pytest.mark.filterwarnings("ignore::physym.errors.PhysymWarning")

NAMES = ("E", "px", "py", "pz")
Columns = dict[str, np.ndarray]


@st.composite
def jagged(draw: st.DrawFn) -> tuple[Columns, np.ndarray]:
    """Coordinates of random constituents, jet after jet, and how many each jet has; some have none."""
    counts = np.array(draw(st.lists(st.integers(0, 6), min_size=3, max_size=9)))
    counts[[0, -1]] = 1, 3
    rng, m = np.random.default_rng(draw(st.integers(0, 2**31))), int(counts.sum())
    pt, eta, phi = rng.exponential(40, m) + 1, rng.normal(0, 1.5, m), rng.uniform(-np.pi, np.pi, m)
    mass = rng.choice([0.0, 0.13957039, 0.93827209], m)
    pz = pt * np.sinh(eta)
    energy = np.sqrt(pt**2 + pz**2 + mass**2)
    columns = {"E": energy, "px": pt * np.cos(phi), "py": pt * np.sin(phi), "pz": pz, "pt": pt, "eta": eta, "phi": phi, "mass": mass}
    return columns | {"rapidity": np.arctanh(pz / energy)}, counts


def slow_jets(columns: Columns, counts: np.ndarray) -> list[np.ndarray]:
    """The oracle: loops, one jet after the other, constituents by falling pT, empty jets left out."""
    flat = np.stack([columns[name] for name in NAMES], axis=-1)
    jets, start = [], 0
    for count in counts:
        jet = flat[start : start + count]
        start += count
        if count:
            jets.append(jet[np.argsort(-(jet[:, 1] ** 2 + jet[:, 2] ** 2), kind="stable")])
    return jets


def agree(found: Jets, expected: list[np.ndarray], rtol: float = 0.0) -> bool:
    """Whether the jets are those of the oracle, padded with zeros."""
    if len(found) != len(expected):
        return False
    for jet, mask, wanted in zip(found.four_momenta, found.real, expected, strict=True):
        close = mask.sum() == len(wanted) and np.allclose(jet[: len(wanted)], wanted, rtol=rtol, atol=1e3 * rtol)
        if not close or jet[len(wanted) :].any() or mask[len(wanted) :].any():
            return False
    return True


def lists(columns: Columns, counts: np.ndarray, names: tuple[str, ...] = NAMES) -> dict[str, ak.Array]:
    return {name: ak.unflatten(columns[name], counts) for name in names}


def write_tree(columns: Columns, counts: np.ndarray, folder: Path) -> Path:
    import uproot

    with uproot.recreate(folder / "a.root") as file:
        file.mktree("tree", {f"part_{name}": "var * float64" for name in NAMES})
        file["tree"].extend({f"part_{name}": column for name, column in lists(columns, counts).items()})
    return folder / "a.root"


def write_ntuple(columns: Columns, counts: np.ndarray, folder: Path) -> Path:
    import uproot

    with uproot.recreate(folder / "b.root") as file:
        file.mkrntuple("tree", lists(columns, counts))
    return folder / "b.root"


def write_parquet(columns: Columns, counts: np.ndarray, folder: Path) -> Path:
    ak.to_parquet(ak.zip(lists(columns, counts), depth_limit=1), folder / "a.parquet")
    return folder / "a.parquet"


def write_structs(columns: Columns, counts: np.ndarray, folder: Path) -> Path:
    ak.to_parquet(ak.zip({"candidates": ak.zip(lists(columns, counts))}, depth_limit=1), folder / "b.parquet")
    return folder / "b.parquet"


def write_flat(columns: Columns, counts: np.ndarray, folder: Path) -> Path:
    np.savez(folder / "a.npz", p4=np.stack([columns[name] for name in NAMES], axis=-1), n=counts)
    return folder / "a.npz"


def write_padded(columns: Columns, counts: np.ndarray, folder: Path) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        file["Pmu"] = scatter(np.stack([columns[name] for name in NAMES], axis=-1), counts)
    return folder / "a.h5"


def zipped(columns: Columns, counts: np.ndarray, folder: Path) -> ak.Array:
    return ak.zip(lists(columns, counts))


Writer = Callable[[Columns, np.ndarray, Path], object]
WRITERS = [write_tree, write_ntuple, write_parquet, write_structs, write_flat, write_padded, zipped]


@pytest.mark.parametrize("write", WRITERS)
@settings(max_examples=12)
@given(jagged(), st.integers(1, 10))
def test_what_was_written_is_read_back_at_once_and_in_chunks(write: Writer, given_jets: tuple[Columns, np.ndarray], size: int) -> None:
    expected = slow_jets(*given_jets)
    with TemporaryDirectory() as folder:
        written = write(*given_jets, Path(folder))
        assert agree(load_jets(written), expected)
        chunks = list(iterate_jets(written, chunk_size=size))
        assert agree(concatenate(chunks), expected)
        assert agree(load_jets(written, chunk_size=size), expected)
        assert max(map(len, chunks)) <= size
        assert agree(load_jets(written, constituents=2, chunk_size=size), [jet[:2] for jet in expected])


@given(jagged())
def test_the_comparison_with_the_oracle_sees_every_kind_of_mistake(given_jets: tuple[Columns, np.ndarray]) -> None:
    columns, counts = given_jets
    expected = slow_jets(columns, counts)
    found = load_jets(zipped(columns, counts, Path()))
    assert agree(found, expected)
    assert not agree(found, expected[:-1])
    assert not agree(found, [*expected[:-1], expected[-1][::-1]])
    assert not agree(found, [*expected[:-1], expected[-1][:-1]])
    assert not agree(found, [*expected[:-1], expected[-1] * (1 + 1e-15)])
    assert not agree(found.leading(1), expected)


@given(jagged(), st.permutations(["E", "px", "py", "pz", "name", "charge"]))
def test_neither_the_order_nor_the_number_of_fields_matters(given_jets: tuple[Columns, np.ndarray], order: list[str]) -> None:
    columns, counts = given_jets
    fields = lists(columns, counts) | {
        "charge": ak.unflatten(np.sign(columns["px"]), counts),
        "name": ak.unflatten(["a"] * len(columns["E"]), counts),
    }
    assert agree(load_jets(ak.zip({name: fields[name] for name in order})), slow_jets(columns, counts))


@pytest.mark.parametrize("names", [names for names in SETS if len(names) == 4])
@settings(max_examples=15)
@given(jagged(), st.randoms(use_true_random=False))
def test_every_set_of_coordinates_in_every_order_is_one_set_of_jets(
    names: tuple[str, ...], given_jets: tuple[Columns, np.ndarray], random: object
) -> None:
    columns, counts = given_jets
    expected = slow_jets(columns, counts)
    assert agree(load_jets(ak.zip(lists(columns, counts, names))), expected, rtol=1e-9)
    shuffled = list(names)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    padded = scatter(np.stack([columns[name] for name in shuffled], axis=-1), counts)
    assert agree(load_jets(padded, order=",".join(shuffled)), expected, rtol=1e-9)
    wrong = ",".join([shuffled[1], shuffled[0], *shuffled[2:]])
    with suppress(InvalidData):  # a wrong order is refused, or gives other jets
        assert not agree(load_jets(padded, order=wrong), expected, rtol=1e-9)


@given(jagged())
def test_coordinates_agree_with_the_package_vector(given_jets: tuple[Columns, np.ndarray]) -> None:
    vector = pytest.importorskip("vector")
    columns, _ = given_jets
    oracle = vector.array({"pt": columns["pt"], "eta": columns["eta"], "phi": columns["phi"], "mass": columns["mass"]})
    wanted = np.stack([oracle.E, oracle.px, oracle.py, oracle.pz], axis=-1)
    for names in SETS[:5]:
        found, _ = four_momenta({name: columns[name] for name in names})
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)
    bare, _ = four_momenta({name: columns[name] for name in ("pt", "eta", "phi")})
    light = vector.array({"pt": columns["pt"], "eta": columns["eta"], "phi": columns["phi"], "mass": 0 * columns["pt"]})
    np.testing.assert_allclose(bare[:, 0], light.E, rtol=1e-12)
    swapped, _ = four_momenta({"pt": columns["pt"], "eta": columns["phi"], "phi": columns["eta"], "mass": columns["mass"]})
    assert not np.allclose(swapped, wanted), "eta and phi are not interchangeable"


@given(jagged())
def test_scatter_is_pad_none(given_jets: tuple[Columns, np.ndarray]) -> None:
    columns, counts = given_jets
    flat = np.stack([columns[name] for name in NAMES], axis=-1)
    slow = np.stack(
        [ak.to_numpy(ak.fill_none(ak.pad_none(column, int(counts.max()), clip=True), 0.0)) for column in lists(columns, counts).values()],
        axis=-1,
    )
    assert np.array_equal(scatter(flat, counts), slow)
    assert not np.array_equal(scatter(flat[::-1].copy(), counts), slow)


@given(jagged(), st.sampled_from(["MeV", "GeV", "TeV"]), st.sampled_from(["MeV", "GeV", "TeV"]))
def test_units_of_a_file_scale_energies_and_leave_angles(given_jets: tuple[Columns, np.ndarray], unit: str, other: str) -> None:
    columns, counts = given_jets
    size = {"MeV": 1e-3, "GeV": 1.0, "TeV": 1e3}
    polar = lists(columns, counts, ("pt", "eta", "phi", "mass"))
    first = load_jets(ak.zip({k: v / size[unit] if k in ("pt", "mass") else v for k, v in polar.items()}), units=unit)
    second = load_jets(ak.zip({k: v / size[other] if k in ("pt", "mass") else v for k, v in polar.items()}), units=other)
    assert first.units == second.units == "GeV"
    np.testing.assert_allclose(first.four_momenta, second.four_momenta, rtol=1e-9, atol=1e-12)
    assert first.mass_convention.kind == second.mass_convention.kind


@given(jagged(), st.sampled_from([np.float32, np.float64]), st.booleans())
def test_tensors_are_arrays(given_jets: tuple[Columns, np.ndarray], kind: type, gradient: bool) -> None:
    torch = pytest.importorskip("torch")
    columns, counts = given_jets
    padded = scatter(np.stack([columns[name] for name in NAMES], axis=-1), counts).astype(kind)
    tensor = torch.tensor(padded, requires_grad=gradient)
    found, wanted = load_jets(tensor, order="E,px,py,pz"), load_jets(padded, order="E,px,py,pz")
    assert np.array_equal(found.four_momenta, wanted.four_momenta)
    assert found.rounding == wanted.rounding
