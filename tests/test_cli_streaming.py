"""The command line on files that are streamed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from physym.cli import app

SAMPLE = "datasets/pythia_toptag/sample.h5"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["discover", "lorentz", *map(str, arguments)])


def before_provenance(text: str) -> list[str]:
    """The card without what tells the two ways apart: source, times and parts."""
    return text.partition("Provenance")[0].splitlines()


def test_streaming_finds_what_loading_finds(root: Path, tmp_path: Path) -> None:
    loaded = run(root / SAMPLE)
    streamed = run(root / SAMPLE, "--cache", tmp_path / "cache")
    assert (loaded.exit_code, streamed.exit_code) == (0, 0), streamed.output
    assert streamed.stdout.startswith("so(1,3) ⊕ R\n")
    assert before_provenance(loaded.stdout)[:12] == before_provenance(streamed.stdout)[:12]
    assert len(list((tmp_path / "cache").glob("*.npz"))) == 1
    assert "from the cache" in run(root / SAMPLE, "--cache", tmp_path / "cache").stdout


@pytest.mark.parametrize("options", [["--workers", "1"], ["--cache", "somewhere"]])
def test_a_data_set_is_not_streamed(options: list[str]) -> None:
    result = run("pythia_toptag", *options)
    assert result.exit_code == 2
    assert "leave them out" in result.stderr


def test_a_file_in_place_of_the_cache_is_refused_before_the_work(root: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    result = run(root / SAMPLE, "--cache", taken)
    assert result.exit_code == 2
    assert "--cache" in result.stderr
    assert "is a file" in result.stderr
