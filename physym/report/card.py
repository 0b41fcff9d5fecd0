"""The algebra card: what was found, how sure it is and on what it rests, as plain text."""

from __future__ import annotations

import math
import re
import textwrap
from dataclasses import replace
from typing import Any

import numpy as np

from physym._numbers import plus_minus
from physym._version import __version__
from physym.algebra import InvariantMetric, LieAlgebra
from physym.algebra.export import NamedMatrix, Sheet, sheet_of_algebra
from physym.discovery import Discovery, explanation_of
from physym.report.table import LevelRow, level_rows
from physym.report.training import STATISTIC, run_columns, run_rows, run_sentence

WIDTH = 100
SIGNIFICANT = 3.0
LARGEST_TABLE = 5


def algebra_card(discovery: Discovery) -> str:
    """Everything a reader needs to judge a discovery, on one page of text.

    Arguments:
        discovery: the outcome of a run.

    Returns:
        Name, status, generators, metric, the three levels with sample, degree, p-values and certified defect, the runs of a trained
        method seed by seed, data and run, and what the method did with the papers that it rests on.

    Example:
        >>> from physym.data import load
        >>> from physym.discovery import discover_lorentz
        >>> print(algebra_card(discover_lorentz(load("pythia_toptag"))).splitlines()[0])
        so(1,3) ⊕ R
    """
    sections = [_heading(discovery)]
    sheet = discovery_sheet(discovery)
    if sheet is not None:
        sections += [_generators(discovery, sheet), *([_metric(discovery, sheet)] if shows_metric(discovery) else [])]
    sections += [_levels(discovery), _finite(discovery), _training(discovery), _provenance(discovery), _method(discovery)]
    return "\n\n".join(section for section in sections if section) + "\n"


def discovery_sheet(discovery: Discovery) -> Sheet | None:
    """Named matrices of the headline algebra: the exact ones where the snap was accepted, else the measured ones.

    Arguments:
        discovery: the outcome of a run.

    Returns:
        The sheet, or None where there is no generator.

    Example:
        >>> from physym.discovery import Level
        >>> discovery_sheet(Discovery(support=Level("support", "", None, reason="no data"))) is None
        True
    """
    algebra = discovery.exact if discovery.exact is not None else discovery.algebra
    if algebra is None or not algebra.dimension or discovery.identification is None:
        return None
    sheet = sheet_of_algebra(algebra, discovery.title)
    if shows_metric(discovery):
        return sheet
    title = f"{headline(discovery)}, acting on {algebra.n} coordinates" if discovery.level.discrete else sheet.title
    return replace(sheet, metric=None, title=title)


def shows_metric(discovery: Discovery) -> bool:
    """Whether the metric belongs on the page: not that of a proposal that is not to be relied on, nor that of steps.

    Arguments:
        discovery: the outcome of a run.

    Returns:
        Whether it does.

    Example:
        >>> from physym.discovery import Level, Status
        >>> shows_metric(Discovery(support=Level("support", "", None, status=Status.NOT_CONFIRMED)))
        False
    """
    return discovery.status.reliable and not discovery.level.discrete


def vector_field(matrix: NamedMatrix, coordinates: tuple[str, ...]) -> str:
    """A generator as the vector field ``Σ (Lx)_i ∂_i`` of its flow, as physicists write it.

    Arguments:
        matrix: the generator, shape ``(n, n)``.
        coordinates: names of the n coordinates; may be empty.

    Returns:
        For instance ``px ∂py − py ∂px``; entries within three standard errors of zero are left out.

    Example:
        >>> rotation = np.array([[0.0, -1.0], [1.0, 0.0]])
        >>> vector_field(NamedMatrix("L", rotation, np.zeros((2, 2))), ("px", "py"))
        'px ∂py − py ∂px'
    """
    names = coordinates or tuple(f"x{i + 1}" for i in range(len(matrix.values)))
    floor = np.maximum(SIGNIFICANT * matrix.errors, 1e-3 * np.abs(matrix.values).max(initial=0.0)) if matrix.exact is None else 0.0
    text = ""
    # positive terms first, as they are written by hand
    for i, j in sorted(np.argwhere(np.abs(matrix.values) > floor).tolist(), key=lambda entry: matrix.values[tuple(entry)] < 0):
        factor = _exact(matrix.exact[i, j]) if matrix.exact is not None else _measured(matrix.values[i, j], matrix.errors[i, j])
        sign = "−" if matrix.values[i, j] < 0 else "+"
        text += f" {sign} {factor}{names[j]} ∂{names[i]}"
    text = text.strip()
    return text.removeprefix("+ ") if text.startswith("+") else text.replace("− ", "−", 1) if text else "0"


def exact_text(number: Any) -> str:
    """An exact number for people.

    Arguments:
        number: a sympy number.

    Returns:
        For instance ``−√2/2``.

    Example:
        >>> import sympy
        >>> exact_text(-sympy.sqrt(2) / 2)
        '−√2/2'
    """
    return re.sub(r"sqrt\((\d+)\)", r"√\1", str(number)).replace("*", "").replace("-", "−")


def _exact(number: Any) -> str:
    size = exact_text(abs(number))
    return "" if size == "1" else f"{size} "


def _measured(value: float, error: float) -> str:
    text = plus_minus(abs(float(value)), float(error))
    return f"({text}) " if "±" in text else "" if text == "1" else f"{text} "


def _heading(discovery: Discovery) -> str:
    identified, name = discovery.identification, headline(discovery)
    lines = [name, "=" * len(name)]
    if identified is not None and identified.aliases and discovery.status.reliable and not discovery.level.discrete:
        lines.append(f"isomorphic to {', '.join(identified.aliases)}")
    lines += [discovery.level.sentence, f"Status: {discovery.status.value}"]
    if discovery.provenance.get("warning"):
        lines.append(f"Warning: {discovery.provenance['warning']}")
    return "\n".join(_wrap(line) for line in lines)


def _generators(discovery: Discovery, sheet: Sheet) -> str:
    if discovery.level.discrete:
        head = "Steps, as measured: g = exp(nL) for whole n is meant, and nothing between"
    elif discovery.exact is not None:
        head = f"Generators, exact: no entry is further off than its error allows (χ² test at α = {discovery.level.alpha:g})"
    else:
        head = f"Generators, measured and not exact: {discovery.exact_reason}"
    width = max(len(generator.name) for generator in sheet.generators)
    lines = [_wrap(head)]
    for generator in sheet.generators:
        label = f"  {generator.name:<{width}} = "
        lines.append(_wrap(label + vector_field(generator, sheet.coordinates), indent=" " * len(label)))
    flow = "exp(L) acts on columns." if discovery.level.discrete else "Flow g = exp(Σ c_a L_a) on columns."
    lines.append(_wrap(f"  {flow} {_largest_error(discovery.algebra)}", indent="  "))
    return "\n".join(lines)


def _largest_error(algebra: LieAlgebra | None) -> str:
    if algebra is None or algebra.covariance is None:
        return "No errors are known."
    return f"Largest standard error of a measured entry: {algebra.errors.max():.1e}."


def _metric(discovery: Discovery, sheet: Sheet) -> str:
    measured = discovery.metric
    if measured is None:
        return "Metric: the algebra preserves no non-degenerate symmetric form."
    lines = [_wrap(f"Metric: {measured.statement}; residual {measured.residual:.1e}; |det η| = 1, η[0,0] > 0")]
    if sheet.metric is not None and sheet.metric.exact is not None:
        lines.append(_wrap(f"  exact: {_exact_metric(sheet.metric.exact.tolist())}, preserved by the exact generators", indent="    "))
    return "\n".join([*lines, *_matrix_lines(measured)])


def _exact_metric(rows: list[list[object]]) -> str:
    diagonal = all(entry == 0 for i, row in enumerate(rows) for j, entry in enumerate(row) if i != j)
    return f"diag({', '.join(str(row[i]) for i, row in enumerate(rows))})" if diagonal else str(rows)


def _matrix_lines(metric: InvariantMetric) -> list[str]:
    pairs = zip(metric.matrix.tolist(), metric.errors.tolist(), strict=True)
    entries = [[plus_minus(value, error) for value, error in zip(row, spread, strict=True)] for row, spread in pairs]
    names = metric.coordinates or tuple(f"x{i + 1}" for i in range(len(entries)))
    if len(entries) > LARGEST_TABLE:
        return _diagonal_lines(metric, entries, names)
    width = max(len(entry) for row in entries for entry in row)
    label = max(map(len, names))
    head = " " * (label + 4) + "  ".join(f"{name:>{width}}" for name in names)
    return [head, *(f"  {name:<{label}}  " + "  ".join(f"{e:>{width}}" for e in row) for name, row in zip(names, entries, strict=True))]


def _diagonal_lines(metric: InvariantMetric, entries: list[list[str]], names: tuple[str, ...]) -> list[str]:
    """The diagonal and the largest entry beside it, where the whole matrix is wider than the page."""
    diagonal = ", ".join(f"{name}: {entries[i][i]}" for i, name in enumerate(names))
    beside = np.abs(metric.matrix - np.diag(np.diag(metric.matrix)))
    row, column = np.unravel_index(int(beside.argmax()), beside.shape)
    largest = f"largest entry beside the diagonal: {entries[int(row)][int(column)]} at ({names[int(row)]}, {names[int(column)]})"
    return [_wrap(f"  diagonal: {diagonal}", indent="    "), _wrap(f"  {largest}", indent="    ")]


def _levels(discovery: Discovery) -> str:
    blocks = ["Levels: three different statements, from the weakest to the strongest"]
    return "\n".join(blocks + [_level(row) for row in level_rows(discovery)])


def _level(row: LevelRow) -> str:
    lines = [_wrap(f"  {row.name:<14}{row.algebra}", indent=" " * 16)]
    p_values = f"dimension {' · '.join(row.p_values)}" if row.p_values else ""
    details = [
        ("tested", row.statement),
        ("on", row.sample),
        ("p-values", p_values),
        ("by band", " · ".join(row.bands)),
        ("breaking", row.breaking),
    ]
    if row.tested:
        details += [("note", row.note), ("status", row.status)]
    lines += [_wrap(f"    {label:<12}{text}", indent=" " * 16) for label, text in details if text]
    return "\n".join(lines)


def _finite(discovery: Discovery) -> str:
    """The finite group that was found on the same data, in its own words."""
    return "" if discovery.discrete is None else _wrap(f"Finite group: {discovery.discrete.sentence}")


def _training(discovery: Discovery) -> str:
    """Every seed of a trained method."""
    rows = run_rows(discovery)
    if not rows:
        return ""
    table = [run_columns(rows), *(row.cells for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    lines = ["Training", _wrap(f"  {run_sentence(discovery)}")]
    lines += ["  " + "   ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)) for line in table]
    if not math.isnan(rows[0].statistic):
        lines.append(_wrap(f"  {STATISTIC}"))
    return "\n".join(lines)


def _method(discovery: Discovery) -> str:
    """What the method did, and the papers that it rests on."""
    said = explanation_of(discovery.method)
    if not said.sentence and not said.references:
        return ""
    lines = ["Method", *([_wrap(f"  {said.sentence}")] if said.sentence else [])]
    return "\n".join([*lines, *(_wrap(f"  [{reference.key}] {reference.text}", indent="    ") for reference in said.references)])


def shown_provenance(discovery: Discovery) -> list[tuple[str, str]]:
    """Provenance by key, without the warning and without what the section on the training says.

    Arguments:
        discovery: the outcome of a run.

    Returns:
        Pairs of key and text.

    Example:
        >>> from physym.discovery import Level
        >>> level = Level("support", "", None, reason="no data")
        >>> shown_provenance(Discovery(support=level, provenance={"source": "jets.root", "warning": "mixed masses"}))
        [('source', 'jets.root')]
    """
    elsewhere = {"warning"} | ({"training"} if discovery.runs is not None else set())
    return [(key, value) for key, value in discovery.provenance.items() if value and key not in elsewhere]


def headline(discovery: Discovery) -> str:
    """What was found, as the title of a page.

    Arguments:
        discovery: the outcome of a run.

    Returns:
        The title with a capital first letter where it is a word.

    Example:
        >>> from physym.discovery import Level
        >>> headline(Discovery(support=Level("support", "", None, reason="no data")))
        'No symmetry'
    """
    title = discovery.title
    plain = discovery.level.discrete or discovery.identification is None
    return title[0].upper() + title[1:] if plain else title


def _provenance(discovery: Discovery) -> str:
    lines = ["Data and run"]
    lines += [_wrap(f"  {key:<14}{value}", indent=" " * 16) for key, value in shown_provenance(discovery)]
    if discovery.method is not None:
        lines.append(_wrap(f"  {'method':<14}{discovery.method!r}", indent=" " * 16))
    lines.append(f"  {'run':<14}seed {discovery.seed}, {1000 * discovery.seconds:.1f} ms, physym {__version__}")
    return "\n".join(lines)


def _wrap(text: str, *, indent: str = "  ") -> str:
    # a p-value stays on one line: spaces that may not break, for as long as the text is filled
    held = text.replace("p < ", "p\u00a0<\u00a0").replace("p = ", "p\u00a0=\u00a0").replace(" ± ", "\u00a0±\u00a0")
    filled = textwrap.fill(held, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, replace_whitespace=False)
    return filled.replace("\u00a0", " ")
