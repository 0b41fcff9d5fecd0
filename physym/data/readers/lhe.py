"""Les Houches event files through pylhe: the outgoing particles of an event are its constituents."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from physym._optional import require
from physym.data.readers.base import FLOAT64_ROUNDING, RawJets, Request, reading, refuse_unused, scatter
from physym.data.readers.kinematics import four_momenta


def read(path: Path, request: Request) -> Iterator[RawJets]:
    """Events of an LHE file, chunk by chunk; each becomes one "jet" of its outgoing particles (status 1).

    Energies are computed from the momenta and masses of the file, because the ten printed digits of E lose the mass shell.

    Arguments:
        path: the file, perhaps gzipped.
        request: what to read.

    Returns:
        Chunks of at most ``request.chunk_size`` events.

    Raises:
        MissingDependency: pylhe is not installed.
        CorruptFile: no readable LHE file.

    Example:
        >>> read(Path("events.lhe"), Request()).__class__.__name__
        'generator'
    """
    pylhe: Any = require("pylhe", extra="hep")
    refuse_unused(request, str(path), "split", "labels", "collection")
    with reading(path, "LHE"):
        with _strict():
            events = iter(pylhe.LHEFile.fromfile(path).events)
        while chunk := _next(events, request.chunk_size):
            outgoing = [[p for p in event.particles if p.status == 1] for event in chunk]
            counts = np.array([len(particles) for particles in outgoing], dtype=np.int64)
            table = np.array([[p.px, p.py, p.pz, p.m] for particles in outgoing for p in particles], dtype=np.float64).reshape(-1, 4)
            momenta, _ = four_momenta(dict(zip(("px", "py", "pz", "mass"), table.T, strict=True)))
            yield RawJets(scatter(momenta, counts), rounding=FLOAT64_ROUNDING, note="outgoing particles of each event")


@contextmanager
def _strict() -> Iterator[None]:
    # pylhe only warns when a file ends in the middle of an event; silently fewer events would be a wrong answer
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Parse Error")
        yield


def _next(events: Iterator[Any], size: int) -> list[Any]:
    with _strict():
        return list(islice(events, size))
