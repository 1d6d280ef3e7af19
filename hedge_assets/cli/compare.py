"""`hedge compare`: two columns over any past period from raw facts, or over a recording, and a report of it."""

import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from executor.errors import HedgeError
from hedge_assets.cli.expectancy import shown
from hedge_assets.cli.rebuild import Moment
from hedge_assets.comparing.shapes import Column
from hedge_assets.place import place_of
from hedge_assets.settings import Place
from hedge_assets.shadow.candidates import ACCOUNT, Candidate
from hedge_assets.store import replace
from hedge_assets.trials.periods import Period, named, run_columns
from hedge_assets.trials.replaying import refuse_failed, started
from hedge_assets.trials.report import Report, report_of
from hedge_assets.version import code_version

REPORTS = Path("reports")
WIDE = 160


@click.command()
@click.argument("one")
@click.argument("other")
@click.option("--from", "from_us", type=Moment(), help="When columns begin to trade, e.g. 2026-01-05T00:00:00Z; the beginning by default.")
@click.option("--to", "to_us", type=Moment(), help="Up to the newest loop not after this moment; the end by default.")
@click.option("--replay", type=click.Path(path_type=Path), help="A recording: an executor of its own trades it first, with ONE's pipeline.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the report; reports/ONE-OTHER by default.")
@click.option("--json", "as_json", is_flag=True, help="The whole comparison as JSON instead of a table.")
@click.option(
    "--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default, with --replay a folder that goes."
)
def compare(one: str, other: str, *, replay: Path | None, out: Path | None, as_json: bool, data: Path | None, **period: int | None) -> None:
    """Hold column OTHER, the candidate, against column ONE: v5, v6, a candidate of the settings, or a candidate's file (.toml)."""
    place = place_of(os.environ, data)
    pair = named(one, place.telemetry), named(other, place.telemetry)
    if pair[0].name == pair[1].name and pair[0] != pair[1]:
        raise HedgeError(f"both columns are called {pair[0].name}; rename one of the files")
    if pair[0] == pair[1]:
        pair = (pair[0], msgspec.structs.replace(pair[1], name=f"{pair[1].name}_again"))
    wanted = Period(period["from_us"], period["to_us"])
    report = of_recording(replay, place, pair, wanted, data=data, environ=os.environ) if replay else of_journals(place, pair, wanted)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(plain(report)), indent=1).decode())
        return
    Console(highlight=False, width=None if sys.stdout.isatty() else WIDE).print(table(report))
    for line in (f"verdict: {report.found.verdict.verdict}", *(f"  {each}" for each in report.found.verdict.evidence)):
        click.echo(line)
    for path in written(report, out or REPORTS / "-".join(report.names)):
        click.echo(f"report: {path}")


def of_journals(place: Place, pair: tuple[Candidate, Candidate], period: Period) -> Report:
    """The report on a period of a data root's journals."""
    if not place.raw.is_dir():
        raise HedgeError(f"no journals at {place.raw}; name another data root with --data, or a recording with --replay")
    shadow = run_columns(place, pair, period)
    return report_of(shadow, pair, source=f"the journals of {place.root.name}", telemetry=place.telemetry, code_version=code_version())


def of_recording(
    recording: Path, place: Place, pair: tuple[Candidate, Candidate], period: Period, *, data: Path | None, environ: Mapping[str, str]
) -> Report:
    """The report on a recording: an executor goes through it, and the columns follow its journals."""
    if not recording.exists():
        raise HedgeError(f"--replay was {recording}, there is nothing; name a recording")
    config = environ.get("HEDGE_CONFIG")
    with ExitStack() as stack:
        root = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hedge-compare-")))
        where = msgspec.structs.replace(place, root=root)
        live = pair[0].pipeline
        process = stack.enter_context(started(recording, root, config=Path(config) if config else None, environ=environ, live=live))
        shadow = run_columns(where, pair, period, grows=lambda: process.poll() is None)
        refuse_failed(process, recording)
        return report_of(shadow, pair, source=f"recording {recording.name}", telemetry=place.telemetry, code_version=code_version())


def written(report: Report, folder: Path) -> list[Path]:
    """The report as files, the documents told: Markdown with its curves beside it, HTML with them inside, and JSON."""
    from hedge_assets.trials.rendering import files_of  # noqa: PLC0415  a refused command does not wait for charts

    files = {**{name: content.encode() for name, content in files_of(report).items()}, "report.json": msgspec.json.encode(plain(report))}
    for name, content in files.items():
        replace(folder / name, content)
    return [folder / name for name in files if not name.endswith(".svg")]


def plain(report: Report) -> dict[str, object]:
    """The report as plain values."""
    return {
        "source": report.source,
        "began_ts": report.began.isoformat(),
        "ended_ts": report.ended.isoformat(),
        "live_pipeline": report.live_pipeline,
        "code_version": report.code_version,
        "changes": report.changes,
        "columns": {name: column.model_dump(mode="json") for name, column in report.columns.items()},
        "comparison": report.found.model_dump(mode="json"),
        "model": report.model.model_dump(mode="json"),
        "walk": [step.model_dump(mode="json") for step in report.steps],
    }


def table(report: Report) -> Table:
    """Both columns and the account side by side."""
    one, other = report.names
    title = f"{other} against {one}, {report.began:%Y-%m-%d %H:%M} to {report.ended:%Y-%m-%d %H:%M} UTC, {report.source}"
    error = report.columns[ACCOUNT].model_error_usd
    caption = f"by the model of fills; its error on the live account's own gain is {shown(error, 2)} USD"
    drawn = Table(title=title, caption=caption, box=None, pad_edge=False)
    drawn.add_column("column", no_wrap=True)
    heads = ("gain USD", "deepest fall %", "trades", "won %", "net bps", "fees USD", "maker %", "slippage bps")
    for head in heads:
        drawn.add_column(head, justify="right", no_wrap=True)
    for name in (one, other, ACCOUNT):
        drawn.add_row(name, *row(report.columns[name]))
    return drawn


def row(column: Column) -> tuple[str, ...]:
    """One desk's numbers."""
    return (
        shown(column.gain_usd, 2),
        shown(percent(column.drawdown_frac), 2),
        f"{column.trades:,}",
        shown(percent(column.win_frac), 1),
        shown(column.net_bps_mean, 2),
        shown(column.fees_usd, 2),
        shown(percent(column.maker_frac), 1),
        shown(column.slippage_bps, 2),
    )


def percent(frac: float | None) -> float | None:
    """A share in hundredths."""
    return None if frac is None else 100 * frac
