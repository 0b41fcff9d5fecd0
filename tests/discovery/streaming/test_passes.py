"""Further passes over the files: the logit keeps the symmetries of steep labels, whoever reads and however often."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from physym import Jets, discover_lorentz, load_jets
from physym.data import Partition, partitions
from physym.discovery import discover_files
from physym.discovery.spectral.statistics import LogitStatistics
from physym.discovery.streaming.cache import Cache
from physym.discovery.streaming.collect import collect
from physym.discovery.streaming.engines import in_this_process
from physym.discovery.streaming.merge import merged
from physym.discovery.streaming.partial import Partial
from physym.discovery.streaming.passes import LogitPasses
from physym.discovery.streaming.recipe import Reading, Recipe
from physym.errors import InvalidData
from tests.discovery.streaming import files

RECIPE = Recipe(row_degree=2, labelled=True, gram_scale=256.0, row_scale=(128.0,) * 8)


def steep_jets(seed: int, rows: int = 5000, *, strength: float = 2.0) -> Jets:
    """Labels whose logit is the squared mass of two massless constituents: symmetric under so(1,3) and no dilation."""
    momenta = files.jets(rows, seed).four_momenta
    first, second = momenta[:, 0], momenta[:, 1]
    mass = first[:, 0] * second[:, 0] - (first[:, 1:] * second[:, 1:]).sum(1)
    logit = strength * (mass - np.median(mass)) / mass.std()
    labels = np.random.default_rng(1000 + seed).uniform(size=rows) < 1 / (1 + np.exp(-logit))
    return Jets(momenta, labels=labels.astype(np.int64), rounding=2.0**-53)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files.hdf5(tmp_path_factory.mktemp("steep") / "jets.h5", steep_jets(0))


def test_steep_labels_keep_their_six_dimensions(tmp_path: Path) -> None:
    for seed in range(6):
        file = files.hdf5(tmp_path / f"{seed}.h5", steep_jets(seed))
        found = discover_files(file, level="all", rows=2500)
        assert found.conditional.dimension == 6
        assert "logit of y was fitted" in found.conditional.note
    theirs = discover_lorentz(load_jets(file), level="all").conditional
    assert theirs.dimension == 6
    spectra = [level.equation.svd[1] for level in (found.conditional, theirs)]
    assert np.allclose(*spectra, rtol=1e-4, atol=1e-4 * spectra[1][0])


def test_the_number_of_processes_changes_nothing(path: Path) -> None:
    one, two = (discover_files(path, level="conditional", rows=1250, workers=workers).conditional for workers in (1, 2))
    assert np.array_equal(one.spectrum, two.spectrum)
    assert one.note == two.note


def test_every_pass_is_shown_and_kept(path: Path, tmp_path: Path) -> None:
    steps: dict[str, int] = {}

    def show(step: str, done: int, total: int | None) -> None:
        steps[step] = done

    first = discover_files(path, level="conditional", rows=1250, cache=tmp_path, progress=show).conditional
    passes = int(first.note.split(" in ")[1].split(" ")[0])
    assert {name for name in steps if name.startswith("logit, pass")} == {f"logit, pass {k + 1}" for k in range(passes)}
    assert steps["logit, pass 1"] == steps["jets"] == 5000
    assert steps["logit of the first part, pass 1"] == 1250
    stored = {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    again = discover_files(path, level="conditional", rows=1250, cache=tmp_path).conditional
    assert np.array_equal(again.spectrum, first.spectrum)
    assert {file.name: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == stored  # nothing was read, nothing stored


def test_one_class_in_the_first_part_is_no_trouble(path: Path, tmp_path: Path) -> None:
    content = steep_jets(0)
    assert content.labels is not None
    apart = [files.hdf5(tmp_path / f"{label}.h5", content[content.labels == label]) for label in (0, 1)]
    found, mixed = (discover_files(paths, level="conditional").conditional for paths in (apart, path))
    assert np.allclose(found.equation.svd[1], mixed.equation.svd[1], rtol=1e-5, atol=1e-6 * mixed.equation.svd[1][0])


def test_the_sums_of_a_pass_come_back_from_the_cache_to_the_last_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    logit = LogitStatistics(rng.normal(size=(8, 3, 3)), rng.normal(size=(8, 3)), 0.1 + 0.2, 7)
    cache, part = Cache(tmp_path, "recipe"), Partition(Path("a.npz"), "npz")
    cache.store(part, "sum", Partial(5, logit=logit))
    found = cache.load(part, "sum")
    assert found is not None
    assert found.logit is not None
    assert np.array_equal(found.logit.gram, logit.gram)
    assert np.array_equal(found.logit.score, logit.score)
    assert (found.logit.loss, found.logit.wrong) == (logit.loss, logit.wrong)


def test_files_that_change_between_the_passes_are_noticed(tmp_path: Path) -> None:
    recipe = replace(RECIPE, reading=Reading(order="E,px,py,pz"))
    file = files.npz(tmp_path / "jets.npz", steep_jets(2, 600))
    parts = partitions(file)
    before = merged(parts, partial(collect, recipe=recipe), in_this_process)
    passes = LogitPasses(parts, recipe, in_this_process, before, 2)
    assert passes(np.zeros(45)).loss == pytest.approx(600 * np.log(2))
    files.npz(file, steep_jets(2, 500))
    with pytest.raises(InvalidData, match=r"600 jets were read first and 500 now"):
        passes(np.zeros(45))
