"""`hedge alerts`: tries every channel that incidents are told through, and says in words what is told when."""

import os
import socket
import sys
import time

import click

from executor.errors import SettingsError
from hedge_assets.health.ages import age_text
from hedge_assets.place import all_places
from hedge_assets.settings import Alerts
from hedge_assets.watch.channels import channels_of
from hedge_assets.watch.deadman import deadman_of
from hedge_assets.watch.messages import Message


@click.group()
def alerts() -> None:
    """Whom incidents are told to."""


@alerts.command()
@click.option("--channel", type=click.IntRange(min=1), help="Only this one, counted from 1; all by default.")
def test(channel: int | None) -> None:
    """Send one message through each channel; exit 0 only if all took it."""
    settings = all_places(os.environ)[0].alerts
    if not settings.channels:
        raise SettingsError("alerts.channels is empty, nobody would be told; add an Apprise address, e.g. channels = ['env:HEDGE_SLACK']")
    known = channels_of(settings, os.environ)
    if channel is not None and channel > len(known):
        raise click.UsageError(f"--channel was {channel}, there are {len(known)}; hedge alerts show names them")
    message = Message("hedge: a test", f"This is a test of the alerts of {socket.gethostname()}. Nothing is wrong.", "over")
    faults = []
    for each in known if channel is None else known[channel - 1 : channel]:
        began_s = time.monotonic()
        faults.append(each.send(message))
        took_ms = (time.monotonic() - began_s) * 1e3
        click.echo(f"{each.name}: sent in {took_ms:.0f} ms" if faults[-1] is None else f"{each.name}: failed: {faults[-1]}")
    sys.exit(0 if all(fault is None for fault in faults) else 1)


@alerts.command()
def show() -> None:
    """Say what is told, to whom and when, without any address."""
    settings = all_places(os.environ)[0].alerts
    for each in channels_of(settings, os.environ):
        click.echo(f"channel {each.name}")
    deadman_of(settings, os.environ)  # refuses what cannot be pinged
    for line in in_words(settings):
        click.echo(line)


def in_words(settings: Alerts) -> list[str]:
    """The policy, a sentence a line."""
    quiet = "There are no quiet hours."
    if settings.quiet_hours:
        heard = {"warn": "warnings and errors are told as ever", "error": "only errors are told", "none": "nothing is told"}
        quiet = f"From {settings.quiet_hours.replace('-', ' to ')} UTC {heard[settings.quiet_least]}; the rest at their end, if still open."
    remind = f"What stays open is told again every {age_text(settings.remind_s)}." if settings.remind_s else "Nobody is reminded."
    deadman = "No dead-man's ping is sent."
    if settings.deadman_url:
        deadman = f"While all is well, a dead-man's ping is sent every {age_text(settings.deadman_every_s)}."
    return [
        *(() if settings.channels else ("No channel: nobody is told. Add one to [alerts] channels.",)),
        "Errors are told." if settings.least == "error" else "Warnings and errors are told.",
        f"What opens or closes within {settings.gather_s:g} s is one message, and an hour has at most {settings.most_per_hour} of them.",
        remind,
        quiet,
        deadman,
    ]
