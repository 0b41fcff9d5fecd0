"""Results as a person reads them: text, LaTeX, figures."""

from physym.report.card import algebra_card
from physym.report.figures import algebra_figure, figure_png
from physym.report.latex import latex_card, levels_table
from physym.report.table import LevelRow, level_rows
from physym.report.write import write_card

__all__ = ["LevelRow", "algebra_card", "algebra_figure", "figure_png", "latex_card", "level_rows", "levels_table", "write_card"]
