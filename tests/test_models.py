"""Released models: every card is complete, the files agree with each other and with the data, and the figures can be recomputed."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

import physym
from benchmarks.release.__main__ import WHERE, main
from benchmarks.release.card import figures, with_measured_sections
from benchmarks.release.folder import settings, write_folder
from benchmarks.release.liegan import RELEASES
from physym.algebra import identify, load_algebra, principal_cosines
from physym.artefacts import artefact, artefact_folder
from physym.data import describe_dataset
from physym.discovery.adversarial import Optimisation, Trials
from tests.test_readme import matches, printed

SECTIONS = ("What it is", "Training data", "How it was found", "Figures", "Limits", "Licence", "Citation", "How to load")
FILES = ("algebra.json", "card.md", "config.json", "metrics.json", "weights.safetensors")
NAMES = {"liegan_two_body": ("so(2)", 1, 8), "liegan_toptag": ("so(1,3) ⊕ R", 7, 4)}
COSINES = {"liegan_two_body": "cosine to so(2)", "liegan_toptag": "smallest principal cosine to so(1,3) ⊕ R"}
LARGEST = 300_000  # bytes of a file
PATHS = re.compile(r"(?<![\w.>)])/(?:\w+/)+\w|[A-Z]:\\\\|file://")  # absolute ones

every_model = pytest.mark.parametrize("name", NAMES)


def folder_of(name: str) -> Path:
    """The folder of a model."""
    return artefact_folder("models") / name


def read(name: str, file: str) -> dict[str, Any]:
    """One of its JSON files."""
    return dict(json.loads(artefact("models", name, file).read_text(encoding="utf-8")))


def missing_sections(card: str) -> list[str]:
    """Sections of a card that are absent or empty."""
    return [name for name in SECTIONS if not re.search(rf"^## {name}\n+[^#\s]", card, re.M)]


def truth(name: str) -> np.ndarray:
    """Orthonormal rows of the algebra known from the physics, written out entry by entry."""
    if name == "liegan_two_body":
        one = np.zeros((8, 8))
        one[range(1, 8, 2), range(0, 8, 2)], one[range(0, 8, 2), range(1, 8, 2)] = 1.0, -1.0
        return one.reshape(1, 64) / np.linalg.norm(one)
    basis = [np.eye(4)]
    for i in range(4):
        for j in range(i + 1, 4):
            one = np.zeros((4, 4))
            one[i, j], one[j, i] = 1.0, 1.0 if i == 0 else -1.0
            basis.append(one)
    return np.array([one.ravel() / np.linalg.norm(one) for one in basis])


def smallest_cosine(basis: np.ndarray, rows: np.ndarray) -> float:
    """Smallest principal cosine, from the projector of the one span on the other."""
    flat = basis.reshape(len(basis), -1)
    projector = np.linalg.pinv(flat) @ flat
    return float(np.sqrt(max(np.linalg.eigvalsh(rows @ projector @ rows.T).min(), 0.0)))


def test_the_models_are_those_that_can_be_trained_anew() -> None:
    assert sorted(path.name for path in artefact_folder("models").iterdir() if path.is_dir()) == sorted(NAMES)
    assert set(WHERE) == set(RELEASES) == set(NAMES)


@every_model
def test_every_card_has_every_section(name: str) -> None:
    assert missing_sections(artefact("models", name, "card.md").read_text(encoding="utf-8")) == []


def test_the_check_of_cards_finds_a_missing_section() -> None:
    card = artefact("models", "liegan_toptag", "card.md").read_text(encoding="utf-8")
    assert missing_sections(card.replace("## Limits", "## Boundaries")) == ["Limits"]
    assert missing_sections(re.sub(r"## Licence\n[^#]*", "## Licence\n\n", card)) == ["Licence"]


@every_model
def test_a_folder_holds_small_files_and_no_code(name: str) -> None:
    files = sorted(folder_of(name).rglob("*"))
    assert [path.name for path in files] == sorted(FILES)
    assert all(path.stat().st_size < LARGEST for path in files)


@every_model
def test_no_file_names_a_place_on_a_disk(name: str) -> None:
    for file in FILES[:-1]:
        assert PATHS.findall(artefact("models", name, file).read_text(encoding="utf-8")) == [], file


def test_the_check_of_places_finds_one() -> None:
    assert PATHS.search('"source": "LieGAN, support level of /data/jets/sample.h5"')
    assert not PATHS.search("so(1,3), x/y/z and https://doi.org/10.1/2")


@every_model
def test_files_agree_with_each_other_and_with_the_data(name: str) -> None:
    config, metrics, release = read(name, "config.json"), read(name, "metrics.json"), RELEASES[name]
    weights = load_file(artefact("models", name, "weights.safetensors"))
    title, dimension, n = NAMES[name]
    assert config["model"] == metrics["model"] == name
    assert config["seeds"] == metrics["seeds"] == weights["seeds"].tolist() == list(range(5 * release.seed, 5 * release.seed + 5))
    assert (
        (config["dataset"], config["split"]) == (metrics["data"]["dataset"], metrics["data"]["split"]) == (release.dataset, release.split)
    )
    assert config["level"] == metrics["referee"]["level"] == release.level
    assert weights["generators"].shape == (5, dimension, n, n)
    assert weights["generators"].dtype == np.float64
    assert metrics["common algebra"]["name"] == title
    assert metrics["common algebra"]["dimension"] == config["method"]["generators"] == dimension
    sample = describe_dataset(release.dataset).sample
    assert sample is not None
    digest = hashlib.sha256(sample.read_bytes()).hexdigest()
    assert metrics["data"] | {"sha256": digest, "file": sample.name} == metrics["data"]
    assert digest in artefact("models", name, "card.md").read_text(encoding="utf-8")


@every_model
def test_the_script_still_trains_with_the_released_settings(name: str) -> None:
    stored, now = read(name, "config.json")["method"], json.loads(json.dumps(settings(RELEASES[name].method)))
    assert {key: now.get(key) for key in stored} == stored


@every_model
def test_measured_sections_of_the_card_are_those_of_the_files(name: str) -> None:
    card = artefact("models", name, "card.md").read_text(encoding="utf-8")
    config, metrics = read(name, "config.json"), read(name, "metrics.json")
    assert with_measured_sections(card, config, metrics) == card
    metrics["referee"]["certified defect"] = 0.5
    assert with_measured_sections(card, config, metrics) != card
    with pytest.raises(ValueError, match="Figures"):
        with_measured_sections(card.replace("## Figures", "## Numbers"), config, metrics)


@every_model
def test_the_algebra_loads_and_is_what_the_card_says(name: str) -> None:
    algebra, (title, dimension, n) = load_algebra(artefact("models", name, "algebra.json")), NAMES[name]
    assert algebra.basis.shape == (dimension, n, n)
    assert identify(algebra).name == title
    assert algebra.covariance is not None
    assert RELEASES[name].dataset in algebra.source
    metrics = read(name, "metrics.json")["common algebra"]
    angle = np.arccos(np.clip(smallest_cosine(algebra.basis, truth(name)), -1, 1))
    assert angle == pytest.approx(metrics["angle to the textbook algebra (rad)"], rel=1e-3)
    assert np.sqrt(np.diag(algebra.covariance).max()) == pytest.approx(metrics["largest standard error of an entry"])


@every_model
def test_the_generators_give_the_figures(name: str) -> None:
    weights = load_file(artefact("models", name, "weights.safetensors"))
    stored = read(name, "metrics.json")["figures"]
    assert np.linalg.norm(weights["generators"], axis=(2, 3)) == pytest.approx(1.0)
    cosines = np.array([smallest_cosine(basis, truth(name)) for basis in weights["generators"]])
    assert cosines == pytest.approx(stored[COSINES[name]]["values"], abs=1e-9)
    assert cosines.min() > 0.9999
    assert weights["statistic"] == pytest.approx(stored["held-out statistic"]["values"])
    for figure in stored.values():
        assert figure["mean"] == pytest.approx(np.mean(figure["values"]))
        assert figure["spread"] == pytest.approx(np.std(figure["values"], ddof=1))
    for key, values in RELEASES[name].figures(weights["generators"]).items():
        assert values == pytest.approx(stored[key]["values"], abs=1e-9)


def test_other_generators_do_not_give_the_figures() -> None:
    generators = load_file(artefact("models", "liegan_toptag", "weights.safetensors"))["generators"].copy()
    generators[0, 0] = np.diag([1.0, -1.0, 0.0, 0.0]) / 2**0.5
    assert smallest_cosine(generators[0], truth("liegan_toptag")) < 0.99


@every_model
def test_the_referee_says_the_same_today(name: str) -> None:
    release, metrics = RELEASES[name], read(name, "metrics.json")
    level = release.find(release, physym.Spectral()).level
    stored = metrics["referee"]
    assert {str(test.dimension): test.p_value for test in level.tests} == pytest.approx(stored["p-values"], rel=1e-4, abs=1e-12)
    assert level.certify(release.truth) == pytest.approx(stored["certified defect of the textbook algebra"], rel=0.01)
    dimension = metrics["common algebra"]["dimension"]
    assert stored["p-values"][str(dimension)] > stored["alpha"] > stored["p-values"][str(dimension + 1)]
    assert stored["p-value of these generators"] < stored["alpha"]  # the cards say so under Limits
    algebra = load_algebra(artefact("models", name, "algebra.json"))
    assert level.algebra is not None
    assert principal_cosines(level.algebra, algebra).min() > 0.9999
    assert metrics["Spectral on the same data"]["angle to the textbook algebra (rad)"] < 0.001


@pytest.mark.parametrize("page", ["README.md", *(f"{name}/card.md" for name in NAMES)])
def test_code_prints_what_it_says(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = printed((artefact_folder("models") / page).read_text(encoding="utf-8"))
    assert blocks
    for code, output in blocks:
        screen = io.StringIO()
        with contextlib.redirect_stdout(screen):
            exec(compile(code, page, "exec"), {"__name__": page})
        assert output
        assert matches(screen.getvalue(), output), screen.getvalue()


def test_the_page_of_models_names_them_all() -> None:
    page = (artefact_folder("models") / "README.md").read_text(encoding="utf-8")
    assert all(f"({name}/card.md)" in page for name in NAMES)


def test_an_unknown_model_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["no_such_model"])
    assert "liegan_toptag" in capsys.readouterr().err


def test_a_short_training_writes_the_whole_folder(tmp_path: Path) -> None:
    release = RELEASES["liegan_toptag"]
    method = replace(release.method, seeds=2, optimisation=Optimisation(steps=20), trials=Trials(starts=1))
    with pytest.raises(FileNotFoundError):
        write_folder(release, tmp_path)
    shutil.copy(artefact("models", release.name, "card.md"), tmp_path)
    paths = write_folder(replace(release, method=method), tmp_path)
    assert sorted(path.name for path in paths) == sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    metrics, card = (tmp_path / "metrics.json").read_text(encoding="utf-8"), (tmp_path / "card.md").read_text(encoding="utf-8")
    assert figures(json.loads(metrics)) in card
    assert "over 2 seeds" in card
    assert missing_sections(card) == []
    assert not any(PATHS.search((tmp_path / file).read_text(encoding="utf-8")) for file in FILES[:-1])
    weights = load_file(tmp_path / "weights.safetensors")
    assert weights["generators"].shape == (2, 7, 4, 4)
    assert not np.allclose(weights["generators"], load_file(artefact("models", release.name, "weights.safetensors"))["generators"][:2])
