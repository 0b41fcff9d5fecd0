"""What each level says, as text: one source for the card and for LaTeX."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby

from physym._numbers import p_text
from physym.algebra import LieAlgebra, generator_names
from physym.discovery import DimensionTest, Discovery, Level, LevelName
from physym.errors import InvalidData

LEVELS: tuple[LevelName, ...] = ("support", "conditional", "measure")


@dataclass(frozen=True)
class LevelRow:
    """One level in words.

    Arguments:
        name: ``"support"``, ``"conditional"`` or ``"measure"``.
        statement: what was tested.
        algebra: name of what was found, with its dimension and generators; or why there is none.
        sample: on how much data and to which degree.
        p_values: one text per tested dimension; neighbours that read the same share one.
        claim: p-value of the claimed dimension; empty where nothing was claimed.
        breaking: the defect that the data rule out exceeding.
        status: how it went, and the cure.
        bands: p-value of the claimed dimension for each band of test functions; empty for a single band.
        note: what a reader must know to read the algebra rightly; empty where nothing.

    Example:
        >>> row = LevelRow("support", "g maps the variety to itself", "so(2)", "20 rows", (), "", "", "")
        >>> row.tested
        True
    """

    name: str
    statement: str
    algebra: str
    sample: str
    p_values: tuple[str, ...]
    claim: str
    breaking: str
    status: str
    bands: tuple[str, ...] = ()
    note: str = ""

    @property
    def tested(self) -> bool:
        """Whether there was anything to test on."""
        return bool(self.sample)


def level_rows(discovery: Discovery) -> tuple[LevelRow, ...]:
    """Every level of a discovery in words, those that were not asked for too.

    Arguments:
        discovery: the outcome of a run.

    Returns:
        Three rows: support, conditional, measure.

    Example:
        >>> from physym.discovery import Level
        >>> only = Discovery(support=Level("support", "E² = p²", None, reason="there are 3 jets"))
        >>> [row.algebra for row in level_rows(only)]
        ['not applicable: there are 3 jets', 'not asked for', 'not asked for']
    """
    found = {level.name: level for level in discovery.levels}
    exact = discovery.exact
    return tuple(_row(name, found.get(name), exact if name == discovery.headline else None) for name in LEVELS)


def _row(name: LevelName, level: Level | None, exact: LieAlgebra | None) -> LevelRow:
    if level is None:
        return LevelRow(name, "", "not asked for", "", (), "", "", "")
    if level.algebra is None:
        nothing = level.nothing if level.reason == level.status.value else f"not applicable: {level.reason}"
        return LevelRow(name, level.statement, nothing, "", (), "", "", "")
    if level.discrete:
        return _step_row(name, level)
    return LevelRow(
        name,
        level.statement,
        f"{level.title}, dimension {level.dimension}{_known_generators(level.algebra)}",
        _sample(level),
        _p_values(level),
        f"p {p_text(level.p_value)}" if level.dimension else "",
        _breaking(level) + _exact_breaking(level, exact),
        level.status.value,
        _bands(level),
        level.note,
    )


def _step_row(name: LevelName, level: Level) -> LevelRow:
    """A level of steps: neither p-values nor a bound are those of a continuous algebra."""
    return LevelRow(name, level.statement, level.title, _sample(level), (), "", _breaking(level), level.status.value, (), level.note)


def _known_generators(algebra: LieAlgebra) -> str:
    """The generators by their textbook names, where every one of them has such a name."""
    names = [name.lstrip("-") for name in generator_names(algebra)]
    return f" ({', '.join(names)})" if names and not any(name.startswith("L_") for name in names) else ""


def _p_values(level: Level) -> tuple[str, ...]:
    texts = [(test.dimension, f"p {p_text(test.p_value)}{_verdict(test, level)}") for test in level.tests]
    merged = []
    for text, group in groupby(texts, key=lambda item: item[1]):
        dimensions = [dimension for dimension, _ in group]
        label = str(dimensions[0]) if len(dimensions) == 1 else f"{dimensions[0]}–{dimensions[-1]}"
        merged.append(f"{label}: {text}")
    return tuple(merged)


def _sample(level: Level) -> str:
    clusters = f" ({level.clusters:,} independent)" if level.clusters not in (0, level.rows) else ""
    noise = "" if math.isnan(level.noise) else f", {level.noise_model} noise {level.noise:.2g}"
    tested = "moved and real rows told apart by a critic" if level.discrete else level.tested or f"polynomials of degree ≤ {level.degree}"
    return f"{level.rows:,} {level.unit}{clusters}, {tested}{noise}"


def _bands(level: Level) -> tuple[str, ...]:
    """p-value of the claimed dimension by band of test functions."""
    claimed = next((test for test in level.tests if test.dimension == level.dimension), None)
    if claimed is None or not claimed.bands:
        return ()
    return tuple(f"{name}: p {p_text(value)}" for name, value in zip(level.bands, claimed.bands, strict=True))


def _verdict(test: DimensionTest, level: Level) -> str:
    if test.rejected(alpha=level.alpha):
        return " refuted"
    return " but no subalgebra" if test.closes is False else ""


def _breaking(level: Level) -> str:
    if not level.dimension:
        return ""
    if math.isnan(level.defect):
        return "no bound can be certified"
    size = _percent(level.defect)
    if level.defect >= 1:
        return f"no useful bound: the limit, {size} %, is above the defect of a random direction of the search"
    return f"a defect above {size} % is ruled out at {100 * (1 - level.alpha):g} % confidence (100 %: a random direction of the search)"


def _exact_breaking(level: Level, exact: LieAlgebra | None) -> str:
    """The bound for the exact algebra, which is tighter because a named algebra does not follow the noise."""
    if exact is None or level.equation is None or not level.dimension:
        return ""
    try:
        bound = level.certify(exact)
    except InvalidData:
        return ""
    return f"; for the exact algebra, had it been named beforehand, above {_percent(bound)} %" if bound < min(level.defect, 1) else ""


def _percent(defect: float) -> str:
    return f"{100 * defect:.0f}" if defect >= 0.1 else f"{100 * defect:.2g}"
