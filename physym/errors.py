"""Errors raised on purpose: each sentence names what was given, what was expected and what to do."""

from __future__ import annotations


class PhysymError(Exception):
    """Root of every error that physym raises on purpose.

    Example:
        >>> try:
        ...     raise ShapeError("basis has shape (4, 4); expected (k, n, n). Add the leading axis: basis[None].")
        ... except PhysymError as error:
        ...     print(type(error).__name__)
        ShapeError
    """


class PhysymWarning(UserWarning):
    """What a reader of the result must know although nothing failed, for instance mixed mass conventions.

    Example:
        >>> issubclass(PhysymWarning, UserWarning)
        True
    """


class ShapeError(PhysymError, ValueError):
    """An array has the wrong shape, length or order of axes.

    Example:
        >>> issubclass(ShapeError, ValueError)
        True
    """


class UnitsError(PhysymError, ValueError):
    """The units of the data are not those that were stated, or cannot be told.

    Example:
        >>> issubclass(UnitsError, ValueError)
        True
    """


class InvalidData(PhysymError, ValueError):
    """Values that no physical measurement can have: NaN, negative energies, E < |p|, labels of the wrong length.

    Example:
        >>> issubclass(InvalidData, ValueError)
        True
    """


class UnknownDataset(PhysymError, KeyError):
    """No data set of this name is known; the sentence lists the near misses.

    Example:
        >>> str(UnknownDataset("no data set 'x'"))
        "no data set 'x'"
    """

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class MissingField(PhysymError, KeyError):
    """A file lacks the branch, column or tree that was asked for; the sentence lists the near misses.

    Example:
        >>> str(MissingField("no branch 'part_px'"))
        "no branch 'part_px'"
    """

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class CorruptFile(PhysymError, OSError):
    """A file exists but cannot be read as what it claims to be.

    Example:
        >>> issubclass(CorruptFile, OSError)
        True
    """


class MissingFile(PhysymError, FileNotFoundError):
    """A file or folder that was named does not exist.

    Example:
        >>> issubclass(MissingFile, FileNotFoundError)
        True
    """


class NetworkUnavailable(PhysymError, OSError):
    """Data must be fetched first and no network answers.

    Example:
        >>> issubclass(NetworkUnavailable, OSError)
        True
    """


class MissingDependency(PhysymError, ImportError):
    """An optional package is not installed; the sentence holds the pip line that installs it.

    Example:
        >>> issubclass(MissingDependency, ImportError)
        True
    """


class NoInvariantForm(PhysymError, ValueError):
    """The algebra preserves no non-degenerate symmetric form, so there is no invariant metric.

    Example:
        >>> issubclass(NoInvariantForm, ValueError)
        True
    """


class NotAGroup(PhysymError, ValueError):
    """Matrices do not form a finite group: their products leave the set, do not close below the limit, or have no inverse.

    Example:
        >>> issubclass(NotAGroup, ValueError)
        True
    """


class SnapRejected(PhysymError, ValueError):
    """No exact algebra lies within the error bars, so nothing was snapped.

    Example:
        >>> issubclass(SnapRejected, ValueError)
        True
    """


class DiscoveryFailed(PhysymError, RuntimeError):
    """The data cannot answer the question, for instance because they span too small a space.

    Example:
        >>> issubclass(DiscoveryFailed, RuntimeError)
        True
    """
