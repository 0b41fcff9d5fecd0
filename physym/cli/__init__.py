"""The command line: `physym discover lorentz`, `identify`, `export`, `datasets`, `models`."""

from physym.cli.app import app, main
from physym.cli.choices import LevelChoice, MethodChoice

__all__ = ["LevelChoice", "MethodChoice", "app", "main"]
