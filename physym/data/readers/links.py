"""NanoAOD: jets whose constituents are reached through links to a list of particle-flow candidates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from physym._typing import Int, Shaped
from physym.data.readers.base import RawJets, near_misses, scatter
from physym.data.readers.kinematics import choose, complete, four_momenta, quantities
from physym.errors import InvalidData, MissingField

_LINK = re.compile(r"^(\w*Jet)(PFCands?)_jetIdx$")
_CANDIDATE = re.compile(r"pf?cands?idx$", re.I)


@dataclass(frozen=True)
class Links:
    """Columns of a NanoAOD file that lead from the jets of an event to their candidates.

    Arguments:
        jet: column with the jet of each link, counted within its event.
        candidate: column with the candidate of each link, counted within its event.
        momenta: quantity to column of the candidates.

    Example:
        >>> names = ["FatJetPFCands_jetIdx", "FatJetPFCands_pFCandsIdx", "PFCands_pt", "PFCands_eta", "PFCands_phi", "PFCands_mass"]
        >>> find_links(names, "FatJet").momenta["pt"]
        'PFCands_pt'
    """

    jet: str
    candidate: str
    momenta: dict[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns to read."""
        return (self.jet, self.candidate, *self.momenta.values())

    def build(self, columns: Mapping[str, Any], where: str = "memory") -> RawJets:
        """The jets of a chunk of events, in the order of the events and of the jets in each.

        Raises:
            InvalidData: lists that belong together do not have the same lengths in every event.
        """
        import awkward as ak

        def lists(name: str) -> tuple[Shaped[np.ndarray, "M"], Int[np.ndarray, "N"]]:
            array = columns[name]
            return ak.to_numpy(ak.flatten(array, axis=1)), ak.to_numpy(ak.num(array, axis=1)).astype(np.int64)

        split = {quantity: lists(name) for quantity, name in self.momenta.items()}
        candidates = next(iter(split.values()))[1]
        jet, links = lists(self.jet)
        for name, counts, expected in (
            (self.candidate, lists(self.candidate)[1], links),
            *((n, c, candidates) for n, (_, c) in split.items()),
        ):
            if not np.array_equal(counts, expected):
                raise InvalidData(f"{where}: the lists of {name} do not have the lengths of those beside it; the file is inconsistent.")
        momenta, rounding = four_momenta({quantity: flat for quantity, (flat, _) in split.items()})
        # awkward lists that are all empty have no type of their own, and would be float64
        jet, candidate = jet.astype(np.int64), lists(self.candidate)[0].astype(np.int64)
        starts = np.repeat(np.cumsum(candidates) - candidates, links)
        room = np.repeat(candidates, links)
        event = np.repeat(np.arange(len(links)), links)
        # links of −1 point nowhere; links beyond the list belong to candidates that a skim removed
        kept = (jet >= 0) & (candidate >= 0) & (candidate < room)
        key = event[kept] * (int(jet.max(initial=0)) + 1) + jet[kept]
        order = np.argsort(key, kind="stable")
        _, counts = np.unique(key[order], return_counts=True)
        chosen = (starts + candidate)[kept][order]
        lost = int((~kept).sum())
        note = f"{lost} links without a candidate" if lost else ""
        return RawJets(scatter(momenta[chosen], counts.astype(np.int64)), rounding=rounding, note=note)


def find_links(names: Iterable[str], collection: str | None, where: str = "memory") -> Links | None:
    """The links of a collection of jets, by the names of PFNano (``FatJetPFCands_…``) or of newer NanoAOD (``FatJetPFCand_…``).

    Arguments:
        names: names of all columns.
        collection: ``"FatJet"``, ``"Jet"`` …; None: ``"FatJet"`` if there, else the first.
        where: file or origin, named in the sentences.

    Returns:
        Links, or None when the file holds none for that collection.

    Raises:
        MissingField: there are links, but not the candidates that they point to.

    Example:
        >>> find_links(["Jet_pt"], None) is None
        True
    """
    known = list(names)
    found = {match[1]: match for match in map(_LINK.match, known) if match}
    if collection is None:
        collection = "FatJet" if "FatJet" in found else next(iter(found), None)
    if collection is None:
        return None
    # the collection may be named by its jets (FatJet) or by its links (FatJetPFCands)
    match = next((m for name, m in found.items() if collection in (name, name + m[2])), None)
    if match is None:
        return None
    prefix = f"{match[1]}{match[2]}_"
    candidate = next((n for n in known if n.startswith(prefix) and _CANDIDATE.search(n)), None)
    if candidate is None:
        wish = f"{prefix}pFCandsIdx"
        raise MissingField(f"{where}: {match[0]} has no column of candidates beside it ({wish}). {near_misses(wish, known)}")
    targets = (f"{match[2]}_", "PFCands_", "PFCand_")
    target = next((name for name in targets if complete(quantities(known, name))), targets[0])
    # without a complete set, this says what is missing: other columns of the file would be other objects
    return Links(jet=match[0], candidate=candidate, momenta=choose(known, target, where))
