"""`discover_files` gives what `discover_lorentz` gives, from any format, and survives the loss of a process or of itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from physym import Affine, BlockDiagonal, Jets, Spectral, Whitened, discover_lorentz, load_jets
from physym.algebra import so
from physym.discovery import Discovery, Status, discover_files
from physym.discovery.spectral.equations.harmonics import Harmonics
from physym.discovery.streaming.collect import rows_per_batch
from physym.discovery.streaming.recipe import Reading, Recipe
from physym.errors import DiscoveryFailed, InvalidData, MissingFile, PhysymWarning
from tests.discovery.streaming import files

LEVELS = ("support", "conditional", "measure")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jets")
    for seed in range(3):
        files.hdf5(folder / f"jets_{seed}.h5", files.jets(2000, seed, noise=0.02))
    return folder


NOISY = Reading(resolution=0.02)
pytestmark = pytest.mark.filterwarnings("ignore:.*masses hidden:physym.errors.PhysymWarning")


def close(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-8, atol=1e-9 * np.abs(one).max(initial=0.0)))


def equal(one: Discovery, other: Discovery) -> bool:
    """The same spectra and generators, up to the round-off of another number of threads."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in LEVELS]
    return all(close(a.spectrum, b.spectrum) and close(a.algebra.basis, b.algebra.basis) for a, b in pairs if a is not None)


def test_a_single_file_gives_what_memory_gives(folder: Path) -> None:
    """Same rows in the same blocks: support and measure agree to 1e-12 where round-off allows, the fitted logit to 1e-7."""
    path = folder / "jets_0.h5"
    ours = discover_files(path, reading=NOISY, level="all")
    theirs = discover_lorentz(load_jets(path, resolution=0.02), level="all")
    assert ours.support is not None
    assert theirs.support is not None
    assert np.allclose(ours.support.spectrum, theirs.support.spectrum, rtol=1e-12, atol=1e-12 * theirs.support.spectrum[0])
    assert ours.support.algebra.basis == pytest.approx(theirs.support.algebra.basis, abs=1e-12)
    assert ours.support.defect == pytest.approx(theirs.support.defect, rel=1e-9)
    assert [test.p_value for test in ours.support.tests] == pytest.approx([test.p_value for test in theirs.support.tests], rel=1e-9)
    for name in ("conditional", "measure"):
        assert getattr(ours, name).dimension == getattr(theirs, name).dimension
        assert (getattr(ours, name).rows, getattr(ours, name).unit) == (2000, "jets")
    assert "the logit of y was fitted, in 5 passes over the rows" in ours.conditional.note
    spectra = [level.conditional.equation.svd[1] for level in (ours, theirs)]
    assert np.allclose(*spectra, rtol=1e-7, atol=1e-7 * spectra[1][0])
    assert ours.identification.name == theirs.identification.name == "so(1,3) ⊕ R"


def test_chunks_and_parts_change_no_more_than_rounding(folder: Path) -> None:
    """Where parts are whole batches even the blocks are the same; within a part the chunks change nothing at all."""
    paths = str(folder / "*.h5")
    whole = discover_files(paths, reading=NOISY, level="all")
    assert equal(whole, discover_files(paths, reading=replace(NOISY, chunk_size=77), level="all"))
    parts = discover_files(paths, reading=NOISY, level="all", rows=640)  # other blocks: the same estimate, other errors
    assert np.allclose(whole.support.spectrum, parts.support.spectrum, rtol=1e-9, atol=1e-9 * whole.support.spectrum[0])
    assert whole.measure.spectrum.shape == parts.measure.spectrum.shape


def test_batches_hold_whole_rounds_of_both_statistics() -> None:
    for k in (1, 2, 4):
        assert rows_per_batch(Recipe(Reading(constituents=k))) % 131072 == 0


@pytest.mark.parametrize("write", [files.hdf5, files.parquet, files.root, files.npz])
def test_every_format_gives_the_same_sums(write: object, tmp_path: Path) -> None:
    content = files.jets(1500, 4)
    path = write(tmp_path / "jets.any", content)  # type: ignore[operator]
    reading = Reading(order="E,px,py,pz") if write is files.npz else Reading()
    found = discover_files(path, level="all", reading=reading, rows=500)
    parts = {files.npz: 1}.get(write, 3)
    assert found.provenance["parts"] == str(parts)
    reference = discover_files(files.hdf5(tmp_path / "same.h5", content), level="all", rows=500 * (4 - parts))
    assert [getattr(found, name).rows for name in LEVELS] == [3000, 1500, 1500]
    assert np.allclose(found.measure.spectrum, reference.measure.spectrum, rtol=1e-6)
    assert found.identification.name == "so(1,3) ⊕ R"


def test_provenance_names_files_rows_and_checksums(folder: Path) -> None:
    said = discover_files(folder / "jets_1.h5", reading=NOISY).provenance
    assert said["files"].startswith(f"{folder / 'jets_1.h5'}: 2,000 jets, SHA-256 of the content ")
    assert len(said["files"].rsplit(" ", 1)[-1]) == 16
    assert "quick checksum" in discover_files(folder / "jets_1.h5", reading=NOISY, checksum="quick").provenance["files"]


def test_progress_counts_jets(folder: Path) -> None:
    seen: list[tuple[str, int, int | None]] = []
    discover_files([folder / "jets_0.h5", folder / "jets_1.h5"], reading=NOISY, rows=1000, progress=lambda *step: seen.append(step))
    assert [step for step in seen if step[0] == "jets"] == [("jets", n, 4000) for n in (1000, 2000, 3000, 4000)]


def test_a_worker_killed_from_outside_loses_nothing(folder: Path) -> None:
    paths = sorted(folder.glob("*.h5"))
    killed: list[int] = []

    def kill(step: str, done: int, total: int | None) -> None:
        if step == "jets" and not killed:
            victim = multiprocessing.active_children()[0].pid
            assert victim is not None
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    found = discover_files(paths, reading=NOISY, level="all", workers=2, rows=500, progress=kill)
    assert killed
    assert equal(found, discover_files(paths, reading=NOISY, level="all", rows=500))


SUICIDE = """
import multiprocessing, os, signal, sys
from physym.discovery import discover_files
from physym.discovery.streaming.recipe import Reading

def stop(step, done, total):
    if step == "jets" and done >= 2000:
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    discover_files(sys.argv[1], reading=Reading(resolution=0.02), workers=2, rows=500, cache=sys.argv[2], progress=stop)
"""


def test_a_killed_run_goes_on_where_it_was(folder: Path, tmp_path: Path, root: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SUICIDE)
    paths, cache = str(folder / "*.h5"), tmp_path / "cache"
    environment = {**os.environ, "PYTHONPATH": str(root)}
    run = subprocess.run([sys.executable, str(script), paths, str(cache)], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert len(list(cache.glob("*.npz"))) >= 4
    again = discover_files(paths, reading=NOISY, rows=500, cache=cache)
    reused = int(again.provenance["parts"].removeprefix("12, ").split(" ")[0])
    assert 4 <= reused <= 12
    assert equal(again, discover_files(paths, reading=NOISY, rows=500))
    orphans = [int(pid) for pid in run.stdout.split()]
    deadline = time.monotonic() + 20
    while any(running(pid) for pid in orphans) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(running(pid) for pid in orphans)  # workers leave with the process that started them


def running(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_labels_are_needed_in_all_files_or_none(tmp_path: Path) -> None:
    labelled, bare = files.hdf5(tmp_path / "a.h5", files.jets(500, 1)), files.hdf5(tmp_path / "b.h5", files.jets(500, 2, labels=False))
    with pytest.raises(InvalidData, match=r"b\.h5.*no labels"):
        discover_files([labelled, bare], level="measure")
    with pytest.warns(PhysymWarning, match=r"labels are left out.*a\.h5"):
        assert discover_files([bare, labelled], level="measure").measure.rows == 1000
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert discover_files([bare, labelled]).support.rows == 2000  # labels play no role
    level = discover_files(bare, level="conditional").conditional
    assert level.algebra is None
    assert "no labels" in level.reason


def test_one_file_for_each_class(tmp_path: Path) -> None:
    content = files.jets(3000, 1)
    assert content.labels is not None
    paths = [files.hdf5(tmp_path / f"{label}.h5", content[content.labels == label]) for label in (0, 1)]
    apart = discover_files(paths, level="all")
    mixed = discover_files(files.hdf5(tmp_path / "mixed.h5", content), level="all")
    assert np.allclose(apart.conditional.spectrum, mixed.conditional.spectrum, rtol=1e-5)
    assert np.allclose(apart.measure.spectrum, mixed.measure.spectrum, rtol=1e-5)


def test_warnings_of_other_processes_are_issued_here_once(tmp_path: Path) -> None:
    momenta = files.jets(1200, 1).four_momenta.copy()
    momenta[::2, 0, 0] = np.sqrt(momenta[::2, 0, 0] ** 2 + 0.13957039**2)
    path = files.hdf5(tmp_path / "mixed.h5", Jets(momenta, rounding=2.0**-53))
    with pytest.warns(PhysymWarning, match="mixed") as caught:
        found = discover_files(path, workers=2, rows=400)
    assert len([w for w in caught if "mixed" in str(w.message)]) == 1
    assert "several masses" in found.provenance["warning"]


def test_wrong_questions_are_refused(folder: Path, tmp_path: Path) -> None:
    path = folder / "jets_0.h5"
    for wrong, sentence in (({"workers": 0}, "workers=0"), ({"rows": 0}, "rows=0"), ({"format": "csv"}, "format='csv'")):
        with pytest.raises(InvalidData, match=sentence):
            discover_files(path, **wrong)
    with pytest.raises(DiscoveryFailed, match="no level 'suport'"):
        discover_files(path, level="suport")  # type: ignore[arg-type]
    with pytest.raises(DiscoveryFailed, match="streamed with Spectral"):
        discover_files(path, object())  # type: ignore[arg-type]
    with pytest.raises(MissingFile, match=r"nothing\.h5"):
        discover_files(tmp_path / "nothing.h5")
    with pytest.raises(InvalidData, match="names no files"):
        discover_files(np.ones((3, 2, 4)))
    with pytest.raises(DiscoveryFailed, match="no jets"):
        discover_files(_empty(tmp_path))


def test_settings_that_need_all_rows_are_refused(folder: Path) -> None:
    path = folder / "jets_0.h5"
    for basis in (Affine(), Whitened(), so(3)):
        with pytest.raises(DiscoveryFailed, match="4×4"):
            discover_files(path, Spectral(basis=basis), reading=NOISY)
    with pytest.raises(DiscoveryFailed, match="test_functions"):
        discover_files(path, Spectral(test_functions=Harmonics()), reading=NOISY, level="measure")
    assert discover_files(path, Spectral(basis=so(1, 3)), reading=NOISY).support.searched.shape == (6, 4, 4)
    assert discover_files(
        path, Spectral(basis=BlockDiagonal(((0,), (1, 2, 3)))), reading=NOISY, level="measure"
    ).measure.searched.shape == (10, 4, 4)


def _empty(folder: Path) -> Path:
    import h5py

    with h5py.File(folder / "empty.h5", "w") as out:
        out["Pmu"] = np.zeros((5, 2, 4))
    return folder / "empty.h5"


def test_few_or_flat_jets_get_a_sentence(tmp_path: Path) -> None:
    few = discover_files(files.hdf5(tmp_path / "few.h5", files.jets(5, 1)), level="all")
    assert [level.algebra for level in few.levels] == [None] * 3
    assert "5 independent rows" in few.support.reason
    flat = files.jets(200, 1).four_momenta.copy()
    flat[..., 0] = np.hypot(flat[..., 1], flat[..., 2])
    flat[..., 3] = 0.0
    import h5py

    with h5py.File(tmp_path / "flat.h5", "w") as out:
        out["Pmu"] = flat
    with pytest.raises(DiscoveryFailed, match="span only 3 of 4"):
        discover_files(tmp_path / "flat.h5")
    assert discover_files(tmp_path / "flat.h5", level="all").support.status is Status.DEGENERATE


def test_settings_reach_the_sums(folder: Path) -> None:
    path = folder / "jets_0.h5"
    found = discover_files(path, Spectral(alpha=0.05, blocks=32, degree=1, measure_degree=2), reading=NOISY, level="all")
    assert found.measure.degree == 2
    assert len(found.measure.equation.influence) == 32
    assert found.conditional.degree == 1
    one = discover_files(path, reading=replace(NOISY, constituents=1), level="measure").measure
    assert one.searched.shape == (6, 4, 4)  # rotations after whitening; defects are measured beside those of all matrices
    assert one.equation.searched.shape == (16, 4, 4)
