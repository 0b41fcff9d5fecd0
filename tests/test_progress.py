"""Progress is silent unless somebody looks."""

from __future__ import annotations

import io

import pytest

from physym import progress


class Terminal(io.StringIO):
    """A screen in memory."""

    def isatty(self) -> bool:
        """Claim to be a terminal."""
        return True


def test_silent_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    progress.silent("reading", 1, 2)
    assert capfd.readouterr() == ("", "")


def test_quiet_when_not_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    with progress.terminal() as report:
        assert report is progress.silent
        report("reading", 1, 2)
    assert screen.getvalue() == ""


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with progress.terminal() as report:
        report("reading", 1, 2)
        report("reading", 2, 2)
        report("solving", 1, None)
    assert "reading" in screen.getvalue()


def test_standard_output_stays_clean(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())
    with progress.terminal() as report:
        report("reading", 1, 1)
    assert capsys.readouterr().out == ""
