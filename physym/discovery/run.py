"""`discover`: one verb for every method and every kind of data."""

from __future__ import annotations

import re
from typing import Literal

from physym._settings import whole
from physym.data import Samples
from physym.discovery.base import AbstractMethod, Discovery, LevelName
from physym.discovery.spectral import Spectral
from physym.errors import DiscoveryFailed, InvalidData
from physym.progress import Progress, silent

LARGEST_SEED = 2**32 - 1
ALL_LEVELS: tuple[LevelName, ...] = ("support", "conditional", "measure")
DEFAULT_METHOD = Spectral()


def discover(
    samples: Samples,
    method: AbstractMethod = DEFAULT_METHOD,
    *,
    level: LevelName | Literal["all"] = "all",
    seed: int = 0,
    device: str = "auto",
    progress: Progress = silent,
) -> Discovery:
    """Find the continuous linear symmetries of data and say which statement each of them is.

    Arguments:
        samples: rows and the representation that acts on them.
        method: a method object; its fields are its settings.
        level: ``"support"``, ``"conditional"`` or ``"measure"``, or ``"all"``, whose headline is the first one that applies.
        seed: reproduces the run.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``; ``Spectral`` always runs on the CPU, in float64.
        progress: called after each level.

    Returns:
        A ``Discovery`` with a level for each statement that was asked for.

    Raises:
        DiscoveryFailed: there are no rows, the level is unknown, or the data span too small a space.
        InvalidData: the method is none, or the seed no whole number that is at least 0.
        ShapeError: the rows are images, and the method moves vectors.

    Example:
        >>> import numpy as np
        >>> from physym.algebra import Rep
        >>> angle = np.linspace(0, 6, 200)
        >>> circle = Samples(np.stack([np.cos(angle), np.sin(angle)], axis=1), rep_x=Rep("V", n=2))
        >>> discover(circle, Spectral(noise_model="isotropic"), level="support").identification.name
        'so(2)'
    """
    if level != "all" and level not in ALL_LEVELS:
        raise DiscoveryFailed(f"there is no level {level!r}; choose one of {', '.join(ALL_LEVELS)} or 'all'.")
    if not isinstance(device, str) or not re.fullmatch(r"auto|cpu|cuda(:\d+)?", device):
        raise DiscoveryFailed(f"there is no device {device!r}; choose 'auto', 'cpu' or 'cuda'.")
    if not isinstance(method, AbstractMethod) or isinstance(method, type):
        raise InvalidData(f"method={method!r}; expected a method object such as Spectral() or LieGAN(), with its brackets.")
    if not whole(seed, 0) or seed > LARGEST_SEED:
        raise InvalidData(f"seed={seed!r}; expected a whole number from 0 to {LARGEST_SEED:,}.")
    if not len(samples):
        raise DiscoveryFailed(f"{samples.source} holds no rows; nothing can be discovered from it.")
    levels = ALL_LEVELS if level == "all" else (level,)
    return method.run(samples, levels=levels, seed=seed, device=device, progress=progress)
