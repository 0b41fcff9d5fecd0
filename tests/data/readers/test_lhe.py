"""Les Houches events: outgoing particles, on the mass shell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from physym.data import load_jets
from physym.errors import CorruptFile

pytestmark = pytest.mark.filterwarnings("ignore::physym.errors.PhysymWarning")

EVENT = """<event>
 4 1 1.0 100. 0.0078 0.118
 2 -1 0 0 501 0 0. 0. 100. 100. 0. 0. 9.
 -2 -1 0 0 0 501 0. 0. -100. 100. 0. 0. 9.
 11 1 1 2 0 0 {px} 0. 60. 100. 0. 0. 9.
 -11 1 1 2 0 0 -{px} 0. -60. 100. 0. 0. 9.
</event>
"""
HEAD = """<LesHouchesEvents version="1.0">
<init>
 2212 2212 7000. 7000. 0 0 0 0 3 1
 1. 1. 1. 1
</init>
"""


def write(path: Path, events: int = 3) -> Path:
    path.write_text(HEAD + "".join(EVENT.format(px=80.0 + k) for k in range(events)) + "</LesHouchesEvents>\n")
    return path


@pytest.mark.parametrize("size", [2, 100])
def test_outgoing_particles_are_constituents(size: int, tmp_path: Path) -> None:
    pytest.importorskip("pylhe")
    jets = load_jets(write(tmp_path / "a.lhe"), chunk_size=size)
    assert jets.multiplicity.tolist() == [2, 2, 2]
    assert jets.four_momenta[0, 0].tolist() == [100.0, 80.0, 0.0, 60.0]
    # the energies of later events are computed: the file prints 100 for all of them
    np.testing.assert_allclose(jets.four_momenta[:, 0, 0] ** 2, (jets.four_momenta[:, 0, 1:] ** 2).sum(1))
    assert jets.mass_convention.kind == "massless"


def test_a_truncated_file_is_corrupt(tmp_path: Path) -> None:
    pytest.importorskip("pylhe")
    path = write(tmp_path / "a.lhe")
    path.write_text(path.read_text()[:300])
    with pytest.raises(CorruptFile, match="LHE"):
        load_jets(path)


def test_top_pairs_of_another_generator(shared_data: Path) -> None:
    pytest.importorskip("pylhe")
    jets = load_jets(shared_data / "data" / "real" / "pylhe-testfile-pythia-6.413-ttbar.lhe")
    assert len(jets) == 100
    np.testing.assert_allclose(jets.momenta[:, 1:3], 0, atol=1e-3 * jets.momenta[:, 0].max())
