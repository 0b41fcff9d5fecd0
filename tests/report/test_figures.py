"""The figure shows every generator and the metric, and leaves matplotlib's settings alone."""

from __future__ import annotations

import numpy as np
import pytest

from physym.report import algebra_figure, figure_png
from tests.report.discoveries import ALL, lorentz


@pytest.mark.parametrize("name", ALL)
def test_it_draws(name: str) -> None:
    assert figure_png(algebra_figure(ALL[name]())).startswith(b"\x89PNG")


def test_one_panel_per_generator_and_one_for_the_metric() -> None:
    found = lorentz()
    figure = algebra_figure(found)
    titles = [axis.get_title() for axis in figure.axes]
    assert sum("J_" in title or "K_" in title or "D" in title for title in titles) == 7
    assert titles[-1] == r"metric $\eta$"
    assert "so(1,3) ⊕ R" in figure.get_suptitle()


def test_colours_are_centred_at_zero_and_entries_written() -> None:
    found = lorentz()
    assert found.exact is not None
    for axis, matrix in zip(algebra_figure(found).axes, found.exact.basis, strict=False):
        image = axis.images[0]
        low, high = image.get_clim()
        assert low == -high
        assert (np.asarray(image.get_array()) == matrix).all()
        written = np.array([float(text.get_text().replace("−", "-")) for text in axis.texts]).reshape(4, 4)
        assert (written == matrix).all()


def test_axes_carry_the_coordinates() -> None:
    axis = algebra_figure(lorentz()).axes[0]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["$E$", "$p_x$", "$p_y$", "$p_z$"]


def test_the_metric_is_written_with_its_errors() -> None:
    texts = [text.get_text() for text in algebra_figure(lorentz(1e-3)).axes[-1].texts]
    assert len(texts) == 16
    assert all("±" in text for text in texts)


def test_no_window_and_no_change_of_settings() -> None:
    import matplotlib
    from matplotlib import _pylab_helpers

    before = dict(matplotlib.rcParams)
    figure_png(algebra_figure(lorentz()))
    assert dict(matplotlib.rcParams) == before
    assert not _pylab_helpers.Gcf.figs
