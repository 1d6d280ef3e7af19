"""`hedge journal`: are the raw journals whole, and what do they say last."""

import os
import sys
from pathlib import Path

import click
import msgspec

from executor.errors import HedgeError
from executor.journal.audit import Report
from executor.journal.reader import tail as newest
from executor.journal.reader import verify as audited
from executor.records.streams import STREAMS, Stream
from hedge_assets.health.gathering import known_seqs
from hedge_assets.place import place_of

DATA = click.option("--data", type=click.Path(path_type=Path), help="Data root; HEDGE_DATA or ./logs by default.")
STREAM = click.argument("stream", type=click.Choice(STREAMS))


@click.group()
def journal() -> None:
    """Read the executor's raw journals."""


@journal.command()
@click.argument("streams", nargs=-1, type=click.Choice(STREAMS))
@DATA
def verify(streams: tuple[Stream, ...], data: Path | None) -> None:
    """Read every byte of the journals (all three by default); exit 1 if any is damaged."""
    raw = raw_of(data)
    reached = known_seqs(raw)  # before the journals are read: they reach at least as far
    reports = [against(audited(raw, stream), reached.get(f"raw/{stream}", 0)) for stream in streams or STREAMS]
    for report in reports:
        click.echo(report_line(report))
    sys.exit(1 if any(report.first_fault for report in reports) else 0)


@journal.command()
@STREAM
@click.option("-n", "count", default=10, show_default=True, type=click.IntRange(1, 100_000), help="How many records.")
@DATA
def tail(stream: Stream, count: int, data: Path | None) -> None:
    """Print the newest records of one journal, one JSON object a line."""
    for seq, record in newest(raw_of(data), stream, count):
        click.echo(f"{seq} {msgspec.json.encode(record).decode()}")


def against(report: Report, known_seq: int) -> Report:
    """The report with what the executor's checkpoint knows of (`known_seq`) and the journal does not have as a fault."""
    last_seq = report.last_seq or report.pruned
    if last_seq >= known_seq:
        return report
    lost = f"records {last_seq + 1} to {known_seq} are gone: the checkpoint knows of them, the journal ends before"
    return msgspec.structs.replace(report, holes=report.holes + 1, first_fault=report.first_fault or lost)


def raw_of(data: Path | None) -> Path:
    """The folder of raw journals; refuses a data root that has none."""
    raw = place_of(os.environ, data).raw
    if not raw.is_dir():
        raise HedgeError(f"no journals at {raw}; start the executor, or name another data root with --data")
    return raw


def report_line(report: Report) -> str:
    """One stream's audit in a line."""
    span = "no records" if report.first_seq is None else f"records {report.first_seq}..{report.last_seq}"
    said = f"DAMAGED: {report.first_fault} ({report.holes} places)" if report.first_fault else "whole"
    return f"{report.stream}: {said}; {span} in {report.segments} segments, {report.bytes} bytes, {report.unknown} of unknown kinds"
