"""Molecules: units are converted once, padding never counts, files come back, and what is no molecule is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from physym.data import Molecules, load_molecules
from physym.data.simulate import small_molecules
from physym.errors import CorruptFile, InvalidData, MissingField, MissingFile, ShapeError, UnitsError
from tests.data.test_xyz import QM9_WATER

WATER = np.array([[0.0, 0.0, 0.0], [0.757, 0.0, 0.586], [-0.757, 0.0, 0.586]])
TWO = np.stack([np.pad(WATER[:2], ((0, 1), (0, 0))), WATER])
"""OH and water, the first padded."""
NUMBERS = np.array([[8, 1, 0], [8, 1, 1]])


def pair(**fields: object) -> Molecules:
    return Molecules(TWO, NUMBERS, {"energy": np.array([1.0, 2.0]), "gap": np.array([3.0, 4.0])}, **fields)  # type: ignore[arg-type]


def test_rows_are_copies_of_the_vector_of_space() -> None:
    rows = pair(target_units={"gap": "Ha"}).samples(target="gap")
    assert (rows.rep_x.text, rows.n, rows.copies, rows.units, rows.coordinates) == ("3V", 3, 3, "Å", ("x", "y", "z"))
    np.testing.assert_array_equal(rows.vectors, TWO)
    assert rows.y is not None
    assert rows.y.tolist() == [3.0, 4.0]
    assert rows.rep_y is None, "a scalar does not move"
    assert rows.mask is not None
    assert rows.mask.tolist() == [[True, True, False], [True, True, True]]
    assert rows.source.endswith("y = gap [Ha]")
    assert pair()[1:].samples(target="energy").mask is None


def test_the_representation_moves_every_atom_by_one_matrix() -> None:
    g = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    rows = pair().samples(target="energy")
    turned = Molecules(TWO @ g.T, NUMBERS).samples()
    np.testing.assert_allclose(rows.x @ rows.rep_x.rho(g).T, turned.x, atol=1e-12)


def test_the_target_must_be_named_where_there_are_several() -> None:
    with pytest.raises(MissingField, match=r"2 targets; name one with target=: energy, gap"):
        pair().samples()
    with pytest.raises(MissingField, match=r"Did you mean energy"):
        pair().samples(target="energie")
    with pytest.raises(MissingField, match="Present: none"):
        Molecules(TWO, NUMBERS).samples(target="energy")
    assert Molecules(TWO, NUMBERS).samples().y is None
    only = Molecules(TWO, NUMBERS, {"gap": np.array([3.0, 4.0])}).samples()
    assert only.y is not None
    assert only.y.tolist() == [3.0, 4.0]


@pytest.mark.parametrize(("units", "factor"), [("nm", 10.0), ("bohr", 0.529177210903), ("Å", 1.0)])
def test_positions_are_held_in_angstrom(units: str, factor: float) -> None:
    held = Molecules(TWO / factor, NUMBERS, units=units)
    np.testing.assert_allclose(held.positions, TWO, rtol=1e-15)
    assert held.units == "Å"
    np.testing.assert_array_equal(held[:1].positions, held.positions[:1])  # not converted once more


def test_nanometres_taken_for_angstrom_are_found() -> None:
    with pytest.raises(UnitsError, match="look like nm"):
        Molecules(TWO / 10, NUMBERS)
    with pytest.raises(UnitsError, match="expected one of Å, nm, bohr"):
        Molecules(TWO, NUMBERS, units="pm")
    Molecules(np.zeros((3, 1, 3)), np.array([2]))  # single atoms have no distance


def test_padding_never_counts() -> None:
    dirty = TWO.copy()
    dirty[0, 2] = np.nan
    clean = Molecules(dirty, NUMBERS)
    np.testing.assert_array_equal(clean.positions, TWO)
    assert clean.real.tolist() == [[True, True, False], [True, True, True]]
    assert clean.formulas == ("H2O", "HO")


def test_one_list_of_atoms_serves_all_molecules() -> None:
    both = Molecules(np.stack([WATER, WATER]), np.array([8, 1, 1]))
    assert both.numbers.tolist() == [[8, 1, 1]] * 2
    assert Molecules(np.stack([WATER]), np.array([8.0, 1.0, 1.0])).numbers.dtype == np.int64


def test_a_selection_keeps_the_targets_and_repr_is_short() -> None:
    chosen = pair(target_units={"energy": "Ha"})[np.array([1])]
    assert (len(chosen), chosen.targets["gap"].tolist(), chosen.target_units) == (1, [4.0], {"energy": "Ha"})
    assert len(repr(pair()).splitlines()) <= 3
    assert "2 of 2 to 3 atoms (H2O, HO)" in repr(pair())
    assert "energy [Ha]" in repr(chosen)


@pytest.mark.parametrize(
    ("positions", "numbers", "targets", "error", "words"),
    [
        (WATER, np.array([8, 1, 1]), {}, ShapeError, r"expected \(N molecules, K atoms, 3\)"),
        (TWO[..., :2], NUMBERS, {}, ShapeError, r"expected \(N molecules, K atoms, 3\)"),
        (TWO[:0], NUMBERS[:0], {}, ShapeError, "none of them 0"),
        (TWO, NUMBERS[:, :2], {}, ShapeError, r"numbers have shape \(2, 2\)"),
        (TWO, NUMBERS + 0.5, {}, InvalidData, "not whole"),
        (TWO, -NUMBERS, {}, InvalidData, "expected 1 to 118"),
        (TWO, NUMBERS * 100, {}, InvalidData, "expected 1 to 118"),
        (TWO, NUMBERS * [[1], [0]], {}, InvalidData, "molecule 1"),
        (np.where(NUMBERS[..., None] == 8, np.inf, TWO), NUMBERS, {}, InvalidData, "molecule 0"),
        (TWO, NUMBERS, {"energy": np.ones(3)}, ShapeError, r"target energy .*expected \(2,\)"),
        (TWO, NUMBERS, {"energy": np.array(["1", "2"])}, ShapeError, "target energy"),
        (TWO, NUMBERS, {"energy": np.array([1.0, np.nan])}, InvalidData, "molecule 1"),
    ],
)
def test_what_is_no_molecule_is_refused(
    positions: np.ndarray, numbers: np.ndarray, targets: dict[str, np.ndarray], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Molecules(positions, numbers, targets, source="here")


def test_units_of_no_target_are_refused() -> None:
    with pytest.raises(ShapeError, match="forces, which are no targets; there are energy, gap"):
        pair(target_units={"forces": "Ha/Å"})


@pytest.mark.parametrize(
    ("place", "kind", "shared"), [("R", "z", True), ("positions", "numbers", False), ("pos", "Z", False), ("coordinates", "charges", False)]
)
def test_npz_comes_back_under_the_names_of_its_publishers(place: str, kind: str, shared: bool, tmp_path: Path) -> None:
    positions, numbers = (np.stack([WATER, WATER + 1]), np.array([8, 1, 1])) if shared else (TWO, NUMBERS)
    arrays = {place: positions, kind: numbers, "E": np.array([[1.0], [2.0]]), "F": positions, "unit_E": np.array("kcal/mol")}
    np.savez(tmp_path / "some.npz", split=np.array(["a", "b"]), **arrays)
    found = load_molecules(tmp_path / "some.npz")
    np.testing.assert_array_equal(found.positions, positions)
    assert found.numbers.tolist() == np.broadcast_to(numbers, (2, 3)).tolist()
    assert {name: value.tolist() for name, value in found.targets.items()} == {"E": [1.0, 2.0]}
    assert found.target_units == {"E": "kcal/mol"}
    part = load_molecules(tmp_path / "some.npz", split="b")
    assert part.targets["E"].tolist() == [2.0]
    assert part.source.endswith("[b]")


def test_the_rounding_of_the_file_is_kept(tmp_path: Path) -> None:
    np.savez(tmp_path / "single.npz", R=TWO.astype(np.float32), Z=NUMBERS)
    np.savez(tmp_path / "double.npz", R=TWO, Z=NUMBERS)
    assert [load_molecules(tmp_path / f"{name}.npz").samples().rounding for name in ("single", "double")] == [2.0**-24, 2.0**-53]


def test_xyz_files_are_padded_to_the_largest(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("2\nenergy=1 gap=2\nC 0 0 0\nO 0 0 1.13\n")
    (tmp_path / "b.xyz").write_text(QM9_WATER)
    both = load_molecules([tmp_path / "a.xyz", tmp_path / "b.xyz"])
    assert both.numbers.tolist() == [[6, 8, 0], [8, 1, 1]]
    assert list(both.targets) == ["gap"], "only what every molecule has"
    assert both.formulas == ("CO", "H2O")
    one = load_molecules(str(tmp_path / "b.xyz"))
    assert one.target_units["homo"] == "Ha"
    assert one.samples(target="Cv").y == pytest.approx([6.002])


def test_units_of_a_file_are_converted(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("2\n\nH 0 0 0\nH 0 0 1.4\n")
    held = load_molecules(tmp_path / "a.xyz", units="bohr")
    assert held.positions[0, 1, 2] == pytest.approx(0.7408, abs=1e-4)


def test_bad_files_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "bare.npz", R=TWO)
    with pytest.raises(MissingField, match=r"atomic numbers \(numbers, Z"):
        load_molecules(tmp_path / "bare.npz")
    np.savez(tmp_path / "flat.npz", R=WATER, Z=NUMBERS[1])
    with pytest.raises(ShapeError, match="R is float64 of shape"):
        load_molecules(tmp_path / "flat.npz")
    np.savez(tmp_path / "texts.npz", R=TWO.astype("U8"), Z=NUMBERS)
    with pytest.raises(ShapeError, match="expected numbers"):
        load_molecules(tmp_path / "texts.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(CorruptFile, match="broken"):
        load_molecules(tmp_path / "broken.npz")
    (tmp_path / "a.xyz").write_text("1\n\nH 0 0 0\n")
    with pytest.raises(MissingField, match="know no splits"):
        load_molecules(tmp_path / "a.xyz", split="train")
    for missing in (tmp_path / "none.xyz", [tmp_path / "a.xyz", tmp_path / "none.npz"], []):
        with pytest.raises(MissingFile):
            load_molecules(missing)


def test_simulated_molecules_survive_a_file(tmp_path: Path) -> None:
    made = small_molecules(6, kind="methane", seed=0, sweeps=20)
    np.savez(tmp_path / "made.npz", R=made.positions, Z=made.numbers, energy=made.targets["energy"])
    back = load_molecules(tmp_path / "made.npz")
    np.testing.assert_array_equal(back.samples().x, made.samples().x)
    np.testing.assert_array_equal(back.target("energy"), made.target("energy"))
