"""Pure mathematics of matrix Lie algebras: float64, no training."""

from physym.algebra.canonical import canonical_basis
from physym.algebra.casimir import Casimir, casimirs, killing_casimir
from physym.algebra.catalogue import (
    change_of_basis,
    dilation,
    direct_sum,
    extend,
    gl,
    heisenberg,
    iso,
    se,
    sl,
    so,
    sp,
    su,
    unitary,
)
from physym.algebra.closure import closure_residual, refine
from physym.algebra.distance import principal_cosines, span_distance, support_basis
from physym.algebra.export import export, generator_names, load_algebra, render
from physym.algebra.finite.catalogue import (
    cyclic,
    dihedral,
    direct_product,
    icosahedral,
    octahedral,
    permutations,
    pyritohedral,
    tetrahedral,
)
from physym.algebra.finite.matrix_group import (
    GroupIdentification,
    MatrixGroup,
    generated_group,
    identify_group,
    karcher_refined,
)
from physym.algebra.invariants import Invariants, invariants
from physym.algebra.lie_algebra import LieAlgebra, bracket
from physym.algebra.metric import InvariantMetric, invariant_metric
from physym.algebra.monomials import action, evaluate, exponents
from physym.algebra.nullspace import NullSpace, null_space
from physym.algebra.representation import Rep
from physym.algebra.snap import snap
from physym.algebra.structure.identify import Identification, identify
from physym.algebra.structure.irreducible import Decomposition, irreducible_decomposition

__all__ = [
    "Casimir",
    "Decomposition",
    "GroupIdentification",
    "Identification",
    "InvariantMetric",
    "Invariants",
    "LieAlgebra",
    "MatrixGroup",
    "NullSpace",
    "Rep",
    "action",
    "bracket",
    "canonical_basis",
    "casimirs",
    "change_of_basis",
    "closure_residual",
    "cyclic",
    "dihedral",
    "dilation",
    "direct_product",
    "direct_sum",
    "evaluate",
    "exponents",
    "export",
    "extend",
    "generated_group",
    "generator_names",
    "gl",
    "heisenberg",
    "icosahedral",
    "identify",
    "identify_group",
    "invariant_metric",
    "invariants",
    "irreducible_decomposition",
    "iso",
    "karcher_refined",
    "killing_casimir",
    "load_algebra",
    "null_space",
    "octahedral",
    "permutations",
    "principal_cosines",
    "pyritohedral",
    "refine",
    "render",
    "se",
    "sl",
    "snap",
    "so",
    "sp",
    "span_distance",
    "su",
    "support_basis",
    "tetrahedral",
    "unitary",
]
