"""Results as a person reads them: text, LaTeX, figures."""

from physym.report.card import algebra_card
from physym.report.figures import algebra_figure, figure_png
from physym.report.latex import latex_card, levels_table
from physym.report.table import LevelRow, level_rows
from physym.report.training import RunRow, run_columns, run_rows, run_sentence
from physym.report.training_figure import training_figure
from physym.report.write import write_card

__all__ = [
    "LevelRow",
    "RunRow",
    "algebra_card",
    "algebra_figure",
    "figure_png",
    "latex_card",
    "level_rows",
    "levels_table",
    "run_columns",
    "run_rows",
    "run_sentence",
    "training_figure",
    "write_card",
]
