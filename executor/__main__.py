"""The executor's command line: `run`, `flatten`, `halt`, `resume`, `doctor`, `replay`."""

import asyncio
import contextlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from executor import accounts, control
from executor.clock import WallClock
from executor.configuration import data_root, read_table, settings_from, umask_of
from executor.errors import HedgeError, SettingsError
from executor.flags import read_flags
from executor.lock import is_held, refuse_another
from executor.received import refuse_received
from executor.settings import Settings
from executor.wire.logs import install
from executor.wire.redaction import Censor

if TYPE_CHECKING:
    from executor.app import Run
    from executor.life import Order
    from executor.live.run import LiveRun
    from executor.permission import Permit

MAX = 0.0


class Speed(click.ParamType[float]):
    """A speed: `max`, or how many times real time."""

    name = "speed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """`max` is 0; anything else must be a number above 0."""
        if value == "max":
            return MAX
        try:
            speed = float(value)
        except ValueError:
            speed = -1.0
        if not 0 < speed < float("inf"):
            self.fail(f"{value!r} is not a speed; give max or a number above 0, e.g. 1 or 60", param, ctx)
        return speed


DATA = click.option(
    "--data", type=click.Path(path_type=Path), default=None, help="Where everything is written (default: HEDGE_DATA, else ./logs)."
)
CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=None,
    envvar="HEDGE_CONFIG",
    help="Settings, TOML (default: HEDGE_CONFIG, else built-in, see ops/paper.toml).",
)
ACCOUNT = click.option("--account", default=None, help="Which account of a desk with several (default: HEDGE_ACCOUNT).")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main_group() -> None:
    """Trade, and write down raw facts."""


@main_group.command()
@DATA
@CONFIG
@ACCOUNT
@click.option("--feed", default=None, help="synthetic, replay:PATH, live.")
@click.option("--exchange", default=None, help="paper, or a venue.")
@click.option("--speed", type=Speed(), default=None, help="max, or times real time (default: 1 for live markets, max for replays).")
@click.option("--loops", type=click.IntRange(1), default=None, help="Stop once so many loops are done, restarts included.")
@click.option("--scenario", default=None, help="Synthetic market: normal, quiet_weekend, flash_crash, feed_outage, funding_spike.")
@click.option("--seed", type=int, default=None, help="Seed of everything drawn by chance.")
@click.option(
    "--metrics-port", type=click.IntRange(0, 65_535), default=None, help="Serve /metrics on 127.0.0.1 there; 0: nowhere (default)."
)
def run(
    data: Path | None,
    config: Path | None,
    account: str | None,
    *,
    speed: float | None,
    loops: int | None,
    scenario: str | None,
    **overrides: Any,
) -> None:
    """Trade until stopped."""
    from executor.doctor import Doors, admit, siblings  # noqa: PLC0415  the other commands do without the trading parts
    from executor.life import Order as Asked  # noqa: PLC0415

    flags = read_flags(os.environ)
    asked_port: int | None = overrides.pop("metrics_port")
    table, root = _placed(data, config, account)
    settings = _settings(table, scenario, overrides)
    port = settings.metrics_port if asked_port is None else asked_port
    chosen = speed if speed is not None else (MAX if settings.feed.startswith("replay") else 1.0)
    order = Asked(root=root, settings=settings, flags=flags, speed=chosen, loops=loops, metrics_port=port)
    started = time.monotonic()
    refuse_received(order.root)
    refuse_another(order.root / "raw")  # before any venue is asked; the lock itself is taken when all else holds
    others = siblings(read_table(config), settings.account)
    permit = admit(order.root, settings, os.environ, others=others, doors=Doors(censor=_censor()))
    runner = _runner(order, permit)
    ready_s = time.monotonic() - started
    _tell(f"executor {settings.account}: {settings.feed} -> {settings.exchange}, writing to {order.root} (ready in {ready_s:.2f} s)")
    summary = asyncio.run(runner.run())
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(summary.counters.items())) or "nothing happened"
    _tell(
        f"{summary.why}: {summary.loops:,} loops, {summary.ticks:,} ticks journaled, {counts}; NAV {float(summary.nav):,.2f} USD;"
        f" {summary.wall_s:.1f} s, peak {peak_mb:.0f} MB"
    )


def _runner(order: "Order", permit: "Permit") -> "Run | LiveRun":
    """What runs an order; whoever trades on paper does not wait for the import of a venue's parts."""
    if permit.mode == "paper":
        from executor.app import Run as Paper  # noqa: PLC0415

        return Paper(order)
    from executor.live.run import LiveRun as Live  # noqa: PLC0415

    return Live(order, permit, _tell)


def _placed(data: Path | None, config: Path | None, account: str | None) -> tuple[dict[str, Any], Path]:
    """The settings of the account that is meant, as a table, and its data root."""
    table = read_table(config)
    name = accounts.chosen(table, account, os.environ)
    accounts.refuse_a_desk(data_root(data, os.environ), name)
    return accounts.table_of(table, name), accounts.root_of(data_root(data, os.environ), name)


def _settings(table: dict[str, Any], scenario: str | None, overrides: dict[str, Any]) -> Settings:
    if scenario is not None:
        table = {**table, "synthetic": {**table.get("synthetic", {}), "scenario": scenario}}
    return settings_from(table, overrides)


def _root(data: Path | None, account: str | None) -> Path:
    return accounts.root_of(data_root(data, os.environ), accounts.asked(account, os.environ))


def _ask(root: Path, wanted: control.Wanted, reason: str) -> None:
    if not (root / "raw").is_dir():
        accounts.refuse_a_desk(root, "")
        raise SettingsError(f"no executor has run in {root}; name its directory with --data")
    control.ask(root, control.Control(wanted=wanted, reason=reason, asked_us=WallClock().now_us()))
    _say(f"asked the executor of {root} to {wanted}; it obeys on its next loop")


@main_group.command()
@DATA
@ACCOUNT
@click.option("--reason", default="asked on the command line", help="Journaled with the halt.")
def halt(data: Path | None, account: str | None, reason: str) -> None:
    """Stop new risk; exits go on."""
    _ask(_root(data, account), "halt", reason)


@main_group.command()
@DATA
@ACCOUNT
@click.option("--reason", default="asked on the command line", help="Journaled with the resume.")
def resume(data: Path | None, account: str | None, reason: str) -> None:
    """Allow new risk again."""
    _ask(_root(data, account), "trade", reason)


@main_group.command()
@DATA
@ACCOUNT
@click.option("--reason", default="asked on the command line", help="Journaled with the halt.")
@click.option(
    "--within", type=click.FloatRange(0, 3_600), default=60.0, show_default=True, help="Follow it for so many seconds; 0: only ask."
)
def flatten(data: Path | None, account: str | None, reason: str, within: float) -> None:
    """Halt, and leave every position by reduce-only orders; 1 where something is still held in the end."""
    from executor.flattening import is_flat_within  # noqa: PLC0415

    root = _root(data, account)
    _ask(root, "flatten", reason)
    if within == 0:
        return
    if not is_held(root / "raw"):
        raise HedgeError(f"no executor is running in {root}; it will flatten when it is started, start it")
    if not is_flat_within(root, within, _say):
        raise SystemExit(1)


@main_group.command()
@DATA
@CONFIG
@ACCOUNT
@click.option("--offline", is_flag=True, help="Ask no venue.")
def doctor(data: Path | None, config: Path | None, account: str | None, *, offline: bool) -> None:
    """Say of each condition for trading whether it holds, and the cure."""
    from executor.doctor import Doors, examine  # noqa: PLC0415

    findings = examine(data_root(data, os.environ), config, os.environ, account=account, offline=offline, doors=Doors(censor=_censor()))
    for finding in findings:
        _say(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.condition}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


@main_group.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), default=None, help="Where its journals go, kept; an empty one (default: nowhere).")
@click.option("--config", type=click.Path(path_type=Path), default=None, help="Settings, TOML (default: those it was recorded with).")
@click.option("--speed", type=Speed(), default="max", show_default=True, help="max, or times real time.")
def replay(path: Path, data: Path | None, config: Path | None, *, speed: float) -> None:
    """Run the executor against a recording instead of a venue; 1 where something came out otherwise.

    PATH is a folder or file of cassettes/ of a data root (venue.record = "on").
    """
    from executor.replaying.replay import replayed  # noqa: PLC0415  half a second to import
    from executor.replaying.telling import lines_of  # noqa: PLC0415

    settings = None if config is None else settings_from(read_table(config), {})
    with contextlib.ExitStack() as kept:
        root = (data or Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="replay-")))).absolute()
        found = replayed(path, root, speed=speed, settings=settings, say=_say)
    for line in lines_of(found):
        _say(line)
    if found.differs:
        raise SystemExit(1)


def _censor() -> Censor:
    """What keeps secrets out of everything this process says; it learns them when a key is read."""
    return click.get_current_context().obj or Censor()


def _tell(line: str) -> None:
    """Say something while trading: a terminal that is gone, or a full disk, ends no run."""
    with contextlib.suppress(OSError):
        _say(line)


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()


def one_line(call: Callable[[], Any]) -> None:
    """Run a command line; what goes wrong on purpose is one line on stderr and its exit code."""
    try:
        call()
    except HedgeError as error:
        click.echo(f"error: {' '.join(str(error).split())}", err=True)
        raise SystemExit(error.exit_code) from None
    except msgspec.ValidationError as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(1) from None


def _begin(censor: Censor) -> None:
    os.umask(umask_of(os.environ))
    main_group(obj=censor)


def main() -> None:
    """The console entry."""
    censor = Censor()
    install(censor)
    one_line(lambda: _begin(censor))


if __name__ == "__main__":
    main()
