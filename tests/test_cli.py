"""The command line: results on standard output, one sentence on standard error, nothing written after an error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import physym
from physym.algebra import export
from physym.algebra.catalogue import dilation, extend, so
from physym.cli import app
from physym.data import list_datasets
from physym.data.simulate import toy_jets
from physym.errors import PhysymWarning

SAMPLE = "datasets/pythia_toptag/sample.h5"


def run(*arguments: object) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def fails(result: Result, *words: str) -> None:
    """The command left with code 2 and one sentence that holds the words."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("physym: ")
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


@pytest.fixture
def algebra_file(tmp_path: Path) -> Path:
    return export(extend(so(1, 3), dilation(4)), tmp_path / "algebra.json")


def test_discover_lorentz_prints_the_card(root: Path) -> None:
    result = run("discover", "lorentz", root / SAMPLE)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("so(1,3) ⊕ R\n")
    for words in ("diag(1, -1, -1, -1)", "J_z = px ∂py − py ∂px", "8–16: p < 1e-9 refuted"):
        assert words in " ".join(result.stdout.split())
    assert result.stderr == "", "nothing but the result when no terminal is there"


def test_a_data_set_is_known_by_name_and_levels_can_be_chosen(root: Path) -> None:
    result = run("discover", "lorentz", "pythia_toptag", "--level", "all", "--seed", 3, "--constituents", 1)
    assert result.exit_code == 0, result.output
    for words in ("p(y | gx) = p(y | x)", "p(gx | y) = p(x | y)", "seed 3", "1 leading per jet"):
        assert words in result.stdout


def test_out_writes_the_card_and_the_algebra_goes_on(root: Path, tmp_path: Path) -> None:
    result = run("discover", "lorentz", root / SAMPLE, "--out", tmp_path / "report")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["algebra.json", "algebra.png", "algebra.tex", "card.txt"]
    assert (tmp_path / "report" / "card.txt").read_text() == result.stdout
    assert result.stderr.count("wrote ") == 4
    named = run("identify", tmp_path / "report" / "algebra.json")
    assert named.stdout.splitlines()[0] == "so(1,3) ⊕ R"
    exported = run("export", tmp_path / "report" / "algebra.json", tmp_path / "lorentz.g")
    assert exported.exit_code == 0
    assert "algebra := LieAlgebraByStructureConstants" in (tmp_path / "lorentz.g").read_text()


def test_identify_prints_the_evidence(algebra_file: Path) -> None:
    result = run("identify", algebra_file)
    assert result.exit_code == 0
    for words in ("so(1,3) ⊕ R", "Killing signature  (3, 3, 1)", "7 = 6 (Levi) + 1 (radical)", "  - "):
        assert words in result.stdout


def test_export_writes_every_format(algebra_file: Path, tmp_path: Path) -> None:
    outputs = [tmp_path / f"lorentz{suffix}" for suffix in (".tex", ".py", ".m", ".wl", ".sage", ".g", ".json")]
    result = run("export", algebra_file, *outputs)
    assert result.exit_code == 0, result.output
    assert all(path.stat().st_size > 500 for path in outputs)


def test_one_bad_output_writes_none(algebra_file: Path, tmp_path: Path) -> None:
    fails(run("export", algebra_file, tmp_path / "a.tex", tmp_path / "a.docx"), ".docx", ".sage")
    assert not (tmp_path / "a.tex").exists()


def test_datasets_are_listed_shown_and_located(root: Path) -> None:
    listed = run("datasets").stdout
    assert all(f"Dataset {name}: " in listed for name in list_datasets())
    assert run("datasets", "two_body").stdout == (root / "datasets" / "two_body" / "card.md").read_text()
    assert run("datasets", "two_body", "--path").stdout.strip().endswith("two_body/sample.npz")
    fails(run("datasets", "two_bodies"), "two_body")
    fails(run("datasets", "--path"), "pythia_toptag")


def test_models_are_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("physym.artefacts.artefact_folder", lambda _: tmp_path)
    assert "No models" in run("models").stdout
    fails(run("models", "lorentznet"), "lorentznet", "none has been released")
    (tmp_path / "lorentznet").mkdir()
    (tmp_path / "lorentznet" / "card.md").write_text("# LorentzNet, top tagging\nTrained on …\n")
    assert run("models").stdout == "lorentznet: LorentzNet, top tagging\n"
    assert "Trained on" in run("models", "lorentznet").stdout
    fails(run("models", "lorentz"), "Known: lorentznet")


def test_bad_input_is_one_sentence_and_nothing_is_written(tmp_path: Path, root: Path) -> None:
    out = tmp_path / "report"
    fails(run("discover", "lorentz", tmp_path / "gone.root", "--out", out), "gone.root")
    (tmp_path / "broken.root").write_bytes(b"root\x00\x00\x00")
    fails(run("discover", "lorentz", tmp_path / "broken.root", "--out", out), "broken.root")
    np.savez(tmp_path / "nothing.npz", x=np.zeros(3))
    fails(run("discover", "lorentz", tmp_path / "nothing.npz", "--out", out), "nothing.npz")
    fails(run("discover", "lorentz", "two_body", "--out", out), "two_body holds no jets")
    fails(run("discover", "lorentz", root / SAMPLE, "--units", "furlong", "--out", out), "furlong")
    assert not out.exists()


def test_a_file_in_place_of_the_folder_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("mine")
    fails(run("discover", "lorentz", "nowhere.root", "--out", tmp_path / "report"), "is a file")
    assert (tmp_path / "report").read_text() == "mine"


def test_a_damaged_algebra_names_file_and_cure(algebra_file: Path, tmp_path: Path) -> None:
    fields = json.loads(algebra_file.read_text())
    del fields["basis"]
    algebra_file.write_text(json.dumps(fields))
    for command in (("identify", algebra_file), ("export", algebra_file, tmp_path / "a.tex")):
        fails(run(*command), "algebra.json is damaged", "basis", "physym.export")
    assert not (tmp_path / "a.tex").exists()
    fails(run("identify", tmp_path / "gone.json"), "gone.json does not exist")
    fails(run("export", export(so(3), tmp_path / "so3.json"), tmp_path / "nowhere" / "a.tex"), "nowhere", "Create it first")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("needs a folder that nobody may write to (/proc)")
    fails(run("export", export(so(3), tmp_path / "so3.json"), "/proc/so3.tex"), "/proc/so3.tex", "cannot be written")


@pytest.mark.parametrize(
    "arguments",
    [["discover", "lorentz"], ["identify"], ["fit"], ["discover", "lorentz", "x", "--level", "all of them"], ["export", "a.json"]],
)
def test_wrong_usage_says_so(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.stderr


def test_control_c_leaves_with_130(algebra_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("physym.algebra.identify", interrupted)
    result = run("identify", algebra_file)
    assert result.exit_code == 130
    assert "Traceback" not in result.output


def test_a_mistake_of_ours_keeps_its_traceback(algebra_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("made up")

    monkeypatch.setattr("physym.algebra.identify", broken)
    assert isinstance(run("identify", algebra_file).exception, ZeroDivisionError)


def test_warnings_are_sentences_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def warn() -> tuple[str, ...]:
        for _ in range(2):
            warnings.warn("mixed masses:\n read the guide", PhysymWarning, stacklevel=2)
        warnings.warn("of no interest to a physicist", DeprecationWarning, stacklevel=2)
        return ()

    monkeypatch.setattr("physym.data.list_datasets", warn)
    before = warnings.showwarning
    result = run("datasets")
    assert result.stderr == "physym: warning: mixed masses: read the guide\n"
    assert warnings.showwarning is before


def test_the_mixture_of_masses_of_real_jets_is_told() -> None:
    result = run("discover", "lorentz", "cms_open_nanoaod")
    assert result.exit_code == 0, result.output
    assert result.stderr.startswith("physym: warning: ")
    assert "mixed masses" in result.stderr
    assert "pion mass" in result.stdout


def shell(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    code = "from physym.cli import main; main()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "NO_COLOR": "1", "COLUMNS": "120"}
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, env=environment)


def test_a_process_of_its_own() -> None:
    version = shell("--version")
    assert (version.returncode, version.stdout) == (0, f"physym {physym.__version__}\n")
    missing = shell("discover", "lorentz", "gone.root")
    assert missing.returncode == 2
    assert missing.stdout == ""
    assert missing.stderr.startswith("physym: gone.root")
    assert "Traceback" not in missing.stderr


def test_help_shows_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom physym.cli import main\nsys.argv = ['physym', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sorted({'torch', 'numpy', 'awkward', 'matplotlib', 'sympy', 'scipy'} & sys.modules.keys()), sep=',')"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == ""
    for command in ("discover", "identify", "export", "datasets", "models"):
        assert command in done.stdout


@pytest.mark.parametrize("out", ["file", "file/below", "file/below/that"])
def test_a_destination_that_cannot_be_is_refused_before_the_work(root: Path, tmp_path: Path, out: str) -> None:
    (tmp_path / "file").write_text("kept")
    fails(run("discover", "lorentz", root / SAMPLE, "--out", tmp_path / out), "is a file", "name a folder")
    assert (tmp_path / "file").read_text() == "kept"


def test_a_folder_without_permission_is_refused_before_the_work(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("physym.cli.checks.os.access", lambda path, mode: path != tmp_path)
    fails(run("discover", "lorentz", root / SAMPLE, "--out", tmp_path / "new" / "report"), "cannot be written to", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_data_set_that_is_nearly_named_is_not_taken_for_a_file() -> None:
    fails(run("discover", "lorentz", "pythia_toptga"), "no data set 'pythia_toptga'", "Did you mean pythia_toptag")
    fails(run("discover", "lorentz", "my_own_jets"), "my_own_jets: no such file")


def test_a_plain_array_is_read_once_its_order_is_stated(tmp_path: Path) -> None:
    jets = toy_jets(200, seed=1).four_momenta[..., [1, 2, 3, 0]]
    np.save(tmp_path / "jets.npy", jets)
    fails(run("discover", "lorentz", tmp_path / "jets.npy", "--out", tmp_path / "out"), "jets.npy", "order=")
    result = run("discover", "lorentz", tmp_path / "jets.npy", "--order", "px,py,pz,E", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("so(1,3) ⊕ R\n")


def test_the_resolution_of_measured_momenta_can_be_stated(tmp_path: Path) -> None:
    np.save(tmp_path / "jets.npy", toy_jets(500, seed=1, noise=0.02).four_momenta)
    options = ("--order", "E,px,py,pz")
    fails(run("discover", "lorentz", tmp_path / "jets.npy", *options), "E < |p|", "resolution=")
    assert run("discover", "lorentz", tmp_path / "jets.npy", *options, "--resolution", 0.02).exit_code == 0
    fails(run("discover", "lorentz", tmp_path / "jets.npy", *options, "--resolution", "nan"), "resolution=nan")


def test_options_out_of_range_leave_with_code_2(root: Path, tmp_path: Path) -> None:
    for option, value in (("--constituents", 0), ("--seed", -1), ("--level", "none"), ("--constituents", 10**11)):
        result = run("discover", "lorentz", root / SAMPLE, option, value, "--out", tmp_path / "out")
        assert result.exit_code == 2, (option, value)
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []
