"""What is exported reads back as the same algebra, in every language."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import LieAlgebra, export, extend, invariant_metric, load_algebra, render
from physym.algebra.catalogue import change_of_basis, dilation, direct_sum, heisenberg, sl, so, su
from physym.errors import InvalidData, MissingFile, PhysymError
from tests.algebra.readers_of_exports import UnreadableError, check_latex, read_brackets, read_latex, read_matrices

FOUR = ("E", "px", "py", "pz")


def exactly(algebra: LieAlgebra, scale: sympy.Expr | int = 1) -> LieAlgebra:
    """The algebra with integer entries times ``scale``, as a snapped one would have them."""
    exact = tuple(sympy.ImmutableMatrix(algebra.n, algebra.n, [scale * round(float(e)) for e in m.flat]) for m in algebra.basis)
    return LieAlgebra(algebra.basis * float(scale), coordinates=algebra.coordinates, source=algebra.source, exact=exact)


def measured(algebra: LieAlgebra, error: float, seed: int = 0) -> LieAlgebra:
    """The algebra with noisy entries and the covariance of the noise."""
    noise = error * np.random.default_rng(seed).normal(size=algebra.basis.shape)
    return LieAlgebra(
        algebra.basis + noise, covariance=error**2 * np.eye(algebra.basis.size), coordinates=algebra.coordinates, source="simulated"
    )


LORENTZ = extend(so(1, 3), dilation(4))
CASES = {
    "exact": exactly(LORENTZ),
    "square roots": exactly(so(1, 3), sympy.sqrt(2) / 2),
    "halves": exactly(su(2), sympy.Rational(1, 2)),
    "measured": measured(LORENTZ, 1e-3),
    "tiny errors": measured(so(1, 3), 1e-9),
    "eight coordinates": measured(direct_sum(so(4), so(4)), 1e-3),
    "floats": so(3),
    "no metric": heisenberg(3),
    "abelian": dilation(2),
    "empty": LieAlgebra(np.zeros((0, 2, 2))),
}
LANGUAGES = ("wl", "sage", "g")


@pytest.fixture(params=CASES)
def algebra(request: pytest.FixtureRequest) -> LieAlgebra:
    return CASES[request.param]


def run_python(text: str) -> dict[str, Any]:
    """What an exported script defines; it checks itself while it runs."""
    defined: dict[str, Any] = {}
    exec(compile(text, "algebra.py", "exec"), defined)
    return defined


def same(matrix: sympy.Matrix, algebra: LieAlgebra, index: int) -> bool:
    """Exactly the same entries, or exactly the same floats."""
    if algebra.exact:
        return bool((matrix - algebra.exact[index]).applyfunc(sympy.simplify).is_zero_matrix)
    return bool((np.array(matrix.tolist(), dtype=float) == algebra.basis[index]).all())


def test_json_gives_the_same_algebra_back(algebra: LieAlgebra, tmp_path: Path) -> None:
    back = load_algebra(export(algebra, tmp_path / "algebra.json"))
    assert (back.basis == algebra.basis).all()
    assert back.basis.shape == algebra.basis.shape
    assert (back.coordinates, back.source, back.exact) == (algebra.coordinates, algebra.source, algebra.exact)
    assert (back.covariance is None) == (algebra.covariance is None)
    if algebra.covariance is not None:
        assert (back.covariance == algebra.covariance).all()


def test_python_defines_the_generators_and_checks_them(algebra: LieAlgebra) -> None:
    defined = run_python(render(algebra, ".py"))
    generators = defined.get("generators", [])
    assert len(generators) == algebra.dimension
    assert all(same(generator, algebra, index) for index, generator in enumerate(generators))
    if algebra.covariance is not None:
        assert np.allclose(np.array([m.tolist() for m in defined["errors"]], dtype=float), algebra.errors)


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_read_back(algebra: LieAlgebra, language: str) -> None:
    text = render(algebra, f".{language}")
    if not algebra.dimension:
        assert "generators" not in text.replace("Generators", "")
        return
    matrices = read_matrices(text, "generators", language)
    assert len(matrices) == algebra.dimension
    assert all(same(matrix, algebra, index) for index, matrix in enumerate(matrices))
    if algebra.covariance is not None:
        errors = np.array([m.tolist() for m in read_matrices(text, "errors", language)], dtype=float)
        assert (errors == algebra.errors).all()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["exact", "square roots", "halves"])
def test_exact_structure_constants_hold(name: str, language: str) -> None:
    algebra = CASES[name]
    table = read_brackets(render(algebra, f".{language}"), language)
    assert table
    for i, first in enumerate(algebra.exact):
        for j in range(i + 1, algebra.dimension):
            defect = first * algebra.exact[j] - algebra.exact[j] * first
            for k, generator in enumerate(algebra.exact):
                defect -= table.get((i, j, k), 0) * generator
            assert defect.applyfunc(sympy.simplify).is_zero_matrix


def test_structure_constants_of_floats_are_those_of_the_algebra() -> None:
    algebra = CASES["measured"]
    table = read_brackets(render(algebra, ".g"), "g")
    constants = algebra.structure_constants
    floor = 1e-8 * np.abs(constants).max()
    expected = {k: constants[k] for k in map(tuple, np.argwhere(np.abs(constants) > floor).tolist()) if k[0] < k[1]}
    assert table.keys() >= expected.keys()
    assert all(float(table[key]) == pytest.approx(value) for key, value in expected.items())


def test_latex_reads_back(algebra: LieAlgebra) -> None:
    displays = [matrix for symbol, matrix in read_latex(render(algebra, ".tex")) if symbol != "\\eta"]
    assert len(displays) == algebra.dimension
    for index, matrix in enumerate(displays):
        if algebra.exact:
            assert same(matrix, algebra, index)
        else:
            digits = np.array(matrix.tolist(), dtype=float)
            assert np.abs(digits - algebra.basis[index]).max() <= max(1e-6, 0.06 * algebra.errors.max())


@pytest.mark.parametrize("suffix", [".tex", ".py", ".m", ".wl", ".sage", ".g", ".json"])
def test_every_format_states_its_conventions(suffix: str) -> None:
    text = render(CASES["measured"], suffix)
    for words in ("Coordinates: E, px, py, pz", "acts on columns", "signature (1, 3)", "standard error", "Source: simulated", "K_x"):
        assert words in text, words


def test_exact_fractions_and_roots_in_latex() -> None:
    assert r"\frac{\sqrt{2}}{2}" in render(CASES["square roots"], ".tex")
    assert r"\frac{1}{2}" in render(CASES["halves"], ".tex")


def test_errors_are_shown_beside_values() -> None:
    assert r"\pm 0.0010" in render(CASES["measured"], ".tex")
    assert "± 0.0010" in render(CASES["measured"], ".py")
    assert "+- 0.0010" in render(CASES["measured"], ".wl")
    assert r"\pm" not in render(CASES["exact"], ".tex")


@pytest.mark.parametrize("suffix", [".tex", ".wl", ".sage", ".g"])
def test_a_metric_reads_back(suffix: str) -> None:
    metric = invariant_metric(measured(so(1, 3), 1e-4))
    text = render(metric, suffix)
    read = read_latex(text)[0][1] if suffix == ".tex" else read_matrices(text, "metric", suffix[1:])[0]
    assert np.allclose(np.array(read.tolist(), dtype=float), metric.matrix, atol=1e-5 if suffix == ".tex" else 0, rtol=0)


def test_a_metric_in_python_and_json(tmp_path: Path) -> None:
    import json

    metric = invariant_metric(so(1, 3))
    assert np.allclose(np.array(run_python(render(metric, ".py"))["metric"].tolist(), dtype=float), metric.matrix)
    fields = json.loads(export(metric, tmp_path / "metric.json").read_text())
    assert fields["matrix"] == metric.matrix.tolist()
    assert fields["signature"] == [1, 3]


def test_the_metric_of_exact_generators_is_exact() -> None:
    metric = run_python(render(CASES["exact"], ".py"))["metric"]
    assert metric == sympy.diag(1, -1, -1, -1)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([so(2, 1), sl(2), so(1, 3)]))
def test_any_basis_survives_a_round_trip(seed: int, algebra: LieAlgebra) -> None:
    turned = change_of_basis(algebra, seed=seed, conjugate=True)
    for language in LANGUAGES:
        matrices = read_matrices(render(turned, f".{language}"), "generators", language)
        assert all(same(matrix, turned, index) for index, matrix in enumerate(matrices))


HOSTILE = 'x"""\nimport os\nos.abort() # *) Quit[]; (* \\end{document} "); QUIT; %'


@pytest.mark.parametrize("suffix", [".tex", ".py", ".wl", ".sage", ".g", ".json"])
def test_a_source_or_a_coordinate_cannot_write_code(suffix: str, tmp_path: Path) -> None:
    algebra = LieAlgebra(so(2).basis, coordinates=(HOSTILE, "y"), source=HOSTILE)
    text = render(algebra, suffix)
    if suffix == ".py":
        assert run_python(text)["coordinates"][1] == "y"
    elif suffix == ".json":
        (tmp_path / "a.json").write_text(text)
        assert load_algebra(tmp_path / "a.json").source == HOSTILE
    elif suffix == ".tex":
        assert "os.abort" not in "".join(line.split("%")[0] for line in text.splitlines())
        read_latex(text)
    else:
        assert len(read_matrices(text, "generators", suffix[1:])) == 1
        assert not any(line.startswith(("import", "os.")) for line in text.splitlines())


def test_an_unknown_suffix_lists_the_known_and_writes_nothing(tmp_path: Path) -> None:
    for name in ("algebra.docx", "algebra"):
        with pytest.raises(InvalidData, match=r"\.tex.*\.py.*\.wl.*\.sage.*\.g.*\.json"):
            export(so(3), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"nowhere does not exist\. Create it"):
        export(so(3), tmp_path / "nowhere" / "so3.tex")


def test_an_entry_that_gap_cannot_hold_writes_nothing(tmp_path: Path) -> None:
    cube_root = exactly(so(2), sympy.cbrt(2))
    with pytest.raises(InvalidData, match="Export to"):
        export(cube_root, tmp_path / "so2.g")
    assert not list(tmp_path.iterdir())


def test_a_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    path = export(so(2), tmp_path / "so2.g")
    before = path.read_text()
    with pytest.raises(PhysymError):
        export(exactly(so(2), sympy.cbrt(2)), path)
    assert path.read_text() == before
    assert [p.name for p in tmp_path.iterdir()] == ["so2.g"]


OPENINGS = {"wl": "generators = {", "sage": "generators = [", "g": "generators := ["}
DAMAGE = [(language, *change) for language in LANGUAGES for change in ((",", ",,"), ("1", "one"), ("generators", "generator"), ("0", "7"))]
DAMAGE += [("wl", "}", ""), ("sage", "]", ""), ("g", "]", "")]


@pytest.mark.parametrize(("language", "old", "new"), DAMAGE)
def test_the_readers_refuse_a_damaged_file(language: str, old: str, new: str) -> None:
    head, mark, tail = render(CASES["exact"], f".{language}").rpartition(OPENINGS[language])
    # comments hold commas and digits too: damage the matrices themselves
    comment, bracket, body = tail.partition(OPENINGS[language][-1])
    if old in mark:
        mark = mark.replace(old, new)
    else:
        body = body.replace(old, new, 1)
    with pytest.raises((UnreadableError, ValueError, TypeError)):
        read_the_same(head + mark + comment + bracket + body, language)


def read_the_same(text: str, language: str) -> None:
    """Read the generators of the exact Lorentz algebra, or refuse."""
    matrices = read_matrices(text, "generators", language)
    if not all(same(matrix, CASES["exact"], index) for index, matrix in enumerate(matrices)):
        raise UnreadableError("other numbers")


@pytest.mark.parametrize(("old", "new"), [(r"\end{pmatrix}", ""), (r"\]", ""), ("{", ""), (r"\begin{align*}", r"\begin{align}")])
def test_the_latex_reader_refuses_a_damaged_file(old: str, new: str) -> None:
    text = render(CASES["square roots"], ".tex")
    body = text[text.index("\\[\n") :]
    check_latex(body)
    with pytest.raises(UnreadableError):
        check_latex(body.replace(old, new, 1))


def test_a_damaged_script_refuses_to_run() -> None:
    text = render(CASES["exact"], ".py")
    for wrong in (text.replace("S(1)", "S(2)", 1), text.replace("(0, 1): {3: S(-1)}", "(0, 1): {3: S(1)}")):
        assert wrong != text
        with pytest.raises(ValueError, match="does not"):
            run_python(wrong)


@pytest.mark.parametrize("name", ["exact", "measured", "square roots", "eight coordinates"])
def test_latex_compiles(name: str, tmp_path: Path) -> None:
    compiler = shutil.which("tectonic") or shutil.which("pdflatex")
    if compiler is None:
        pytest.skip("no LaTeX compiler (tectonic or pdflatex) on this machine; the file is parsed in the tests above")
    export(CASES[name], tmp_path / "algebra.tex")
    (tmp_path / "paper.tex").write_text(
        r"\documentclass{article}\usepackage{amsmath,amssymb}\allowdisplaybreaks\begin{document}\input{algebra.tex}\end{document}"
    )
    options = [] if "tectonic" in compiler else ["-interaction=nonstopmode", "-halt-on-error"]
    run = subprocess.run([compiler, *options, "paper.tex"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-2000:]
    # eight columns fit the wider page of the card; whether they fit a paper depends on the digits that the errors deserve
    assert CASES[name].n > 4 or "Overfull" not in run.stdout


def test_gap_reads_the_file(tmp_path: Path) -> None:
    gap = shutil.which("gap")
    if gap is None:
        pytest.skip("GAP is not on this machine; the file is read by the small reader above")
    for name in ("exact", "square roots", "measured"):
        export(CASES[name], tmp_path / "algebra.g")
        ask = 'Read("algebra.g"); Print(Length(generators), " ", Length(generators[1]), "\\n"); QUIT;\n'
        run = subprocess.run([gap, "-q", "-b"], cwd=tmp_path, input=ask, capture_output=True, text=True, check=False, timeout=120)
        assert run.stdout.strip().endswith(f"{CASES[name].dimension} 4"), run.stdout + run.stderr
