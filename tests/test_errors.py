"""Every error raised on purpose is a PhysymError and also the built-in that a caller would expect."""

from __future__ import annotations

import inspect
import warnings

import pytest

from physym import errors
from physym.errors import PhysymError, PhysymWarning

FAMILY = [e for _, e in inspect.getmembers(errors, inspect.isclass) if issubclass(e, PhysymError) and e is not PhysymError]


def test_the_family_is_there() -> None:
    names = {error.__name__ for error in FAMILY}
    wanted = {"ShapeError", "UnitsError", "UnknownDataset", "CorruptFile", "MissingDependency", "NoInvariantForm", "DiscoveryFailed"}
    assert wanted <= names


@pytest.mark.parametrize("error", FAMILY)
def test_each_is_caught_by_the_root_and_by_a_builtin(error: type[PhysymError]) -> None:
    with pytest.raises(PhysymError):
        raise error("what was given, what was expected, and the cure")
    builtin = [base for base in error.__mro__ if base.__module__ == "builtins" and base not in (Exception, BaseException, object)]
    assert builtin, f"{error.__name__} should also be a built-in exception"


@pytest.mark.parametrize("error", FAMILY)
def test_each_shows_its_sentence_as_it_is(error: type[PhysymError]) -> None:
    sentence = "no branch 'part_px'; near misses: part_pz"
    assert str(error(sentence)) == sentence
    assert isinstance(str(error()), str)


def test_warnings_are_not_errors() -> None:
    assert not issubclass(PhysymWarning, PhysymError)
    with pytest.warns(PhysymWarning, match="mixed"):
        warnings.warn("mixed mass conventions", PhysymWarning, stacklevel=1)
