"""A critic compiled by torch plays the same game."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from physym.discovery import discover
from physym.discovery.adversarial import LieGAN, Optimisation, Trials
from tests.discovery.adversarial.games import plane


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("c++") is None and shutil.which("g++") is None, reason="torch.compile needs a C++ compiler, and there is none"
)
def test_a_compiled_critic_plays_the_same_game() -> None:
    plain = LieGAN(generators=1, seeds=2, optimisation=Optimisation(steps=40), trials=Trials(starts=1))
    one, two = (discover(plane(400), replace(plain, compiled=compiled), level="conditional") for compiled in (False, True))
    assert one.runs is not None
    assert two.runs is not None
    assert np.allclose(one.runs.generators, two.runs.generators, atol=1e-3)
