"""Every wrong input ends in a named error whose sentence says what was given and what to do; none is answered silently."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pytest

from physym.data import iterate_jets, load_jets
from physym.data.simulate import save_toptag, toy_jets
from physym.errors import CorruptFile, InvalidData, MissingField, MissingFile, PhysymError, PhysymWarning, ShapeError, UnitsError

TOY = toy_jets(12, seed=1, constituents=4)
P = TOY.four_momenta
"""Twelve good jets; each case below spoils them in one way."""

E_FIRST = "E,px,py,pz"
LABELS = np.arange(12) % 2
JAGGED = {name: ak.from_regular(ak.Array(P[..., index])) for index, name in enumerate(("E", "px", "py", "pz"))}
RECORDS = ak.zip(JAGGED)


def refused(given: object, *words: str, error: type[PhysymError] = InvalidData, **options: object) -> None:
    """Loading fails with this error, in one sentence that holds the words."""
    with pytest.raises(error) as caught:
        load_jets(given, **options)  # type: ignore[arg-type]
    sentence = str(caught.value)
    assert "\n" not in sentence
    for word in words:
        assert word in sentence, sentence


def test_the_check_of_refusals_fails_on_good_jets_and_on_another_sentence() -> None:
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        refused(P, order=E_FIRST)
    with pytest.raises(AssertionError, match="memory"):
        refused(P[:0], "these words are not there", order=E_FIRST)


@pytest.mark.parametrize("given", [None, 5, 2.5, {"px": [1.0]}, b"jets.h5", object()])
def test_what_is_neither_file_nor_array_is_named_by_its_type(given: object) -> None:
    refused(given, type(given).__name__, "neither a path nor an array", "order=", order=E_FIRST)


@pytest.mark.parametrize("kind", [complex, str, object, bool, np.float16])
def test_numbers_of_other_types_are_refused(kind: type) -> None:
    given = P.astype(kind)
    refused(given, str(given.dtype), "float32", order=E_FIRST)


@pytest.mark.parametrize("kind", [">f8", ">f4", "<f4", np.longdouble])
def test_every_real_type_gives_the_same_jets(kind: str) -> None:
    np.testing.assert_allclose(load_jets(P.astype(kind), order=E_FIRST).four_momenta, P, rtol=1e-6)


def test_whole_numbers_are_suspected_of_rounding_and_kept_where_they_lie_on_a_shell() -> None:
    refused(P.astype(np.int32), "whole numbers", "before they were rounded", order=E_FIRST)
    triples = np.array([[[5, 3, 4, 0]], [[13, 5, 0, 12]]])
    assert load_jets(triples, order=E_FIRST).mass_convention.kind == "massless"


def test_a_mask_is_never_lost() -> None:
    masked = np.ma.masked_array(P, mask=P > 100)
    refused(masked, "masked", "filled(0)", order=E_FIRST)
    padded = ak.to_numpy(ak.pad_none(RECORDS.E, 6, axis=1))
    refused(np.ma.stack([padded] * 4, axis=-1), "masked", order=E_FIRST)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([1, 0], "shape (2,)"),
        (np.eye(2)[LABELS], "shape (12, 2)"),
        (np.full(12, np.nan), "float64"),
        (np.full(12, np.inf), "inf"),
        (np.full(12, 1e30), "1e+30"),
        (np.full(12, 2**63, np.uint64), "9.22"),
        (np.full(12, 0.5), "whole numbers"),
        (["top"] * 12, "whole numbers"),
        ([[1], [0, 1]] * 6, "no array"),
        (np.ones(12, complex), "complex128"),
        ([1, None] * 6, "object"),
    ],
)
def test_labels_that_are_no_labels_are_refused(labels: object, words: str) -> None:
    refused(P, words, order=E_FIRST, labels=labels)


def test_labels_other_than_0_and_1_are_counted_apart() -> None:
    jets = load_jets(P, order=E_FIRST, labels=np.where(LABELS, 1, -1))
    assert "6 signal / 0 background / 6 with other labels" in repr(jets)
    assert "other" not in repr(load_jets(P, order=E_FIRST, labels=LABELS)).splitlines()[0]


@pytest.mark.parametrize("value", [-0.1, 1.0, float("nan"), float("inf")])
def test_resolutions_are_relative_errors(value: float) -> None:
    refused(P, "resolution", "relative error", order=E_FIRST, resolution=value)


@pytest.mark.parametrize("order", ["", "E", "E,E,py,pz", "E px py pz", "px,py,pz", "E,px,py,pz,m", "a,b,c,d", "pt,eta,phi"])
def test_orders_that_name_no_four_momentum_are_refused(order: str) -> None:
    refused(P, "order=", order=order)


@pytest.mark.parametrize("order", ["deta,dphi,logptrel,E", "etarel,phirel,ptrel,mask"])
def test_orders_of_relative_coordinates_are_refused(order: str) -> None:
    refused(P, "relative to the jet axis", order=order)


def test_jets_made_of_relative_coordinates_are_recognised_by_their_axis() -> None:
    pt, eta, phi = np.hypot(P[..., 1], P[..., 2]), np.arcsinh(P[..., 3] / np.hypot(P[..., 1], P[..., 2])), np.arctan2(P[..., 2], P[..., 1])
    share = pt / pt.sum(1, keepdims=True)
    turned = np.angle(np.exp(1j * (phi - phi[:, :1])))
    relative = np.stack(
        [share, eta - (share * eta).sum(1, keepdims=True), turned - (share * turned).sum(1, keepdims=True), 0 * pt], axis=-1
    )
    refused(relative, "pT of about 1", "relative", order="pt,eta,phi,m")
    # the same coordinates, not normalised, are a boost along the beam and a turn: still four-momenta
    assert len(load_jets(relative * [600, 1, 1, 1], order="pt,eta,phi,m")) == 12


def test_mev_are_asked_for_in_every_kind_of_input(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", p4=1000 * P.reshape(-1, 4), n=np.full(12, 4))
    for given in (1000 * P, tmp_path / "a.npz"):
        refused(given, "look like MeV", 'units="MeV"', error=UnitsError, order=E_FIRST)
        np.testing.assert_allclose(load_jets(given, order=E_FIRST, units="MeV").four_momenta, P, rtol=1e-12)
    refused(P, "'mev'", "GeV, MeV, TeV", error=UnitsError, order=E_FIRST, units="mev")


def test_widths_beyond_any_jet_are_refused_before_memory_is_asked_for() -> None:
    with pytest.raises(ShapeError, match="10,000"):
        TOY.samples(constituents=10**11)
    assert load_jets(P, order=E_FIRST, constituents=10**11).four_momenta.shape == P.shape


def test_equal_jets_are_a_mistake_of_a_sample_but_not_of_its_parts() -> None:
    refused(np.repeat(P[:1], 5, axis=0), "all 5 jets are identical", order=E_FIRST)
    doubled = np.repeat(P, 2, axis=0)
    assert len(load_jets(doubled, order=E_FIRST, chunk_size=2)) == 24
    assert [len(jets) for jets in iterate_jets(doubled, order=E_FIRST, chunk_size=2)] == [2] * 12
    assert len(TOY[[3, 3, 3]]) == 3, "a bootstrap may draw one jet several times"


def test_selecting_no_jets_says_so() -> None:
    for nothing in ([], slice(0, 0), np.zeros(12, dtype=bool)):
        with pytest.raises(InvalidData, match="zero jets"):
            TOY[nothing]
    assert sum(1 for _ in TOY) == 12, "an index beyond the end ends a loop"


# files that are not what they should be


def test_folders_and_nothing_are_no_files(tmp_path: Path) -> None:
    refused(tmp_path, str(tmp_path), "folder", "*.root", error=MissingFile)
    (tmp_path / "sub.root").mkdir()
    refused(str(tmp_path / "*.root"), "sub.root", "folder", error=MissingFile)
    refused([], "no files were named", error=MissingFile)
    refused(str(tmp_path / "*.h5"), "no such file", error=MissingFile)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_toptag(TOY, tmp_path / "jets.h5")

    def closed(*arguments: object, **more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    refused(tmp_path / "jets.h5", "jets.h5", "Permission denied", error=CorruptFile)


@pytest.mark.parametrize("name", ["jets.h5.gz", "jets.h5", "jets", "jets.root"])
def test_gzipped_files_are_told_from_broken_ones(name: str, tmp_path: Path) -> None:
    content = save_toptag(TOY, tmp_path / "plain.h5").read_bytes()
    (tmp_path / name).write_bytes(gzip.compress(content))
    refused(tmp_path / name, name, "gunzip")


@pytest.mark.parametrize("name", ["jets é ñ 你好.h5", "jets[1].h5", "jets.root", "jets", "a b.h5"])
def test_names_of_files_do_not_matter(name: str, tmp_path: Path) -> None:
    np.testing.assert_allclose(load_jets(save_toptag(TOY, tmp_path / name)).four_momenta, P, rtol=1e-6)


def npz(**arrays: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        np.savez(folder / "jets.npz", **arrays)  # type: ignore[arg-type]
        return folder / "jets.npz"

    return write


def hdf5(**arrays: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        with h5py.File(folder / "jets.h5", "w") as file:
            for name, array in arrays.items():
                file[name.replace("__", "/")] = array
        return folder / "jets.h5"

    return write


def parquet(**columns: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        import pyarrow as pa
        import pyarrow.parquet as pq

        plain = {name: column.to_list() if isinstance(column, ak.Array) else column for name, column in columns.items()}
        pq.write_table(pa.table(plain), folder / "jets.parquet")
        return folder / "jets.parquet"

    return write


FLAT, EF = P.reshape(-1, 4), np.abs(P[..., :3]) / 100
BROKEN: list[tuple[str, Callable[[Path], Path], type[PhysymError], str]] = [
    ("negative counts", npz(p4=FLAT, n=np.array([-2, 50])), InvalidData, "counts n"),
    ("counts that are no whole numbers", npz(p4=FLAT, n=np.full(12, 4.0)), InvalidData, "float64"),
    ("counts that do not sum", npz(p4=FLAT, n=np.full(12, 3)), InvalidData, "sums to 36"),
    ("texts", npz(p4=FLAT.astype(str), n=np.full(12, 4)), InvalidData, "p4"),
    ("too many labels", npz(X=EF, y=np.ones(13)), InvalidData, "(13,)"),
    ("labels that are texts", npz(X=EF, y=np.full(12, "q")), InvalidData, "y"),
    ("five columns", npz(X=np.ones((3, 2, 5)), y=np.ones(3)), InvalidData, "(3, 2, 5)"),
    ("ids that are NaN", npz(X=np.concatenate([EF, np.nan * EF[..., :1]], -1), y=LABELS), InvalidData, "PDG ids"),
    ("no axis of constituents", npz(kinematics_train=FLAT, labels_train=np.ones(48)), ShapeError, "kinematics_train"),
    ("labels of another length", npz(kinematics_train=P, labels_train=np.ones(30)), InvalidData, "(30,)"),
    ("an empty archive", npz(), CorruptFile, "jets.npz"),
    ("objects", npz(jets=np.array([{}], dtype=object)), CorruptFile, "pickles"),
    ("no four-vectors", npz(jets=np.ones((3, 5))), MissingField, "Present: jets"),
    ("a group instead of an array", hdf5(Pmu__inner=P), MissingField, "Pmu"),
    ("a group instead of a table", hdf5(table__table__inner=P), MissingField, "Top Tagging"),
    ("lower case", hdf5(pmu=P), MissingField, "Near misses: pmu"),
    ("fewer labels", hdf5(Pmu=P, is_signal=np.ones(5)), InvalidData, "is_signal"),
    ("more labels", hdf5(Pmu=P, is_signal=np.ones(24)), InvalidData, "is_signal"),
    ("labels in two columns", hdf5(Pmu=P, is_signal=np.ones((12, 2))), InvalidData, "(12, 2)"),
    ("one label for all", hdf5(Pmu=P, is_signal=1), InvalidData, "shape ()"),
    ("float16", hdf5(Pmu=P.astype(np.float16)), InvalidData, "float16"),
    ("bytes", hdf5(Pmu=np.full((2, 2, 4), b"a")), InvalidData, "Pmu"),
    ("no jets", hdf5(Pmu=P[:0]), InvalidData, "zero jets"),
    ("a table of numbers", hdf5(table__table=np.ones((3, 800))), MissingField, "values_block_0"),
    ("a list that is None", parquet(**{k: [None, *v.to_list()[1:]] for k, v in JAGGED.items()}), InvalidData, "jets are None"),
    ("a number that is None", parquet(**{k: [[None, 1.0], *v.to_list()[1:]] for k, v in JAGGED.items()}), InvalidData, "NaN"),
    ("lists of texts", parquet(**{k: [["1.0"]] * 12 for k in JAGGED}), InvalidData, "jets.parquet: E"),
    ("lists of lists", parquet(**{k: [[[1.0]]] * 12 for k in JAGGED}), InvalidData, "one list of numbers"),
    ("a label that is None", parquet(**JAGGED, label=[None] + [1] * 11), InvalidData, "labels"),
    ("a half label", parquet(**JAGGED, label=[0.5] * 12), InvalidData, "labels"),
    ("labels that are names", parquet(**JAGGED, label=["top"] * 12), InvalidData, "labels"),
    ("a missing column", parquet(E=JAGGED["E"], px=JAGGED["px"], py=JAGGED["py"], p_z=JAGGED["pz"]), MissingField, "Near misses: p_z"),
]


@pytest.mark.parametrize(("write", "error", "words"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
@pytest.mark.parametrize("size", [5, 100])
def test_files_with_a_mistake_are_refused_at_any_size_of_chunks(
    write: Callable[[Path], Path], error: type[PhysymError], words: str, size: int, tmp_path: Path
) -> None:
    path = write(tmp_path)
    before = sorted(tmp_path.iterdir())
    refused(path, path.name, words, error=error, chunk_size=size)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("write", [npz(p4=FLAT[:, [1, 2, 3, 0]], n=np.full(12, 4, np.uint8)), npz(kinematics_train=P[..., [1, 2, 3, 0]])])
def test_the_cure_of_a_wrong_order_works_for_every_plain_layout(write: Callable[[Path], Path], tmp_path: Path) -> None:
    refused(write(tmp_path), "order='px,py,pz,E'")
    assert np.array_equal(load_jets(write(tmp_path), order="px,py,pz,E").four_momenta, P)


def test_the_cure_of_a_wrong_order_works_for_hdf5(tmp_path: Path) -> None:
    path = hdf5(Pmu=P[..., [1, 2, 3, 0]].astype(np.float32))(tmp_path)
    refused(path, "order='px,py,pz,E'")
    found = load_jets(path, order="px,py,pz,E")
    assert np.array_equal(found.four_momenta, P.astype(np.float32))
    assert found.rounding == 2.0**-24


UNUSED = [
    (hdf5(Pmu=P), ("split", "collection")),
    (npz(p4=FLAT, n=np.full(12, 4)), ("split", "labels", "collection")),
    (npz(X=EF, y=LABELS), ("split", "labels", "collection")),
    (npz(kinematics_train=P), ("labels", "collection")),
    (parquet(**JAGGED), ("split",)),
    (lambda folder: save_toptag(TOY, folder / "jets.h5"), ("labels", "collection")),
    (lambda folder: P, ("split", "labels", "collection")),
    (lambda folder: RECORDS, ("split",)),
]


@pytest.mark.parametrize(("write", "options"), UNUSED)
def test_options_that_a_layout_cannot_follow_are_refused(write: Callable[[Path], object], options: tuple[str, ...], tmp_path: Path) -> None:
    given = write(tmp_path)
    order = {"order": E_FIRST} if given is P else {}
    assert len(load_jets(given, **order)) == 12  # type: ignore[arg-type]
    for option in options:
        refused(given, f"{option}='train'", "leave it out", **order, **{option: "train"})


def test_labels_that_only_some_files_have_are_left_out_with_a_warning(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", kinematics_train=P, labels_train=LABELS, kinematics_val=P * 1.1)
    with pytest.warns(PhysymWarning, match="labels are left out"):
        assert load_jets(tmp_path / "a.npz").labels is None
    assert load_jets(tmp_path / "a.npz", split="train").labels is not None


# awkward arrays


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (RECORDS[0][0], "single record"),
        (RECORDS[:, np.newaxis], "one list of numbers"),
        (ak.mask(RECORDS, LABELS == 1), "6 of 12 jets are None"),
        (RECORDS.E, "no field names"),
        (RECORDS[:0], "zero jets"),
        (ak.zip({name: ak.Array([["1.0"], ["2.0"]]) for name in JAGGED}, depth_limit=2), "one list of numbers"),
        (ak.zip({"deta": JAGGED["px"], "dphi": JAGGED["py"], "logptrel": JAGGED["E"]}), "relative to the jet axis"),
        (ak.zip(JAGGED | {"px": ak.mask(JAGGED["px"], JAGGED["px"] > 0)}), "NaN"),
    ],
    ids=["record", "too deep", "jets of None", "no fields", "empty", "texts", "relative", "None in one field"],
)
def test_awkward_arrays_with_a_mistake_are_refused(given: ak.Array, words: str) -> None:
    refused(given, words)


@pytest.mark.parametrize("missing", ["E", "px", "py", "pz"])
def test_a_missing_field_is_named(missing: str) -> None:
    refused(RECORDS[[name for name in JAGGED if name != missing]], f"missing {missing}", error=MissingField)


def test_constituents_that_are_none_are_absent() -> None:
    hard = RECORDS[RECORDS.E > 20]
    for absent in (ak.mask(RECORDS, RECORDS.E > 20), ak.pad_none(hard, 9, axis=1), ak.pad_none(hard, 9, axis=1, clip=True)):
        assert np.array_equal(load_jets(absent).four_momenta, load_jets(hard).four_momenta)
