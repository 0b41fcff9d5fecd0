"""From the parts of a Lie algebra to its name: ``so(1,3) ⊕ R``, ``se(3)``, ``(so(3) ⊕ R) ⋉ R^3``."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.algebra.structure.modules import split_module
from physym.algebra.structure.parts import Factor, Levi, Radical
from physym.algebra.structure.simple import name_simple
from physym.algebra.structure.spectra import commutant

FAMILIES = ("so(1", "so", "sl", "sp", "su")
PAIRS = {
    ("so(3)", "so(3)"): "so(4)",
    ("su(2)", "su(2)"): "so(4)",
    ("sl(2,R)", "sl(2,R)"): "so(2,2)",
    ("so(1,2)", "so(1,2)"): "so(2,2)",
    ("so(3)", "sl(2,R)"): "so*(4)",
}


def name_factors(levi: Levi, acting: tuple[bool, ...]) -> tuple[Factor, ...]:
    """Names of the simple ideals, chosen by the representation they were given in.

    Arguments:
        levi: the decomposition.
        acting: for each ideal, whether it acts on the nilpotent ideal.

    Returns:
        One factor per ideal, in the order in which a name lists them.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> from physym.algebra.structure.levi import levi_decomposition
        >>> lorentz = so(1, 3).basis / 2**0.5
        >>> name_factors(levi_decomposition(lorentz, 0 * lorentz[None]), (False,))[0].name
        'so(1,3)'
    """
    factors = []
    for index, part in enumerate(levi.simple):
        form_values = np.linalg.eigvalsh(_trace_form(levi.basis[part.start : part.stop]))
        compact = int(np.sum(form_values < 0))
        form, aliases = name_simple(len(part), compact, complex_type=levi.complex_simple[index], modules=_modules(levi, index))
        name = form.name if form else f"simple({len(part)})"
        factors.append(Factor(name, aliases, form, len(part), compact, acting[index]))
    return tuple(sorted(factors, key=_order))


def name_algebra(factors: tuple[Factor, ...], radical: Radical, error: float) -> tuple[str, tuple[str, ...]]:
    """The name of the whole algebra and its other names.

    Arguments:
        factors: the simple ideals.
        radical: the rest.
        error: size below which an action is not resolved.

    Returns:
        Name and aliases.

    Example:
        >>> import numpy as np
        >>> centre = Radical((), 0, 2, 0, 0, np.zeros((0, 0, 0)), 0, "", ())
        >>> name_algebra((), centre, 0.0)
        ('R^2', ())
    """
    apart = [factor.name for factor in factors if not factor.acts]
    block, block_aliases = _block([factor for factor in factors if factor.acts], radical, error)
    split = radical.split_centre + radical.free
    abelian = ["so(2)"] * radical.compact_centre + ([] if not split else ["R" if split == 1 else f"R^{split}"])
    name = _join([*apart, block, *abelian]) or "0"
    aliases = [_join([*apart, other, *abelian]) for other in block_aliases]
    for i, factor in enumerate([f for f in factors if not f.acts]):
        aliases += [_join([*apart[:i], other, *apart[i + 1 :], block, *abelian]) for other in factor.aliases]
    for i in range(len(apart) - 1):
        pair = PAIRS.get((apart[i], apart[i + 1]))
        if pair:
            aliases.insert(0, _join([*apart[:i], pair, *apart[i + 2 :], block, *abelian]))
    aliases = [_whole(apart, block, abelian), *aliases]
    return name, tuple(dict.fromkeys(alias for alias in aliases if alias and alias != name))


def _join(parts: list[str]) -> str:
    return " ⊕ ".join(part for part in parts if part)


def _whole(apart: list[str], block: str, abelian: list[str]) -> str:
    """gl(n,R) and u(n), which have names of their own."""
    if block or len(apart) != 1 or len(abelian) != 1:
        return ""
    if apart[0].startswith("sl(") and apart[0].endswith(",R)") and abelian == ["R"]:
        return apart[0].replace("sl(", "gl(")
    if apart[0].startswith("su(") and "," not in apart[0] and abelian == ["so(2)"]:
        return apart[0].replace("su(", "u(")
    return ""


def _block(acting: list[Factor], radical: Radical, error: float) -> tuple[str, tuple[str, ...]]:
    """Name of the nilpotent ideal with everything that acts on it."""
    centre = ["so(2)"] * radical.compact_acting + (["R"] if radical.split_acting == 1 else [])
    if radical.split_acting > 1:
        centre = [*centre, f"R^{radical.split_acting}"]
    actors = [factor.name for factor in acting] + centre
    if not actors or not radical.kind:
        return _join([*actors, radical.kind]), ()
    left = _join(actors) if len(actors) == 1 else f"({_join(actors)})"
    semidirect = f"{left} ⋉ {radical.kind}"
    special = _inhomogeneous(acting, centre, radical, error)
    if not special:
        return semidirect, ()
    return special, (semidirect, special.replace("se(", "iso(")) if special.startswith("se(") else (semidirect,)


def _inhomogeneous(acting: list[Factor], centre: list[str], radical: Radical, error: float) -> str:
    """se(n), iso(p,q) and aff(1), or an empty text."""
    if not radical.kind.startswith("R") or radical.free:
        return ""
    d = 1 if radical.kind == "R" else int(radical.kind[2:])
    if not acting:
        return _small(centre, radical, d)
    if centre:
        return ""
    rotations = [name for factor in acting for name in (factor.name, *factor.aliases)] if len(acting) == 1 else []
    if len(acting) == 2:
        rotations = [PAIRS.get((acting[0].name, acting[1].name), "")]
    fits = [name for name in rotations if name.startswith("so(") and "C" not in name and sum(map(int, name[3:-1].split(","))) == d]
    if not fits or not _is_irreducible(radical.action, max(error, 1e-7)):
        return ""
    return fits[0].replace("so(", "iso(" if "," in fits[0] else "se(")


def _small(centre: list[str], radical: Radical, d: int) -> str:
    """The plane's motions: one generator that acts on one or two translations."""
    if centre == ["so(2)"] and d == 2:
        return "se(2)"
    if centre == ["R"] and d == 1:
        return "aff(1)"
    if centre == ["R"] and d == 2:
        action = radical.action[0]
        traceless = abs(np.trace(action)) < 0.3 * np.linalg.norm(action)
        return "iso(1,1)" if traceless and np.linalg.det(action) < 0 else ""
    return ""


def _order(factor: Factor) -> tuple[int, int, str]:
    family = next((i for i, start in enumerate(FAMILIES[1:]) if factor.name.startswith(start)), len(FAMILIES))
    return -factor.dimension, family, factor.name


def _trace_form(basis: np.ndarray) -> np.ndarray:
    form = np.einsum("aij,bji->ab", basis, basis)
    return np.asarray((form + form.T) / 2)


def _modules(levi: Levi, index: int) -> tuple[tuple[int, str], ...]:
    """Non-trivial irreducible pieces of one ideal on which no other simple ideal acts (so(4) is no pair of spinors)."""
    part = levi.simple[index]
    others = [levi.basis[other.start : other.stop] for i, other in enumerate(levi.simple) if i != index]
    elsewhere = np.concatenate(others) if others else np.zeros((0, *levi.basis.shape[1:]))
    error = max(levi.noise * np.sqrt(len(part)), 1e-7)
    found = []
    for module in split_module(levi.basis[part.start : part.stop], error):
        alone = np.linalg.norm(module.rows @ elsewhere @ module.rows.T) < 0.3
        if module.dimension > 1 and alone:
            found.append((module.dimension, module.kind))
    return tuple(found)


def _is_irreducible(action: Float[np.ndarray, "a d d"], error: float) -> bool:
    """Whether only multiples of 1 commute with the action, so that it is irreducible of real type."""
    if action.shape[1] == 1:
        return True
    return len(action) > 0 and len(commutant(action, error)[0]) == 1
