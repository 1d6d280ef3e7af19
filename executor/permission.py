"""May this process trade, and where do its orders go? Values in, a permit or a refusal out: nothing is asked or opened here.

    mode   exchange   yeses                                                                  orders reach
    paper  paper      none                                                                   nowhere
    demo   ccxt:NAME  a key                                                                  the venue's demo, or a stand-in
    live   ccxt:NAME  a key, its acknowledged name, ENV=test, route and ca_file, the doctor  a stand-in
    live   ccxt:NAME  a key, its acknowledged name, ENV=prod, ALLOW_PROD_WRITE=1, the doctor the venue

A stand-in is a local venue on the loopback whose certificate only `venue.ca_file` signs. Live trading there is for tests: it needs
every yes but production's, and under `ENV=prod` a stand-in is refused in any mode. So the last row is the one way to real money,
and no single change of an environment, a file or a flag turns a test into it.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from executor.errors import HedgeError, SettingsError
from executor.flags import Flags
from executor.settings import Settings
from executor.wire.secrets import Key

Reach = Literal["nowhere", "stand-in", "demo", "venue"]

PROBES = ("reachable", "clock", "key rights", "account mode", "leverage")
"""What the doctor must have asked a venue, and found well, before live orders are sent there."""

MOST_AUTHORITIES = 3
"""A stand-in's file holds its own authority. More are the world's, which prove the real venue: a forwarded port would reach it."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One condition: whether it holds, and what was seen (with the cure where it does not).

    `is_open`: it could not be found out now; another try may find it well.
    """

    condition: str
    ok: bool
    detail: str
    is_open: bool = False


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out beforehand: the key, or why there is none (`wire.secrets.read_key`), how many certificates `venue.ca_file`
    holds, and which other account of the desk has the same key at the same venue (empty: none that is known)."""

    key: Key | None = None
    no_key: str = ""
    authorities: int = 0
    twin: str = ""


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """Leave to trade. `reach` is where orders may go, `dialect` the venue's name (empty on paper); paper has no key."""

    mode: Literal["paper", "demo", "live"]
    reach: Reach
    dialect: str = ""
    key: Key | None = None


class Unproved(HedgeError):
    """What a permit rests on could not be found out now (exit 1): a supervisor may try again."""


def conditions(settings: Settings, flags: Flags, facts: Facts) -> list[Finding]:
    """Every condition that needs no venue to be judged, in the order in which a reader would meet them."""
    return [
        _exchange(settings),
        _market(settings),
        _universe(settings),
        _stand_in(settings, flags, facts),
        _key(settings, facts),
        _acknowledgement(settings, facts),
        _env(settings, flags),
        _write(settings, flags),
    ]


def permit(settings: Settings, flags: Flags, facts: Facts, findings: Sequence[Finding]) -> Permit:
    """Leave to trade, or a refusal that names every condition that does not hold. `findings` is what the doctor found of the venue.

    Raises `SettingsError`, or `Unproved` where the only thing missing is an answer.
    """
    found = [*conditions(settings, flags, facts), *findings]
    if settings.mode == "live":
        asked = {finding.condition for finding in findings}
        found += [_missing(name, "the doctor has not asked; let it ask") for name in PROBES if name not in asked]
    refuse(settings.mode, found)
    if settings.mode == "paper":
        return Permit(mode="paper", reach="nowhere")
    return Permit(mode=settings.mode, reach=reach_of(settings), dialect=dialect_name(settings), key=facts.key)


def refuse(mode: str, findings: Iterable[Finding]) -> None:
    """Raise, on one line, every condition that does not hold, each with its cure."""
    missing = [finding for finding in findings if not finding.ok]
    if not missing:
        return
    kind: type[HedgeError] = Unproved if all(finding.is_open for finding in missing) else SettingsError
    told = "; ".join(f"({number}) {finding.condition}: {finding.detail}" for number, finding in enumerate(missing, 1))
    raise kind(f"{mode} trading is not permitted, {len(missing)} condition{'s do' if len(missing) > 1 else ' does'} not hold: {told}")


def reach_of(settings: Settings) -> Reach:
    """Where orders would go if these settings were permitted."""
    if settings.mode == "paper":
        return "nowhere"
    if settings.venue.route:
        return "stand-in"
    return "demo" if settings.mode == "demo" else "venue"


def dialect_name(settings: Settings) -> str:
    """The venue's name in `ccxt:NAME`, empty where the exchange is no venue."""
    kind, _, name = settings.exchange.partition(":")
    return name if kind == "ccxt" else ""


def _well(condition: str, detail: str) -> Finding:
    return Finding(condition=condition, ok=True, detail=detail)


def _missing(condition: str, detail: str) -> Finding:
    return Finding(condition=condition, ok=False, detail=detail)


def _exchange(settings: Settings) -> Finding:
    mode, is_venue = settings.mode, settings.exchange.partition(":")[0] == "ccxt"
    fits = bool(dialect_name(settings)) if mode != "paper" else not is_venue
    if fits:
        return _well("mode", f"{mode} trading on {settings.exchange}")
    if mode == "paper":
        return _missing("mode", f"mode was 'paper', exchange was {settings.exchange!r}; set exchange = 'paper', or mode = 'demo' or 'live'")
    return _missing(
        "mode", f"mode was {mode!r}, exchange was {settings.exchange!r}, ccxt:NAME is needed; name a venue, or set mode = 'paper'"
    )


def _market(settings: Settings) -> Finding:
    """Orders to a venue follow that venue's prices, never made or recorded ones."""
    if settings.mode == "paper" or settings.feed.partition(":")[0] == "live":
        return _well("market", f"prices of {settings.feed}")
    return _missing("market", f"feed was {settings.feed!r}, {settings.mode} trading needs the venue's own prices; set feed = 'live'")


def _universe(settings: Settings) -> Finding:
    symbols = settings.venue.symbols
    if settings.mode == "paper":
        return _well("universe", "the feed's own")
    if not symbols:
        return _missing("universe", "venue.symbols was empty, at least one is needed; name some, e.g. symbols = ['BTCUSDT']")
    return _well("universe", ", ".join(symbols))


def _stand_in(settings: Settings, flags: Flags, facts: Facts) -> Finding:
    venue, name = settings.venue, "stand-in"
    if not venue.route and not venue.ca_file:
        return _well(name, "none: connections go to the venue by name, proved by public authorities")
    if not venue.route or not venue.ca_file:
        only = "venue.ca_file" if venue.ca_file else "venue.route"
        return _missing(name, f"{only} was set alone, a stand-in needs venue.route and venue.ca_file; set both or neither")
    if not 1 <= facts.authorities <= MOST_AUTHORITIES:
        held = f"venue.ca_file was {venue.ca_file!r}, it holds {facts.authorities} certificates"
        return _missing(name, f"{held}, 1 to {MOST_AUTHORITIES} are a stand-in's own; name the file that the local venue made")
    from executor.wire.route import loopback_of  # noqa: PLC0415  who has no stand-in does not wait for the import

    try:
        loopback_of(venue.route)
    except SettingsError as error:
        return _missing(name, str(error))
    if flags.env == "prod":
        return _missing(
            name, "ENV was prod and venue.route was set, production never trades on a stand-in; empty venue.route and venue.ca_file"
        )
    return _well(name, f"every connection goes to {venue.route}")


def _key(settings: Settings, facts: Facts) -> Finding:
    if settings.mode == "paper":
        return _well("key", "none is read on paper")
    if facts.key is None:
        return _missing("key", facts.no_key or "no key was read; name its file in venue.key_file")
    if facts.twin:
        return _missing(
            "key",
            f"it is called {facts.key.name}, and so is that of [accounts.{facts.twin}]: two would trade one account, and count it twice; "
            "give each a key of its own, or take one away",
        )
    return _well("key", f"read; the account is called {facts.key.name}")


def _acknowledgement(settings: Settings, facts: Facts) -> Finding:
    name, said = "acknowledgement", settings.venue.acknowledged
    if settings.mode != "live":
        return _well(name, "needed for live trading only")
    if facts.key is None:
        return _missing(name, f"venue.acknowledged was {said!r}, there is no key to compare it with; mend the key first")
    if said != facts.key.name:
        return _missing(
            name, f'venue.acknowledged was {said!r}, the key\'s account is called {facts.key.name}; set acknowledged = "{facts.key.name}"'
        )
    return _well(name, f"{said} is meant")


def _env(settings: Settings, flags: Flags) -> Finding:
    if settings.mode != "live":
        return _well("ENV", f"ENV={flags.env}")
    needed = "test" if settings.venue.route else "prod"
    if flags.env != needed:
        where = "on a stand-in" if settings.venue.route else "on the venue"
        return _missing("ENV", f"ENV was {flags.env}, live trading {where} needs {needed}; set ENV={needed}")
    return _well("ENV", f"ENV={flags.env}")


def _write(settings: Settings, flags: Flags) -> Finding:
    """Production writes nothing, in any mode, without this yes."""
    name, is_on = "ALLOW_PROD_WRITE", flags.on("ALLOW_PROD_WRITE")
    if is_on or (flags.env != "prod" and reach_of(settings) != "venue"):
        return _well(name, f"ALLOW_PROD_WRITE={int(is_on)}")
    return _missing(name, "ALLOW_PROD_WRITE was 0, 1 is needed here; set ALLOW_PROD_WRITE=1, or mode = 'paper' and ENV=dev")
