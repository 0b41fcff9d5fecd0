"""Every method says what it did and on which papers it rests; one of your own may say nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import physym
from physym.discovery import Explanation, Reference, explanation_of
from physym.report import algebra_card, latex_card
from tests.algebra.readers_of_exports import check_latex
from tests.report.discoveries import lorentz

METHODS = ["Spectral", "LieGG", "LieGAN", "LConv", "EmbeddingSymmetry", "MSR", "SymmetryGAN", "Augerino"]
PAPERS = {
    "Spectral": "2302.00236",
    "LieGG": "2210.04345",
    "LieGAN": "2302.00236",
    "LConv": "2109.07519",
    "EmbeddingSymmetry": "2003.13679",
    "MSR": "2007.02933",
    "SymmetryGAN": "2112.05722",
    "Augerino": "2010.11882",
}


@pytest.mark.parametrize("name", METHODS)
def test_every_method_explains_itself(name: str) -> None:
    method = getattr(physym, name)()
    said = explanation_of(method)
    assert re.fullmatch(r"[A-Z].*\.", said.sentence)
    assert said.references[0].arxiv == PAPERS[name]
    found = replace(lorentz(), method=method)
    card, tex = algebra_card(found), latex_card(found)
    assert said.sentence in " ".join(card.split())
    for reference in said.references:
        assert f"[{reference.key}]" in card
        assert f"\\bibitem{{{reference.key}}}" in tex
        assert re.search(rf"\\cite{{[^}}]*\b{reference.key}\b[^}}]*}}", tex), "cited, not only listed"
    cited = {key for keys in re.findall(r"\\cite{([^}]*)}", tex) for key in keys.split(",")}
    assert cited == set(re.findall(r"\\bibitem{([^}]*)}", tex)), "every citation has its entry"
    check_latex(tex)


@pytest.mark.parametrize("name", METHODS)
def test_the_docstring_names_the_same_paper(name: str) -> None:
    assert PAPERS[name] in (getattr(physym, name).__doc__ or "")


def test_a_method_of_your_own_needs_no_explanation() -> None:
    class Mine:
        def run(self) -> None: ...

    found = replace(lorentz(), method=Mine())  # type: ignore[arg-type]
    assert explanation_of(Mine()) == Explanation()
    assert "\nMethod\n" not in algebra_card(found)
    assert r"\cite{physym}" in latex_card(found)
    check_latex(latex_card(found))


def test_a_method_of_your_own_may_bring_one() -> None:
    class Mine:
        explanation = Explanation("Zeros are counted.", (Reference("me", "A. Me & B. You", "50 % of {x}_1", "J. Sym. 1 (2026) 1"),))

    found = replace(lorentz(), method=Mine())  # type: ignore[arg-type]
    assert "Zeros are counted." in algebra_card(found)
    assert r"Zeros are counted~\cite{me}. Computed" in latex_card(found)
    check_latex(latex_card(found))


def test_references_have_keys_of_their_own() -> None:
    everything = {reference for name in METHODS for reference in explanation_of(getattr(physym, name)()).references}
    assert len({reference.key for reference in everything}) == len(everything)


def test_the_report_does_not_ask_for_names_of_methods(root: Path) -> None:
    for path in (root / "physym" / "report").glob("*.py"):
        assert "__name__" not in path.read_text(encoding="utf-8")
