"""Jets from Pythia and FastJet agree with the card of the shipped sample."""

from __future__ import annotations

import numpy as np
import pytest

from physym.data import Jets
from physym.data.simulate import simulate_toptag
from physym.errors import InvalidData

JETS = 60


@pytest.fixture(scope="module")
def simulated() -> Jets:
    pytest.importorskip("pythia8mc")
    pytest.importorskip("fastjet")
    return simulate_toptag(JETS, seed=5)


@pytest.mark.slow
def test_jets_have_the_multiplicity_and_mass_of_the_card(simulated: Jets) -> None:
    assert simulated.labels is not None
    momenta = simulated.momenta
    mass = np.sqrt(momenta[:, 0] ** 2 - (momenta[:, 1:] ** 2).sum(1))
    # the card: 47 ± 22 and 61 ± 15 constituents, median masses 69 and 172 GeV; five standard errors of 30 jets
    for label, mean, spread in ((0, 47, 22), (1, 61, 15)):
        count = simulated.multiplicity[simulated.labels == label]
        assert abs(count.mean() - mean) < 5 * spread / np.sqrt(len(count))
    assert np.median(mass[simulated.labels == 1]) == pytest.approx(172, abs=12)
    assert np.median(mass[simulated.labels == 0]) == pytest.approx(69, abs=30)


@pytest.mark.slow
def test_jets_lie_in_the_window_and_are_massless(simulated: Jets) -> None:
    momenta = simulated.momenta
    pt = np.hypot(momenta[:, 1], momenta[:, 2])
    assert (pt > 550).all()
    assert (pt < 650).all()
    assert (np.abs(np.arcsinh(momenta[:, 3] / pt)) < 2).all()
    assert simulated.mass_convention.kind == "massless"
    assert simulated.labels is not None
    assert simulated.labels.sum() == JETS // 2


@pytest.mark.slow
def test_equal_seeds_give_equal_jets_and_progress_is_reported() -> None:
    pytest.importorskip("pythia8mc")
    pytest.importorskip("fastjet")
    steps: list[int] = []
    a = simulate_toptag(4, seed=9, progress=lambda step, done, total: steps.append(done))
    assert np.array_equal(a.four_momenta, simulate_toptag(4, seed=9).four_momenta)
    assert steps == [1, 2, 3, 4]


def test_too_few_jets_are_refused() -> None:
    with pytest.raises(InvalidData, match="at least 2"):
        simulate_toptag(1, seed=1)
