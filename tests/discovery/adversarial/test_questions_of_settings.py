"""Questions of a sceptical user about settings: a wrong one is refused by its name, a right one gets an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np
import pytest
import torch

from physym.discovery import (
    MSR,
    LieGG,
    Spectral,
    discover,
)
from physym.discovery.adversarial import (
    ChannelCosine,
    ChannelKilling,
    Convolutional,
    Coordinates,
    CosineSimilarity,
    Dense,
    GaussianMixture,
    GeneratorNorm,
    IntegerGrid,
    LearnableNormal,
    LearnableUniform,
    LieGAN,
    LogSpectrum,
    Normal,
    Optimisation,
    PermutationInvariant,
    Pixels,
    Quadratics,
    Regressor,
    Residuals,
    Sparsity,
    StepSearch,
    Trials,
)
from physym.errors import InvalidData
from tests.discovery.adversarial.questions import (
    AUGERINO,
    EMBEDDING,
    LCONV,
    ONE,
    SYMMETRYGAN,
    Y,
    answered,
    plane,
    refused,
)

# --- settings ---

SETTINGS: list[tuple[Callable[[], object], str]] = [
    *((lambda value=value: replace(ONE, generators=value), f"generators={value!r}") for value in (0, -1, 1.5, 1.0, "2", True)),
    *((lambda value=value: replace(ONE, seeds=value), f"seeds={value!r}") for value in (0, -1, 1.5, "2")),
    *((lambda value=value: replace(AUGERINO, seeds=value), f"seeds={value!r}") for value in (0, 1.5)),
    *((lambda value=value: replace(SYMMETRYGAN, seeds=value), f"seeds={value!r}") for value in (0, 1.5)),
    *((lambda value=value: replace(LCONV, seeds=value), f"seeds is {value!r}") for value in (0, 1.5)),
    *((lambda value=value: replace(EMBEDDING, generators=value), f"generators is {value!r}") for value in (0, 1.5)),
    (lambda: MSR(tasks=1.5), "tasks is 1.5"),  # type: ignore[arg-type]
    (lambda: Optimisation(steps=0), "steps=0"),
    (lambda: Optimisation(steps=1.5), "steps=1.5"),  # type: ignore[arg-type]
    (lambda: Optimisation(batch=64.0), "batch=64.0"),  # type: ignore[arg-type]
    (lambda: Optimisation(epochs=-1), "epochs=-1"),
    (lambda: Optimisation(rate=float("nan")), "rate=nan"),
    (lambda: Optimisation(clip=float("nan")), "clip=nan"),
    (lambda: Optimisation(betas=0.5), "betas=0.5"),  # type: ignore[arg-type]
    (lambda: Trials(starts=2.5), "starts=2.5"),  # type: ignore[arg-type]
    (lambda: StepSearch(starts=1), "at least 2 starts"),
    (lambda: replace(ONE, constraint="loose"), "constraint='loose'"),
    (lambda: replace(ONE, precision="float16"), "precision='float16'"),
    (lambda: replace(ONE, incremental=True, constraint="unit"), "generators must be orthonormal"),
    (lambda: replace(ONE, warm_up=float("nan")), "warm_up=nan"),
    (lambda: replace(ONE, critic=None), "critic=None"),
    (lambda: replace(ONE, critic=Dense), "an object and not the class"),
    (lambda: replace(ONE, features=Coordinates), "features="),
    (lambda: replace(ONE, coefficients=0.4), "coefficients=0.4; expected a law such as Normal(0.4)"),
    (lambda: replace(ONE, trials=None), "trials=None"),
    (lambda: replace(ONE, referee=None), "referee=None"),
    (lambda: replace(ONE, penalties=cast(Any, CosineSimilarity())), "a tuple such as (CosineSimilarity(),)"),
    (lambda: replace(ONE, penalties=cast(Any, (0.1,))), "penalties=(0.1,)"),
    (lambda: Normal("1"), "Normal(spread='1')"),  # type: ignore[arg-type]
    (lambda: Normal(float("inf")), "Normal(spread=inf)"),
    (lambda: IntegerGrid(True), "IntegerGrid(reach=True)"),
    (lambda: GaussianMixture(peaks=1.5), "GaussianMixture(peaks=1.5)"),  # type: ignore[arg-type]
    (lambda: Dense(64), "Dense(hidden=64"),  # type: ignore[arg-type]
    (lambda: Dense((6.5,)), "as whole numbers"),  # type: ignore[arg-type]
    (lambda: Convolutional((8,)), "height and width"),  # type: ignore[arg-type]
    (lambda: PermutationInvariant(0), "PermutationInvariant(copies=0)"),
    (lambda: Pixels(blur=float("nan")), "blur=nan"),
    (lambda: Regressor(hidden=()), "layers of at least 1 unit"),
    (lambda: LieGAN.published(-1), "generators=-1"),
]


@pytest.mark.parametrize(("make", "words"), SETTINGS, ids=[f"{i}: {words}" for i, (_, words) in enumerate(SETTINGS)])
def test_wrong_settings_are_refused_when_they_are_made(make: Callable[[], object], words: str) -> None:
    refused(make, words)


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"generators": 5}, "generators=5; the searched space has only 4 dimensions"),
    ({"coefficients": Normal(1e6)}, "draw smaller coefficients"),
    ({"coefficients": Normal(1e3)}, "draw smaller coefficients"),
    ({"penalties": (LogSpectrum(),)}, "LogSpectrum compares spectra of pictures"),
    ({"penalties": (lambda move: move.after.sum(),)}, "a term for each seed"),
    ({"critic": Convolutional((8, 8))}, "these rows are no pictures"),
    ({"critic": Convolutional((1, 3))}, "these rows are no pictures"),
    ({"critic": PermutationInvariant(2)}, "give copies=1"),
    ({"critic": PermutationInvariant(1)}, "use Dense()"),
    ({"features": Pixels()}, "choose Coordinates()"),
    ({"features": Pixels(blur=0)}, "choose Coordinates()"),
]


@pytest.mark.parametrize(("change", "words"), UNFIT, ids=[words for _, words in UNFIT])
def test_parts_that_do_not_fit_the_rows_are_refused(change: dict[str, Any], words: str) -> None:
    refused(lambda: discover(plane(), replace(ONE, **change), level="conditional"), words)


def test_a_penalty_that_does_not_fit_is_not_blamed_on_the_loss() -> None:
    with pytest.raises(InvalidData, match=r"^LogSpectrum compares"):
        discover(plane(), replace(ONE, penalties=(LogSpectrum(),)), level="conditional")


@pytest.mark.parametrize("y", [None, Y > 2])
def test_residuals_need_real_targets(y: Any) -> None:
    refused(lambda: discover(plane(y=y), replace(ONE, features=Residuals()), level="measure"), "Residuals need real targets")


FIT: list[dict[str, Any]] = [
    {"optimisation": Optimisation(steps=1)},
    {"optimisation": Optimisation(steps=3, batch=10**6)},
    {"trials": Trials(starts=7)},
    {"coefficients": Normal(1e-300)},
    {"features": Quadratics()},
    {"features": Residuals(regressor=Regressor((8,), 20))},
    {"precision": "bfloat16"},
    {"precision": "float64"},
    {"warm_start": True},
    {"penalties": [CosineSimilarity()]},
    {"penalties": (lambda move: torch.zeros(2, dtype=torch.float64),)},
    *({"generators": count, "constraint": constraint} for count in (1, 3) for constraint in ("unit", "free")),
    {"generators": 3, "one_channel": False},
    {"generators": 3, "incremental": True},
    {"generators": 3, "incremental": True, "optimisation": Optimisation(steps=1)},
    *({"generators": 2, "penalties": (one,)} for one in (GeneratorNorm(), ChannelCosine(), ChannelKilling(), Sparsity())),
]


@pytest.mark.parametrize("change", FIT, ids=[str(list(change)) for change in FIT])
def test_settings_that_fit_get_an_answer(change: dict[str, Any]) -> None:
    answered(plane(), replace(ONE, **change))


@pytest.mark.parametrize("law", [LearnableNormal(0.5), GaussianMixture(), GaussianMixture(peaks=1), LearnableUniform(0.5)])
def test_what_a_law_has_learned_is_told(law: Any) -> None:
    training = answered(plane(), replace(ONE, coefficients=law)).provenance["training"]
    assert ("learned" in training) or ("peak" in training and "of width" in training)
    assert "1 peaks" not in training


@pytest.mark.parametrize(
    "method", [ONE, AUGERINO, SYMMETRYGAN, LCONV, EMBEDDING, LieGG(), Spectral()], ids=lambda method: type(method).__name__
)
def test_seed_and_device_are_checked_for_every_method(method: Any) -> None:
    for seed in (-1, 2**32, 2**70, 1.5, "a", None):
        refused(partial(discover, plane(), method, level="conditional", seed=seed), f"seed={seed!r}")
    for device in ("mps", "gpu", "cuda0", None):
        refused(partial(discover, plane(), method, level="conditional", device=device), "there is no device")
    if not torch.cuda.is_available() and not isinstance(method, Spectral):
        for device in ("cuda", "cuda:7"):
            refused(partial(discover, plane(), method, level="conditional", device=device), "sees no CUDA device")


def test_the_largest_seed_works() -> None:
    for method in (ONE, AUGERINO):
        answered(plane(), method, seed=2**32 - 1)
    assert answered(plane(), seed=np.int64(3)).seed == 3


def test_a_class_is_no_method() -> None:
    refused(lambda: discover(plane(), LieGAN), "with its brackets")  # type: ignore[arg-type]
    refused(lambda: discover(plane(), ONE, level="both"), "there is no level 'both'")  # type: ignore[arg-type]


def test_an_error_of_the_user_stays_as_it_is() -> None:
    def progress(step: str, done: int, total: int | None) -> None:
        raise RuntimeError("the disk of the log is full")

    with pytest.raises(RuntimeError, match="the disk of the log is full"):
        discover(plane(), ONE, level="conditional", progress=progress)
