"""Every command on its happy path and on each of its errors: codes, sentences, silence, and nothing written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from physym.algebra import LieAlgebra, export
from physym.algebra.catalogue import dilation, extend, gl, heisenberg, se, so, su
from physym.cli import LevelChoice, app
from physym.data import list_datasets
from physym.report import algebra_card
from tests.discovery.jets import momenta

COMMANDS = {
    ("discover", "lorentz"): {
        "--level",
        "--out",
        "--format",
        "--tree",
        "--collection",
        "--labels",
        "--units",
        "--constituents",
        "--seed",
        "--method",
        "--seeds",
        "--steps",
        "--checkpoint",
    },
    ("identify",): set(),
    ("export",): set(),
    ("datasets",): {"--path"},
    ("models",): set(),
}


def run(*arguments: object) -> Result:
    """Run the command line in this process, on a wide page."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})


def sentence(result: Result, *words: str) -> None:
    """Code 2, silence on standard output, one sentence with these words on standard error."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert re.fullmatch(r"physym: [^\n]+\n", result.stderr), result.stderr
    for word in words:
        assert word in result.stderr


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def jets_file(tmp_path: Path) -> Path:
    """Forty massless pairs with labels."""
    from physym.data import Jets
    from tests.data.test_loading import WRITERS

    labels = np.arange(40, dtype=np.int64) % 2
    return Path(WRITERS["parquet"](Jets(momenta(40, seed=0), labels=labels), tmp_path / "jets.parquet"))


@pytest.mark.parametrize("level", [choice.value for choice in LevelChoice])
def test_every_level_runs_quietly(level: str, jets_file: Path) -> None:
    result = run("discover", "lorentz", jets_file, "--level", level)
    assert result.exit_code == 0, result.output
    assert result.stderr == "", "no progress where there is no terminal"
    asked = ["support", "conditional", "measure"] if level == "all" else [level]
    block = result.stdout[result.stdout.index("Levels:") :]
    for name in ("support", "conditional", "measure"):
        line = next(line for line in block.splitlines() if line.startswith(f"  {name} "))
        # the conditional level needs the support, so its card holds both
        assert ("not asked for" in line) == (name not in asked and not (level == "conditional" and name == "support"))


def test_the_same_command_prints_the_same_card(jets_file: Path) -> None:
    """But for the milliseconds."""
    one, two = (re.sub(r"[\d.]+ ms", "", run("discover", "lorentz", jets_file).stdout) for _ in range(2))
    assert one == two
    assert one != re.sub(r"[\d.]+ ms", "", run("discover", "lorentz", jets_file, "--constituents", 1).stdout)


@pytest.mark.parametrize("unit", ["GeV", "MeV"])
def test_units_change_nothing_but_the_momenta(unit: str, jets_file: Path) -> None:
    assert run("discover", "lorentz", jets_file, "--units", unit).stdout.startswith("so(1,3) ⊕ R\n")


def test_units_that_no_collider_reaches_are_one_sentence(jets_file: Path) -> None:
    """Momenta of 200 read as TeV."""
    sentence(run("discover", "lorentz", jets_file, "--units", "TeV"), "collider", "units")


def test_several_files_are_one_sample(jets_file: Path) -> None:
    assert "160 constituents (80 independent)" in " ".join(run("discover", "lorentz", jets_file, jets_file).stdout.split())


def test_out_may_exist_and_be_nested(jets_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    for _ in range(2):
        result = run("discover", "lorentz", jets_file, "--out", folder)
        assert result.exit_code == 0, result.output
    (folder / "mine.txt").write_text("mine")
    assert run("discover", "lorentz", jets_file, "--out", folder).exit_code == 0
    assert sorted(content(folder)) == ["algebra.json", "algebra.png", "algebra.tex", "card.txt", "mine.txt"]
    assert (folder / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.h5"], ["missing.h5"]),
        (["missing.h5", "gone.root"], ["missing.h5"]),
        (["pythia_toptagg"], ["pythia_toptagg"]),
        (["FILE", "--format", "xlsx"], ["xlsx"]),
        (["FILE", "--units", "eVs"], ["eVs"]),
        (["FILE", "missing.npz"], ["missing.npz"]),
        (["two_body"], ["two_body", "no jets", "trajectories"]),
        (["digits"], ["digits", "no jets", "images"]),
        (["qm9"], ["qm9", "no jets", "molecules"]),
    ],
)
def test_bad_input_writes_nothing(arguments: list[str], words: list[str], jets_file: Path, tmp_path: Path) -> None:
    before = content(tmp_path)
    named = [str(jets_file) if argument == "FILE" else argument for argument in arguments]
    sentence(run("discover", "lorentz", *named, "--out", tmp_path / "report"), *words)
    assert content(tmp_path) == before
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize("junk", [b"", b"\x00" * 64, b"PK\x03\x04", b"root", b"\x89HDF\r\n\x1a\n", b"PAR1", b"not jets at all\n"])
@pytest.mark.parametrize("suffix", [".h5", ".root", ".npz", ".parquet", ".npy"])
def test_damaged_files_are_one_sentence(suffix: str, junk: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(junk)
    sentence(run("discover", "lorentz", path, "--out", tmp_path / "report"), "broken")
    assert sorted(content(tmp_path)) == [path.name]


@pytest.mark.parametrize(
    "arguments",
    [
        ["discover", "lorentz", "x", "--constituents", "0"],
        ["discover", "lorentz", "x", "--constituents", "two"],
        ["discover", "lorentz", "x", "--seed", "1.5"],
        ["discover", "lorentz", "x", "--level", "Support!"],
        ["discover", "lorentz", "x", "--nope"],
        ["discover", "poincare", "x"],
        ["identify", "a.json", "b.json"],
        ["datasets", "a", "b"],
        ["models", "--path"],
        ["nonsense"],
    ],
)
def test_wrong_usage_leaves_with_two(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("algebra", "name"),
    [(so(3), "so(3)"), (so(1, 3), "so(1,3)"), (su(2), "su(2)"), (extend(so(1, 2), dilation(3)), "so(1,2) ⊕ R"), (gl(2), "⊕ R")],
    ids=lambda value: getattr(value, "source", value),
)
def test_identify_names_what_was_exported(algebra: LieAlgebra, name: str, tmp_path: Path) -> None:
    result = run("identify", export(algebra, tmp_path / "algebra.json"))
    assert result.exit_code == 0, result.output
    assert name in result.stdout.splitlines()[0]
    assert f"dimension          {algebra.dimension} = " in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("algebra", [se(2), heisenberg(3)], ids=["se(2)", "heisenberg(3)"])
def test_identify_reports_the_radical(algebra: LieAlgebra, tmp_path: Path) -> None:
    found = run("identify", export(algebra, tmp_path / "algebra.json")).stdout
    assert "3 = 0 (Levi) + 3 (radical)" in found


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"basis": 3}', '{"basis": [[[1]], [[2, 3]]]}', "\x00", "NaN"])
def test_damaged_algebras_are_one_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "algebra.json"
    path.write_text(text)
    sentence(run("identify", path), "algebra.json")
    sentence(run("export", path, tmp_path / "out.tex"), "algebra.json")
    assert sorted(content(tmp_path)) == ["algebra.json"]


@pytest.mark.parametrize("suffix", [".tex", ".py", ".m", ".wl", ".sage", ".g", ".json"])
def test_export_says_what_it_wrote(suffix: str, tmp_path: Path) -> None:
    source, target = export(so(3), tmp_path / "algebra.json"), tmp_path / f"so3{suffix}"
    result = run("export", source, target)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"wrote {target}\n", "")
    assert target.stat().st_size > 0


def test_export_refuses_before_it_writes(tmp_path: Path) -> None:
    source = export(so(3), tmp_path / "algebra.json")
    for bad in ("a.pdf", "noend", "a.TEXT"):
        sentence(run("export", source, tmp_path / "good.tex", tmp_path / bad), ".tex")
        assert sorted(content(tmp_path)) == ["algebra.json"]


def test_datasets_and_models_answer(root: Path) -> None:
    for name in list_datasets():
        shown = run("datasets", name)
        assert shown.exit_code == 0
        assert shown.stdout == (root / "datasets" / name / "card.md").read_text(encoding="utf-8")
    sentence(run("datasets", "nothing_like_it"), "nothing_like_it")
    sentence(run("models", "nothing_like_it"), "nothing_like_it", "liegan_toptag")
    listed = run("models").stdout.splitlines()
    assert [line.partition(": ")[0] for line in listed] == ["liegan_toptag", "liegan_two_body"]
    for name in ("liegan_toptag", "liegan_two_body"):
        assert run("models", name).stdout == (root / "models" / name / "card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_lists_every_option_and_an_example(command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    listed = set(re.findall(r"--[a-z]+", result.stdout)) - {"--help", "--no"}
    assert COMMANDS[command] <= listed
    assert f"Example: physym {' '.join(command)}" in " ".join(result.stdout.split())


def test_the_list_of_commands_is_complete() -> None:
    """A command that is added must be added to these tests."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    names = {(name, sub) for name, command in group.commands.items() for sub in getattr(command, "commands", {"": None})}
    assert {tuple(part for part in pair if part) for pair in names} == set(COMMANDS)


def test_the_sentence_checker_sees_a_traceback() -> None:
    """The checker itself: a success is no failure."""
    with pytest.raises(AssertionError):
        sentence(run("datasets"))


@pytest.mark.parametrize("command", [("--help",), ("discover", "lorentz", "--help"), ("export", "--help"), ("--version",)], ids=" ".join)
def test_help_imports_nothing_heavy(command: tuple[str, ...]) -> None:
    code = (
        f"import sys\nfrom physym.cli import main\nsys.argv = {['physym', *command]!r}\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('heavy:', *sorted({'torch', 'numpy', 'awkward', 'matplotlib', 'sympy', 'scipy', 'uproot', 'h5py'} & sys.modules.keys()))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == "heavy:"


def test_the_printed_card_is_the_library_card(jets_file: Path) -> None:
    """The command adds nothing of its own."""
    from physym.data import load_jets
    from physym.discovery import discover_lorentz

    printed = run("discover", "lorentz", jets_file).stdout
    made = algebra_card(discover_lorentz(load_jets([str(jets_file)])))
    assert re.sub(r"[\d.]+ ms", "", printed) == re.sub(r"[\d.]+ ms", "", made)


def test_the_written_algebra_is_json_with_its_coordinates(jets_file: Path, tmp_path: Path) -> None:
    run("discover", "lorentz", jets_file, "--out", tmp_path / "report")
    fields = json.loads((tmp_path / "report" / "algebra.json").read_text(encoding="utf-8"))
    assert fields["coordinates"] == ["E", "px", "py", "pz"]
