"""The README runs: its Python blocks print what they say, its commands exist, its first code block is on the first screen."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from benchmarks import readme

PAGES = ["README.md", *sorted(f"docs/{p.name}" for p in (Path(__file__).resolve().parent.parent / "docs").glob("*.md"))]


def blocks(text: str, language: str) -> list[str]:
    """Fenced code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.M | re.S)


def printed(text: str) -> list[tuple[str, str]]:
    """Each Python block with the ``text`` block that follows it, or with nothing."""
    pairs = re.findall(r"^```python\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?", text, flags=re.M | re.S)
    return [(code, output) for code, output in pairs]


@pytest.mark.parametrize("page", PAGES)
def test_python_blocks_print_what_they_say(page: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (root / page).read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": page}
    for code, output in printed(text):
        screen = io.StringIO()
        with contextlib.redirect_stdout(screen):
            exec(compile(code, page, "exec"), names)
        if output:
            assert matches(screen.getvalue(), output), f"printed:\n{screen.getvalue()}\nexpected:\n{output}"


def matches(given: str, expected: str) -> bool:
    """Equal up to white space at line ends; ``…`` stands for what differs between machines."""
    pattern = r"\s*\n\s*".join(".*?".join(re.escape(p.strip()) for p in line.split("…")) for line in expected.strip().splitlines())
    return re.fullmatch(pattern, given.strip()) is not None


def test_the_checker_sees_a_difference() -> None:
    assert matches("so(1,3) in 12 ms\n", "so(1,3) in … ms")
    assert not matches("so(3)\n", "so(1,3)")
    assert printed("```python\nx\n```\n\n```text\ny\n```\n") == [("x\n", "y\n")]


def test_first_screen(root: Path) -> None:
    lines = (root / "README.md").read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(lines, 1) if line.startswith("```"))
    assert first <= 15
    assert len(blocks("\n".join(lines), "python")[0].splitlines()) <= 8
    assert any(line.startswith("![") for line in lines[:first])


def test_commands_exist(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    makefile = (root / "Makefile").read_text()
    targets = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(blocks(text, "sh"))))
    assert {"demo", "test"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, flags=re.M), target


def test_the_measured_figures_are_those_that_are_stored(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    shown = text.split(readme.START)[1].split(readme.END)[0]
    assert shown.strip() == readme.table(), "run: python -m benchmarks.readme"
    page = (root / "docs" / "adversarial.md").read_text(encoding="utf-8")
    assert page.split(readme.START)[1].split(readme.END)[0].strip() == readme.experiments(), "run: python -m benchmarks.readme"


def test_a_figure_near_one_shows_what_is_missing() -> None:
    assert readme.near_one(0.99998) == "1 − 2.0e-05"
    assert readme.near_one(1.0) == readme.near_one(0.9) == ""
    assert readme.figure(None) == readme.figure({"value": float("nan")}) == "–"


def test_links_and_figures_are_there(root: Path) -> None:
    for page in PAGES:
        path = root / page
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), f"{page} names {link}, which is not there"
