"""The commands. Every heavy import stands inside the command that needs it, so that `physym --help` answers at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from physym.cli.checks import check_file, check_folder, data_set
from physym.cli.choices import LevelChoice, MethodChoice, Training, level_of, method_of
from physym.cli.sentences import Sentences

if TYPE_CHECKING:
    from physym.algebra import Identification
    from physym.discovery import Discovery

INTERRUPTED = 130


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
    level: Annotated[
        LevelChoice | None,
        typer.Option(help="Statement to test; 'all' tests the three.", show_default="support; conditional with liegg"),
    ] = None,
    method: Annotated[
        MethodChoice, typer.Option(help="spectral: milliseconds, calibrated; liegan: adversarial training; liegg: by way of a network.")
    ] = MethodChoice.spectral,
    seeds: Annotated[int | None, typer.Option(min=1, help="Runs side by side, with --method liegan.", show_default="5")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of each run, with --method liegan.", show_default="2000")] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep the state of --method liegan there; after Ctrl-C the same command goes on from it."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write card.txt, algebra.tex, .json and .png there, and training.png.")
    ] = None,
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

    check_folder(out, "--out")
    check_folder(cache, "--cache")
    check_file(checkpoint, "--checkpoint")
    asked = level_of(level, method)
    chosen = method_of(method, Training(seeds, steps, checkpoint))
    streamed = workers is not None or cache is not None
    if streamed and method is not MethodChoice.spectral:
        raise InvalidData(
            f"--workers and --cache stream sums, which --method {method} cannot use: it needs all jets at once. Leave them out."
        )
    with terminal() as progress:
        jets = data_set(files)
        if streamed:
            if jets is not None:
                raise InvalidData(f"--workers and --cache stream files; {files[0]} is a data set, which fits into memory: leave them out.")
            reading = Reading(constituents, tree, collection, units, order, labels, resolution=resolution)
            run = partial(discover_files, files, reading=reading, format=format, workers=workers or 1, cache=cache)
        else:
            if jets is None:
                jets = load_jets(
                    files, format=format, tree=tree, collection=collection, labels=labels, units=units, order=order, resolution=resolution
                )
            run = partial(discover_lorentz, jets, method=chosen, constituents=constituents)
        found = run(level=asked.value, seed=seed, progress=progress)
    typer.echo(algebra_card(found), nl=False)
    if out is not None:
        for path in write_card(found, out):
            typer.echo(f"wrote {path}", err=True)
    _leave_if_interrupted(found, checkpoint)


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


def _leave_if_interrupted(found: Discovery, checkpoint: Path | None) -> None:
    """Say how to go on after Ctrl-C, and leave with its code."""
    if found.runs is None or not found.runs.interrupted:
        return
    cure = f"the same command goes on from {checkpoint}." if checkpoint is not None else "a run with --checkpoint FILE can be continued."
    typer.echo(f"physym: interrupted after {found.runs.steps:,} of {found.runs.total:,} steps; {cure}", err=True)
    raise typer.Exit(INTERRUPTED)


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
