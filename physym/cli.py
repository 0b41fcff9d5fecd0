"""The command line: `physym discover lorentz`, `identify`, `export`, `datasets`, `models`.

Every heavy import stands inside the command that needs it, so that `physym --help` answers at once.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physym.errors import PhysymError, PhysymWarning

if TYPE_CHECKING:
    from physym.algebra import Identification
    from physym.data import Jets

FAILED = 2


class LevelChoice(StrEnum):
    """Which statement of symmetry is tested.

    Example:
        >>> LevelChoice("support").value
        'support'
    """

    support = "support"
    conditional = "conditional"
    measure = "measure"
    all = "all"


class Sentences(typer.core.TyperGroup):
    """A group of commands whose failures are one sentence on standard error and exit code 2.

    Example:
        >>> Sentences.__mro__[1].__name__
        'TyperGroup'
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """The main job first."""
        return sorted(super().list_commands(ctx), key=lambda name: name != "discover")

    def invoke(self, ctx: Any) -> Any:
        """Run the command; errors and warnings of physym become sentences, all others keep their traceback."""
        try:
            with _warnings_as_sentences():
                return super().invoke(ctx)
        except PhysymError as error:
            sentence = str(error)
        except OSError as error:
            if error.filename is None:
                raise
            sentence = f"{error.filename}: {error.strerror}."
        typer.echo(f"physym: {sentence}", err=True)
        raise typer.Exit(FAILED)


app = typer.Typer(
    cls=Sentences,
    name="physym",
    help="Find the symmetries of physics data: exact Lie algebras with error bars.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
discover_app = typer.Typer(name="discover", help="Find symmetries in data.", no_args_is_help=True)
app.add_typer(discover_app)


def main() -> None:
    """Run the command line and leave with its exit code: 0, 2 after an error, 130 after Ctrl-C.

    Example:
        >>> callable(main)
        True
    """
    app()


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        from physym import __version__

        typer.echo(f"physym {__version__}")
        raise typer.Exit


@discover_app.callback()
def _discover() -> None:
    """Find symmetries in data."""


@discover_app.command("lorentz")
def discover_lorentz_command(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files of jets, or the name of one data set.", show_default=False)],
    *,
    level: Annotated[LevelChoice, typer.Option(help="Statement to test; 'all' tests the three.")] = LevelChoice.support,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write card.txt, algebra.tex, .json and .png there.")] = None,
    format: Annotated[str | None, typer.Option(help="Format of the files; told from their content by default.")] = None,
    tree: Annotated[str | None, typer.Option(help="TTree or RNTuple to read.")] = None,
    collection: Annotated[str | None, typer.Option(help="Objects to read, for instance FatJet or Muon.")] = None,
    labels: Annotated[str | None, typer.Option(help="Branch that holds the labels.")] = None,
    units: Annotated[str, typer.Option(help="Unit of the momenta in the file: GeV, MeV or TeV.")] = "GeV",
    order: Annotated[str | None, typer.Option(help="Meaning of the last axis of a plain array, for instance E,px,py,pz.")] = None,
    resolution: Annotated[float, typer.Option(help="Relative resolution of measured momenta, for instance 0.05.")] = 0.0,
    constituents: Annotated[int, typer.Option(min=1, help="Leading constituents of each jet that are used.")] = 2,
    workers: Annotated[int | None, typer.Option(min=1, help="Stream the files with this many processes, in little memory.")] = None,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Stream; keep sums there, so that a rerun reads new files only.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Reproduces the run.")] = 0,
) -> None:
    """Find the Lie algebra that acts on the four-momenta of jets, and print its card.

    Example: physym discover lorentz pythia_toptag --level all --out report
    """
    from functools import partial

    from physym.data import load_jets
    from physym.discovery import Reading, discover_files, discover_lorentz
    from physym.errors import InvalidData
    from physym.progress import terminal
    from physym.report import algebra_card, write_card

    _check_folder(out, "--out")
    _check_folder(cache, "--cache")
    with terminal() as progress:
        jets = _data_set(files)
        if workers is not None or cache is not None:
            if jets is not None:
                raise InvalidData(f"--workers and --cache stream files; {files[0]} is a data set, which fits into memory: leave them out.")
            reading = Reading(constituents, tree, collection, units, order, labels, resolution=resolution)
            run = partial(discover_files, files, reading=reading, format=format, workers=workers or 1, cache=cache)
        else:
            if jets is None:
                jets = load_jets(
                    files, format=format, tree=tree, collection=collection, labels=labels, units=units, order=order, resolution=resolution
                )
            run = partial(discover_lorentz, jets, constituents=constituents)
        found = run(level=level.value, seed=seed, progress=progress)
    typer.echo(algebra_card(found), nl=False)
    if out is not None:
        for path in write_card(found, out):
            typer.echo(f"wrote {path}", err=True)


@app.command("identify")
def identify_command(
    file: Annotated[Path, typer.Argument(metavar="ALGEBRA.json", help="An exported algebra.", show_default=False)],
) -> None:
    """Name an algebra and print the evidence.

    Example: physym identify report/algebra.json
    """
    from physym import algebra

    for line in _identification_lines(algebra.identify(algebra.load_algebra(file))):
        typer.echo(line)


@app.command("export")
def export_command(
    file: Annotated[Path, typer.Argument(metavar="ALGEBRA.json", help="An exported algebra.", show_default=False)],
    outputs: Annotated[
        list[Path],
        typer.Argument(metavar="OUT...", help="Files to write; .tex .py .m .wl .sage .g .json chooses the format.", show_default=False),
    ],
) -> None:
    """Write an algebra for another program.

    Example: physym export report/algebra.json lorentz.tex lorentz.g
    """
    from physym.algebra import export, load_algebra, render

    algebra = load_algebra(file)
    for path in outputs:
        render(algebra, path.suffix)  # every format is tried before the first file is written
    for path in outputs:
        typer.echo(f"wrote {export(algebra, path)}")


@app.command("datasets")
def datasets_command(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print the card of this data set.", show_default=False)] = None,
    *,
    path: Annotated[bool, typer.Option("--path", help="Print where its files are, fetching them if need be.")] = False,
) -> None:
    """List the data sets, or show one.

    Example: physym datasets pythia_toptag
    """
    from physym.data import describe_dataset, fetch_dataset, list_datasets
    from physym.errors import UnknownDataset

    if name is None:
        if path:
            raise UnknownDataset(f"--path needs the name of a data set. Known: {', '.join(list_datasets())}.")
        for dataset in map(describe_dataset, list_datasets()):
            typer.echo(str(dataset))
    elif path:
        for file in fetch_dataset(name):
            typer.echo(str(file))
    else:
        typer.echo(describe_dataset(name).card, nl=False)


@app.command("models")
def models_command(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print the card of this model.", show_default=False)] = None,
) -> None:
    """List the released models, or show one.

    Example: physym models
    """
    from physym.artefacts import artefact_folder
    from physym.errors import MissingFile

    cards = {card.parent.name: card for card in sorted(artefact_folder("models").glob("*/card.md"))}
    if name is None:
        for model, card in cards.items():
            typer.echo(f"{model}: {card.read_text(encoding='utf-8').partition(chr(10))[0].lstrip('# ')}")
        if not cards:
            typer.echo("No models have been released yet.")
    elif name in cards:
        typer.echo(cards[name].read_text(encoding="utf-8"), nl=False)
    else:
        raise MissingFile(f"no model {name!r}. Known: {', '.join(cards) or 'none has been released yet'}.")


def _data_set(files: list[str]) -> Jets | None:
    """The shipped jets of a data set, or None when files were named."""
    from physym.data import Jets, describe_dataset, list_datasets, load
    from physym.errors import InvalidData

    if len(files) != 1 or Path(files[0]).exists() or Path(files[0]).suffix or Path(files[0]).parent != Path():
        return None
    if not get_close_matches(files[0], list_datasets(), cutoff=0.8):
        return None
    # a name that is nearly right is refused before anything is read, and data of another kind before they are fetched
    kind = describe_dataset(files[0]).kind
    jets = load(files[0]) if kind == "jets" else None
    if not isinstance(jets, Jets):
        raise InvalidData(f"{files[0]} holds no jets but {kind}; `physym datasets` says what each data set holds.")
    return jets


def _check_folder(out: Path | None, option: str) -> None:
    """Refuse a bad destination before the work, not after it."""
    from physym.errors import InvalidData

    if out is None:
        return
    nearest = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not nearest.is_dir():
        raise InvalidData(f"{option} {out}: {nearest} is a file; name a folder.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InvalidData(f"{option} {out}: the folder {nearest} cannot be written to; name another or change its permissions.")


def _identification_lines(found: Identification) -> Iterator[str]:
    plus, minus, zero = found.killing_signature
    yield found.name
    if found.aliases:
        yield f"  also known as      {', '.join(found.aliases)}"
    yield f"  simple factors     {', '.join(found.factors) or 'none'}"
    yield f"  dimension          {found.dimension} = {found.levi_dimension} (Levi) + {found.radical_dimension} (radical)"
    yield f"  nilradical, centre {found.nilradical_dimension}, {found.centre_dimension}"
    yield f"  rank               {found.rank}"
    yield f"  Killing signature  ({plus}, {minus}, {zero}) as (plus, minus, zero)"
    yield f"  closure residual   {found.closure:.1e}{'' if found.closed else ': does not close within its errors'}"
    yield from (f"  - {sentence}" for sentence in found.evidence)


@contextmanager
def _warnings_as_sentences() -> Iterator[None]:
    """Warnings of physym as single sentences, each once; those of other packages are for programmers and stay hidden."""
    shown: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *place: object, **more: object) -> None:
        sentence = " ".join(str(message).split())
        if issubclass(category, PhysymWarning) and sentence not in shown:
            shown.add(sentence)
            typer.echo(f"physym: warning: {sentence}", err=True)

    with warnings.catch_warnings():
        warnings.simplefilter("always", PhysymWarning)
        warnings.showwarning = show
        yield


if __name__ == "__main__":
    main()
