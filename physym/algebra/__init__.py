"""Pure mathematics of matrix Lie algebras: float64, no training."""
