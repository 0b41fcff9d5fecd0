"""The LaTeX card compiles, or at least balances, whatever was found."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from physym.discovery import Spectral
from physym.report import latex_card, levels_table
from tests.algebra.readers_of_exports import UnreadableError, check_latex, read_latex, without_comments
from tests.report.discoveries import ALL, lorentz


@pytest.mark.parametrize("name", ALL)
def test_it_balances(name: str) -> None:
    text = latex_card(ALL[name]())
    check_latex(text)
    text = without_comments(text, "tex")
    assert text.count(r"\begin{document}") == text.count(r"\end{document}") == 1


def test_it_would_not_balance_without_an_end() -> None:
    with pytest.raises(UnreadableError):
        check_latex(latex_card(lorentz()).replace(r"\end{tabular}", "", 1))


def test_it_holds_generators_metric_levels_and_citations() -> None:
    text = latex_card(replace(lorentz(), method=Spectral()))
    symbols = [symbol for symbol, _ in read_latex(text)]
    assert {"D", "J_{x}", "K_{z}", r"\eta"} <= {symbol.lstrip("-") for symbol in symbols}
    assert symbols.count(r"\eta") == 2, "the exact metric, and the measured one with its errors"
    for words in (r"\cite{physym}", "arXiv:2302.00236", r"jets\_50\%.root", "refuted", "0.26", "mixed masses"):
        assert words in text, words


def test_the_table_has_a_row_for_every_level() -> None:
    table = levels_table(lorentz())
    assert all(f"\n{name} & " in table for name in ("support", "conditional", "measure"))
    assert "toprule" not in table


@pytest.mark.parametrize("name", ALL)
def test_it_compiles(name: str, tmp_path: Path) -> None:
    compiler = shutil.which("tectonic") or shutil.which("pdflatex")
    if compiler is None:
        pytest.skip("no LaTeX compiler (tectonic or pdflatex) on this machine; the text is parsed in the tests above")
    (tmp_path / "card.tex").write_text(latex_card(ALL[name]()), encoding="utf-8")
    options = [] if "tectonic" in compiler else ["-interaction=nonstopmode", "-halt-on-error"]
    run = subprocess.run([compiler, *options, "card.tex"], cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout
