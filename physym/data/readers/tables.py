"""Named columns (ROOT branches, Parquet columns, awkward fields) into jets: which to read, and how to put them together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from physym._typing import Float, Int, Shaped
from physym.data.readers.base import RawJets, Request, near_misses, refuse_unused, scatter
from physym.data.readers.kinematics import NAMES, choose, complete, four_momenta, quantities
from physym.data.readers.links import Links, find_links
from physym.data.validation import check_numbers
from physym.errors import InvalidData, MissingField

LABELS = ("is_signal_new", "is_signal", "label", "labels", "label_QCD")
"""Columns that hold labels, the first that is there; ``label_QCD`` marks background, every other class is signal."""

_NUMBERED = re.compile(r"^([A-Za-z]+?)_?(\d+)$")


@dataclass(frozen=True)
class Plan:
    """Which columns make the constituents, and which the labels.

    Arguments:
        slots: quantity to column, one mapping per constituent slot for numbered columns (E_0, E_1 …), else a single one.
        labels: column of labels, or None.
        vector: a column that holds whole four-vectors, or None.
        links: NanoAOD links from jets to candidates, or None.

    Example:
        >>> plan(["part_px", "part_py", "part_pz", "part_energy", "label_QCD"], Request(), "memory").labels
        'label_QCD'
    """

    slots: tuple[dict[str, str], ...] = field(default=())
    labels: str | None = None
    vector: str | None = None
    links: Links | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns to read."""
        names = [column for slot in self.slots for column in slot.values()]
        names += [self.vector] if self.vector else []
        names += list(self.links.columns) if self.links else []
        return tuple(dict.fromkeys([*names, *([self.labels] if self.labels else [])]))


def plan(names: Iterable[str], request: Request, where: str, *, vectors: Iterable[str] = ()) -> Plan:
    """Choose the columns that make jets.

    Without ``request.collection`` the first of these is taken: ``part_*`` (JetClass), links to particle-flow candidates (NanoAOD),
    ``Jet_*`` (the jets of an event are then its "constituents"), plain names, one vector column, numbered columns, the only collection.

    Arguments:
        names: names of all columns.
        request: ``collection`` and ``labels``.
        where: file or origin, named in the sentences.
        vectors: those columns that hold whole four-vectors.

    Returns:
        Plan.

    Raises:
        MissingField: no columns fit; what is there, or near misses, are listed.

    Example:
        >>> plan(["Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "nMuon"], Request(), "memory").slots[0]["pt"]
        'Muon_pt'
    """
    known, whole = list(names), list(vectors)
    labels = _labels(known, request.labels, where)
    if request.collection is not None:
        return _asked(known, whole, request, labels, where)
    links = find_links(known, None, where)
    if any(name.startswith("part_") for name in known):
        return Plan((choose(known, "part_", where),), labels)
    if links is not None:
        # one entry per event, several jets in it: labels of events would not fit
        refuse_unused(request, where, "labels")
        return Plan(links=links)
    found = collections(known)
    for prefix in ("Jet_", ""):
        if prefix in found:
            return Plan((choose(known, prefix, where),), labels)
    if len(whole) == 1:
        return Plan(labels=labels, vector=whole[0])
    numbered = _numbered(known)
    if numbered:
        return Plan(numbered, labels)
    if len(found) == 1:
        return Plan((choose(known, found[0], where),), labels)
    if found or whole:
        options = ", ".join([prefix.rstrip("_.") for prefix in found] + whole)
        raise MissingField(f"{where}: several collections hold four-momenta: {options}. Name one with collection=.")
    # nothing is complete: let the fullest prefix say what it lacks
    prefixes = sorted(_prefixes(known), key=lambda prefix: -len(quantities(known, prefix)))
    choose(known, prefixes[0] if prefixes else "part_", where)
    raise MissingField(f"{where}: no four-momenta. {near_misses('part_px', known)}")


def collections(names: Iterable[str]) -> tuple[str, ...]:
    """Prefixes of columns under which a four-momentum is complete.

    Example:
        >>> collections(["mu_pt", "mu_eta", "mu_phi", "jet_pt"])
        ('mu_',)
    """
    known = list(names)
    return tuple(prefix for prefix in _prefixes(known) if complete(quantities(known, prefix)))


def build(chosen: Plan, columns: Mapping[str, Any], where: str) -> RawJets:
    """Put the columns of one chunk together.

    Arguments:
        chosen: the plan.
        columns: name to an awkward array of lists, or of numbers.
        where: file or origin, named in the sentences.

    Returns:
        RawJets.

    Raises:
        InvalidData: columns of different lengths.

    Example:
        >>> import awkward as ak
        >>> data = {"px": ak.Array([[3.0], [8.0, 3.0]]), "py": ak.Array([[4.0], [15.0, 4.0]]), "pz": ak.Array([[0.0], [0.0, 0.0]])}
        >>> data["E"] = ak.Array([[5.0], [17.0, 5.0]])
        >>> build(plan(data, Request(), "memory"), data, "memory").four_momenta.shape
        (2, 2, 4)
    """
    labels = None
    if chosen.labels is not None:
        labels = flat_and_counts(columns[chosen.labels], f"{where}: {chosen.labels}")[0]
        labels = labels.astype(np.int64) if labels.dtype.kind == "b" else labels  # all others are checked before they are cast
        labels = 1 - labels if chosen.labels == "label_QCD" else labels
    if chosen.links is not None:
        return chosen.links.build(columns, where)
    if chosen.vector is not None:
        momenta, counts, rounding = vectors_of(columns[chosen.vector], where)
    elif len(chosen.slots) > 1:
        parts = [four_momenta({q: _flat(columns[c], f"{where}: {c}") for q, c in slot.items()}) for slot in chosen.slots]
        return RawJets(np.stack([momenta for momenta, _ in parts], axis=1), rounding=max(r for _, r in parts), labels=labels)
    else:
        momenta, counts, rounding = _lists({quantity: columns[column] for quantity, column in chosen.slots[0].items()}, where)
    return RawJets(scatter(momenta, counts), rounding=rounding, labels=labels)


def vectors_of(array: Any, where: str) -> tuple[Float[np.ndarray, "M 4"], Int[np.ndarray, "N"], float]:
    """Four-momenta of an awkward array of records, by field name at any depth (``fP.fX`` of a TLorentzVector as well as ``px``).

    Arguments:
        array: awkward array of lists of records, or of records.
        where: file or origin, named in the sentences.

    Returns:
        Momenta ``(M, 4)``, counts ``(N,)`` and their relative rounding.

    Raises:
        MissingField: the fields do not fix a four-momentum.

    Example:
        >>> import awkward as ak
        >>> vectors_of(ak.Array([[{"E": 5.0, "px": 3.0, "py": 4.0, "pz": 0.0}], []]), "memory")[1].tolist()
        [1, 0]
    """
    leaves = _leaves(_present(array, where))
    return _lists({quantity: leaves[name] for quantity, name in choose(leaves, "", where).items()}, where)


def _present(array: Any, where: str) -> Any:
    """Without the constituents that are None, as ak.pad_none and ak.mask leave them."""
    import awkward as ak

    if "?" not in str(array.type):
        return array
    _refuse_none(array, where)
    if array.ndim == 1:
        return array
    # not ak.drop_none, which lacks a kernel for lists with the 32-bit offsets of Arrow
    array = ak.from_regular(array, axis=1)  # a mask on lists of one length would flatten them, as in NumPy
    absent = ak.is_none(array, axis=1)
    # where single fields may be None, awkward answers field by field; such constituents become NaN and are refused
    return array if ak.fields(absent) else array[~absent]


def _refuse_none(array: Any, where: str) -> None:
    import awkward as ak

    absent = int(ak.sum(ak.is_none(array, axis=0)))
    if absent:
        raise InvalidData(f"{where}: {absent} of {len(array)} jets are None; drop them, for instance array[~ak.is_none(array)].")


def _flat(column: Any, where: str) -> Shaped[np.ndarray, "M"]:
    """A column of one number per jet."""
    numbers, counts = flat_and_counts(column, where)
    if len(numbers) != len(counts) or (counts != 1).any():
        raise InvalidData(f"{where}: lists in a numbered column; expected one number for each jet.")
    check_numbers(numbers, where)
    return numbers


def flat_and_counts(column: Any, where: str = "memory") -> tuple[Shaped[np.ndarray, "M"], Int[np.ndarray, "N"]]:
    """A column of lists as flat numbers and counts; a column of numbers counts one each; shapes ``(M,)`` and ``(N,)``.

    Example:
        >>> import awkward as ak
        >>> [part.tolist() for part in flat_and_counts(ak.Array([[1.0, 2.0], []]))]
        [[1.0, 2.0], [2, 0]]
    """
    import awkward as ak

    array = ak.Array(column)
    if array.ndim == 1:
        return _filled(ak.to_numpy(array)), np.ones(len(array), dtype=np.int64)
    if array.ndim > 2:
        raise InvalidData(f"{where}: values of type {array.type}; expected one number or one list of numbers for each jet.")
    _refuse_none(array, where)
    # without None, the type may still say that there could be: counts would be masked
    counts = np.ma.getdata(ak.to_numpy(ak.num(array, axis=1))).astype(np.int64)
    return _filled(ak.to_numpy(ak.flatten(array, axis=1))), counts


def _filled(numbers: Shaped[np.ndarray, "M"]) -> Shaped[np.ndarray, "M"]:
    """NaN for None; what is not masked keeps its type."""
    if not np.ma.is_masked(numbers) or numbers.dtype.kind not in "biuf":
        return np.ma.getdata(numbers)
    return np.asarray(np.ma.filled(numbers.astype(np.float64), np.nan))


def _lists(columns: Mapping[str, Any], where: str) -> tuple[Float[np.ndarray, "M 4"], Int[np.ndarray, "N"], float]:
    split = {quantity: flat_and_counts(column, f"{where}: {quantity}") for quantity, column in columns.items()}
    counts = next(iter(split.values()))[1]
    for quantity, (flat, other) in split.items():
        check_numbers(flat, f"{where}: {quantity}")
        if not np.array_equal(counts, other):
            raise InvalidData(
                f"{where}: the lists of {quantity} do not have the lengths of those of {next(iter(split))}; the file is inconsistent."
            )
    momenta, rounding = four_momenta({quantity: flat for quantity, (flat, _) in split.items()})
    return momenta, counts, rounding


def _leaves(array: Any) -> dict[str, Any]:
    import awkward as ak

    found: dict[str, Any] = {}
    for name in ak.fields(array):
        nested = ak.fields(array[name])
        # field by field, not array[name, inner]: behaviours of `vector` would answer with derived quantities
        found |= _leaves(array[name]) if nested else {name: ak.without_parameters(array[name])}
    return found


def _asked(names: list[str], vectors: list[str], request: Request, labels: str | None, where: str) -> Plan:
    collection = str(request.collection)
    if collection in vectors:
        return Plan(labels=labels, vector=collection)
    links = find_links(names, collection, where)
    if links is not None:
        refuse_unused(request, where, "labels")
        return Plan(links=links)
    for prefix in (f"{collection}_", f"{collection}.", collection):
        if complete(quantities(names, prefix)):
            return Plan((choose(names, prefix, where),), labels)
    if any(name.startswith(f"{collection}_") for name in names):
        return Plan((choose(names, f"{collection}_", where),), labels)
    options = [prefix.rstrip("_.") for prefix in collections(names)] + vectors
    raise MissingField(f"{where}: no collection {collection!r}. {near_misses(collection, options)}")


def _prefixes(names: Iterable[str]) -> list[str]:
    endings = {alias for aliases in NAMES.values() for alias in aliases}
    found: dict[str, None] = {}
    for name in names:
        head, mark, tail = _cut(name)
        if tail.lower() in endings:
            found[head + mark] = None
    return list(found)


def _cut(name: str) -> tuple[str, str, str]:
    for mark in ("_", "."):
        if mark in name:
            head, tail = name.rsplit(mark, 1)
            return head, mark, tail
    return "", "", name


def _numbered(names: Iterable[str]) -> tuple[dict[str, str], ...]:
    """One mapping per constituent of columns such as E_0, PX_0, … or E1, px1, …, in the order of their numbers."""
    slots: dict[int, list[tuple[str, str]]] = {}
    for name in names:
        match = _NUMBERED.match(name)
        if match:
            slots.setdefault(int(match[2]), []).append((match[1], name))
    found = []
    for number in sorted(slots):
        columns = dict(slots[number])
        held = quantities(columns)
        wanted = complete(held)
        if wanted:
            found.append({quantity: columns[held[quantity]] for quantity in wanted})
    return tuple(found) if len(found) > 1 else ()


def _labels(names: list[str], asked: str | None, where: str) -> str | None:
    if asked is not None and asked not in names:
        raise MissingField(f"{where}: no column {asked!r} for the labels. {near_misses(asked, names)}")
    return asked or next((name for name in LABELS if name in names), None)
