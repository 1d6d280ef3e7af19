"""`hedge up`: starts the executor and Dagster under one supervisor, tells how far they are, and stops all of it on Ctrl-C."""

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import click

from executor import accounts
from executor.configuration import data_root, read_table, settings_from, umask_of
from executor.endings import asked_to_end
from executor.errors import SettingsError
from executor.flags import Flags, read_flags, refuse_unpermitted_production
from hedge_assets.catalog import scan
from hedge_assets.folder_lock import held
from hedge_assets.health.manifest import manifest
from hedge_assets.place import account_names, all_places
from hedge_assets.stack import box, probes, readiness
from hedge_assets.stack.course import Course, Eyes, Voice
from hedge_assets.stack.knocking import Knocks, doors
from hedge_assets.stack.launching import variables
from hedge_assets.stack.mirroring import with_mirror
from hedge_assets.stack.notes import write_targets
from hedge_assets.stack.ports import listens, ports_from, wanted_ports
from hedge_assets.stack.posts import posts
from hedge_assets.stack.programs import Ports, Stack, free_ports, stack
from hedge_assets.stack.supervision import Supervisor
from hedge_assets.stack.units import Where
from hedge_assets.stack.units import units as units_of
from hedge_assets.store import replace

BOX = Path("/etc/hedge/box.env")
OF_SHELL = ("PATH", "LANG", "LANGUAGE")
UNATTENDED_S = 30.0
PASSED_ON = ("feed", "exchange", "speed", "scenario", "seed")


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path), default=None, help="Where everything is written (default: HEDGE_DATA, else ./logs)."
)
@click.option("--config", type=click.Path(path_type=Path), default=None, help="Settings, TOML (default: built-in, see ops/paper.toml).")
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    default=Ports.web,
    show_default=True,
    help="Port of the Dagster pages; the next free one is taken.",
)
@click.option(
    "--prod", is_flag=True, help="Validate a box first, then become its supervisor (docs/production.md); the other options are not used."
)
@click.option("--check", is_flag=True, help="With --prod: validate and start nothing.")
@click.option(
    "--units", type=click.Path(path_type=Path), default=None, help="With --prod: validate, and write units for systemd into this folder."
)
@click.option("--env-file", type=click.Path(path_type=Path), default=BOX, show_default=True, help="With --prod: where the box has what.")
@click.option("--feed", help="synthetic, replay:PATH, live.")
@click.option("--exchange", help="paper, or a venue.")
@click.option("--speed", help="max, or how many times real time.")
@click.option("--scenario", help="Synthetic market: normal, quiet_weekend, flash_crash, feed_outage, funding_spike.")
@click.option("--seed", help="Seed of everything drawn by chance.")
def up(
    data: Path | None,
    config: Path | None,
    *,
    port: int,
    prod: bool,
    check: bool,
    units: Path | None,
    env_file: Path,
    **passed_on: str | None,
) -> None:
    """Run the whole desk until Ctrl-C: executor, Dagster pages, schedules."""
    if prod:
        begin_box(env_file, only_check=check, units=units)
        return
    if check or units:
        raise click.UsageError("--check and --units go with --prod; hedge status looks at a desk that runs")
    flags = read_flags(os.environ)
    refuse_unpermitted_production(flags)
    table = read_table(config)
    names = accounts.names_of(table)
    judged = [settings_from(accounts.table_of(table, name), {}) for name in names or ("",)]
    root = data_root(data, os.environ)
    arguments = executor_arguments(config, passed_on)
    with held(root / "run", f"{root} is run by another `hedge up`; stop that one (Ctrl-C there) or name another --data"):
        wanted = wanted_ports(os.environ, Ports(web=port, executor=judged[0].metrics_port or Ports.executor))
        ports = free_ports(wanted, len(names))
        sys.exit(run(stack(root, arguments=arguments, config=config, ports=ports, accounts=names), flags))


def begin_box(env_file: Path, *, only_check: bool, units: Path | None = None) -> None:
    """Validate everything, tell it, and become the supervisor of the box; 78 (or 75) with what is missing where something is.

    With a folder for `units` systemd is to be its supervisor.
    """
    environ = {**of_shell(os.environ), **box_environment(env_file)}
    found = []
    for finding in readiness.findings(environ, may_run=only_check or units is not None, for_units=units is not None):
        click.echo(finding.line)
        sys.stdout.flush()
        found.append(finding)
    codes = [finding.code for finding in found if finding.code]
    if codes:
        sys.exit(SettingsError.exit_code if SettingsError.exit_code in codes else codes[0])
    if units is not None:
        write_units(environ, units, env_file)
    if only_check or units is not None:
        return
    os.umask(umask_of(environ))
    words = (sys.executable, "-m", "hedge_assets.stack.supervisord", "-n", "-c", str(supervised(environ)))
    os.chdir(environ["HEDGE_HOME"])
    os.execve(sys.executable, words, environ)  # noqa: S606  our own interpreter and our own file


def supervised(environ: Mapping[str, str]) -> Path:
    """What the supervisor of a box reads: the file that is handed out, or one with an executor for each of its accounts."""
    run_folder, names = Path(environ["HEDGE_RUN"]), account_names(environ)
    try:
        run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"HEDGE_RUN was {run_folder}, it cannot be made ({error.strerror}); name a folder that root can make") from None
    if not names:
        return Path(environ["HEDGE_HOME"]) / "ops/hedge.conf"
    replace(run_folder / "hedge.conf", box.configuration_of(posts(names, ports_from(environ, len(names)))).encode())
    return run_folder / "hedge.conf"


def write_units(environ: Mapping[str, str], folder: Path, env_file: Path) -> None:
    """The box's files for systemd, with an executor for each of its accounts and its own users and places, into a folder that is there."""
    names = account_names(environ)
    users = {name: value for name, value in environ.items() if name.endswith("_USER")}
    where = Where(str(env_file.absolute()), environ["HEDGE_HOME"], environ["HEDGE_DATA"], users)
    for name, text in units_of(posts(names, ports_from(environ, len(names))), where).items():
        replace(folder / name, text.encode())
        click.echo(f"wrote {folder / name}")


def of_shell(environ: Mapping[str, str]) -> dict[str, str]:
    """What a box takes over from whoever starts it: where programs are, and the language. The rest may be secrets of theirs."""
    return {name: value for name, value in environ.items() if name in OF_SHELL or name.startswith("LC_")}


def box_environment(path: Path) -> dict[str, str]:
    """What the box's file says. Who may write it decides what runs as root, so it must be root's or this user's own."""
    try:
        seen, text = path.stat(), path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingsError(f"--env-file was {path}, it cannot be read ({said}); copy ops/box.env there") from None
    if seen.st_uid not in (0, os.geteuid()) or seen.st_mode & 0o022:
        raise SettingsError(f"{path} was uid {seen.st_uid}'s with mode {seen.st_mode & 0o7777:04o}; chown root it, chmod 0644")
    return variables(text, str(path))


def executor_arguments(config: Path | None, passed_on: dict[str, str | None]) -> tuple[str, ...]:
    """What the executor is started with, beside its data root."""
    words = [] if config is None else ["--config", str(config.absolute())]
    for name in PASSED_ON:
        value = passed_on.get(name)
        if value is not None:
            words += [f"--{name}", value]
    return tuple(words)


def run(made: Stack, flags: Flags) -> int:
    """Start the stack, with the mirror where it is wanted, follow its course, stop it; returns the exit code."""
    places = all_places({**os.environ, **made.environment}, made.root)
    wanted = with_mirror(made, places[0], flags)
    rows = manifest(scan())
    began_s = time.time()
    over = asked_to_end()
    voice = terminal_voice() if sys.stdout.isatty() else plain_voice()
    voice.say(f"data in {wanted.root}, logs of each program in {wanted.run_folder}")
    write_targets(wanted.run_folder, wanted.ports, wanted.accounts)
    supervisor = Supervisor(wanted.programs, wanted.run_folder, {**os.environ, **wanted.environment})
    knocks = Knocks(doors(wanted.ports, wanted.accounts))
    eyes = Eyes(
        grows=lambda: any(probes.grows(place.raw, began_s) for place in places),
        serves=lambda: listens(wanted.ports.code),
        dagster_trouble=lambda: probes.dagster_trouble(wanted.ports.web),
        standing=lambda: probes.all_standing(places, rows),
        mute=knocks.see,
        shows=lambda: listens(wanted.ports.page),
    )
    with knocks.going_on():
        return Course(stack=wanted, supervisor=supervisor, eyes=eyes, voice=voice, is_over=over.is_set).run()


def terminal_voice() -> Voice:
    """Lines that stay, and below them one that is replaced."""

    def say(line: str, *, stays: bool = True) -> None:
        with contextlib.suppress(OSError):  # a terminal that was closed: everything ends in its order all the same
            click.echo(f"\r\033[K{line}", nl=stays)

    def show(line: str) -> None:
        width = shutil.get_terminal_size().columns
        say(f"{time.strftime('%H:%M:%S')}  {line}"[: width - 1], stays=False)

    return Voice(say, show)


def plain_voice() -> Voice:
    """For logs: the status line every half a minute only."""
    shown_s = [time.monotonic()]

    def say(line: str) -> None:
        with contextlib.suppress(OSError):  # a log on a full disk ends nothing
            click.echo(line)
            sys.stdout.flush()

    def show(line: str) -> None:
        if time.monotonic() - shown_s[0] >= UNATTENDED_S:
            shown_s[0] = time.monotonic()
            say(f"{time.strftime('%H:%M:%S')}  {line}")

    return Voice(say, show)
