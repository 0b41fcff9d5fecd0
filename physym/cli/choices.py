"""What can be chosen on the command line, and the method that a choice stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from physym.errors import InvalidData

if TYPE_CHECKING:
    from physym.discovery import AbstractMethod


class LevelChoice(StrEnum):
    """Which statement of symmetry is tested.

    Example:
        >>> LevelChoice("support").value
        'support'
    """

    support = "support"
    conditional = "conditional"
    measure = "measure"
    all = "all"


class MethodChoice(StrEnum):
    """How jets are searched; each stands for a method with its defaults.

    Example:
        >>> MethodChoice("liegan").value
        'liegan'
    """

    spectral = "spectral"
    liegan = "liegan"
    liegg = "liegg"


UNTRAINED = {MethodChoice.spectral: "nothing is trained", MethodChoice.liegg: "one network is trained for each fifth of the rows"}


@dataclass(frozen=True)
class Training:
    """Options that belong to one method only; None where they were not given.

    Arguments:
        seeds: number of runs side by side.
        steps: of each run.
        checkpoint: file in which the state is kept.

    Example:
        >>> Training(seeds=3).given
        ('--seeds',)
    """

    seeds: int | None = None
    steps: int | None = None
    checkpoint: Path | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Names of the options that were given."""
        return tuple(f"--{name}" for name, value in vars(self).items() if value is not None)


def method_of(choice: MethodChoice, training: Training) -> AbstractMethod:
    """The method object of a choice.

    Arguments:
        choice: the name of the method.
        training: options that only some methods have.

    Returns:
        The method.

    Raises:
        InvalidData: an option does not apply to the method.

    Example:
        >>> method_of(MethodChoice.liegan, Training(seeds=2)).seeds
        2
    """
    if choice is not MethodChoice.liegan and training.given:
        verb, them = ("belongs", "it") if len(training.given) == 1 else ("belong", "them")
        raise InvalidData(
            f"{' and '.join(training.given)} {verb} to --method liegan; with --method {choice} {UNTRAINED[choice]}: leave {them} out."
        )
    if choice is MethodChoice.spectral:
        from physym.discovery import Spectral

        return Spectral()
    if choice is MethodChoice.liegg:
        from physym.discovery import LieGG

        return LieGG()
    from physym.discovery import LieGAN

    method = LieGAN(checkpoint=training.checkpoint)
    if training.seeds is not None:
        method = replace(method, seeds=training.seeds)
    return method if training.steps is None else replace(method, optimisation=replace(method.optimisation, steps=training.steps))


def level_of(level: LevelChoice | None, choice: MethodChoice) -> LevelChoice:
    """The level that is tested: the one that was asked for, or the one that the method answers.

    Arguments:
        level: the level, or None where it was not given.
        choice: the method.

    Returns:
        The level.

    Raises:
        InvalidData: the method says nothing on that level.

    Example:
        >>> level_of(None, MethodChoice.liegg).value
        'conditional'
    """
    if level is None:
        return LevelChoice.conditional if choice is MethodChoice.liegg else LevelChoice.support
    if choice is MethodChoice.liegg and level not in (LevelChoice.conditional, LevelChoice.all):
        raise InvalidData(
            f"--level {level}: a network of the label given the momenta answers the conditional level only; "
            "give --level conditional, or --method spectral."
        )
    return level
