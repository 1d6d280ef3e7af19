"""How much risk is on, how much room each limit leaves, and which rules said no."""

from typing import cast

from hedge_assets.showing.amounts import count, number, share, text, usd
from hedge_assets.showing.said import Bar, Bars, Documents, Figure, Figures, Panel, Said, Table, Tone
from hedge_assets.states.risk_snapshot import RiskSnapshot, Room

UNITS = {"usd": ("USD", 0), "frac": ("%", 2), "ratio": ("x", 2), "count": ("", 0)}
NEAR, FULL = 0.8, 1.0
SHOWN = 40


def say(documents: Documents) -> Said:
    """Exposure, rooms, vetoes."""
    found = cast("RiskSnapshot", documents["risk_snapshot"])
    return (
        Figures(
            (
                Figure("gross", usd(found.gross_usd), f"with live orders {usd(found.exposed_usd).text}"),
                Figure("net", usd(found.net_usd, sign=True)),
                Figure("leverage", number(found.leverage, 2, "x")),
                Figure("positions", count(found.open_positions)),
                Figure(
                    "vetoed in 24 h",
                    share(found.veto_frac_24h, why="no decision in 24 h"),
                    f"{found.vetoed_24h:,} of {found.decisions_24h:,}",
                ),
            )
        ),
        Bars(
            "Exposure against limits",
            tuple(bar(room) for room in fullest(found.rooms)),
            "no limit is known before the executor's first boot",
        ),
        Table(
            "Vetoes by rule",
            ("rule", "last 24 h#", "since the start#"),
            tuple((text(row.rule), count(row.last_24h), count(row.since_start)) for row in found.vetoes),
            "no rule has said no",
        ),
    )


def fullest(rooms: tuple[Room, ...]) -> list[Room]:
    """The account's own limits first, then whatever is fullest: at most 40."""
    return sorted(rooms, key=lambda room: (bool(room.subject), -(room.used_frac or 0.0)))[:SHOWN]


def bar(room: Room) -> Bar:
    """One limit as a filling."""
    unit, digits = UNITS.get(room.unit, (room.unit, 2))
    scale = 100.0 if room.unit == "frac" else 1.0
    value, limit = (None if each is None else scale * each for each in (room.value, room.limit))
    name = room.name.replace("_", " ")
    return Bar(
        f"{name} {room.subject}" if room.subject else name,
        room.reason or "not known" if value is None else number(value, digits, unit).text,
        number(limit, digits, unit).text,
        room.used_frac,
        tone(room.used_frac),
    )


def tone(used_frac: float | None) -> Tone:
    """Near its limit, or at it."""
    if used_frac is None:
        return "dim"
    return "bad" if used_frac >= FULL else "warn" if used_frac >= NEAR else "plain"


PANEL = Panel(key="risk", title="Risk", place=30, states=("risk_snapshot",), say=say)
