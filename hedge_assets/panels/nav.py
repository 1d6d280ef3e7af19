"""What the account is worth, what it lost from its peak, and how the shadow's own desk stands beside it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from hedge_assets.showing.amounts import at, earned, share, text, toned, usd
from hedge_assets.showing.curves import Curve, Curves, Mark, Role, at_time, curve
from hedge_assets.showing.said import Chart, Documents, Figure, Figures, Panel, Said, Table, Tone
from hedge_assets.states.compare_summary import CompareSummary
from hedge_assets.states.nav import Change, Nav
from hedge_assets.states.risk_snapshot import RiskSnapshot
from hedge_assets.states.trades import ClosedRow, Trades
from hedge_assets.statistics.curves import NavCurve

MODE_TONES: dict[str, Tone] = {"ok": "good", "warn": "warn", "defensive": "warn", "halted": "bad"}


def say(documents: Documents) -> Said:
    """NAV and its change, drawdown and risk mode, the curve, and what changed the wallet."""
    found = cast("Nav", documents["nav"])
    return (
        Figures((worth(found), changed("today (UTC)", found.day), changed("this week", found.week), fall(found), mode(documents))),
        Chart("nav", "NAV in today's money, the shadow's beside it, closed trades, and under it the drawdown", curves_of(found, documents)),
        booked(found),
    )


def worth(found: Nav) -> Figure:
    """NAV, and what it is made of."""
    parts = f"wallet {usd(found.wallet_usd).text}, unrealised {usd(found.unrealised_usd, sign=True).text}"
    return Figure("NAV", usd(found.nav_usd, why=found.reason), parts)


def changed(label: str, change: Change) -> Figure:
    """What a period earned, less what was paid in or out."""
    flows = f", {usd(change.flow_usd, sign=True).text} paid in or out" if change.flow_usd else ""
    return Figure(label, earned(change.change_usd, "no record from before it"), f"{share(change.change_frac, 2, sign=True).text}{flows}")


def fall(found: Nav) -> Figure:
    """How far below the peak."""
    peak = f"peak {usd(found.peak_nav_usd).text} at {at(found.peak_ts).text}; worst ever {share(found.max_drawdown_frac).text}"
    return Figure("drawdown", share(found.drawdown_frac, 2, tone=toned(-(found.drawdown_frac or 0.0))), peak)


def mode(documents: Documents) -> Figure:
    """The risk mode in a word, and why."""
    found = cast("RiskSnapshot | None", documents.get("risk_snapshot"))
    if found is None:
        return Figure("risk mode", text(None), "risk_snapshot is not there to say it")
    if found.halted:
        return Figure("risk mode", text("HALTED", "bad"), found.halted_reason or "no reason given")
    tone = MODE_TONES.get(str(found.mode), "plain")
    return Figure("risk mode", text(None if found.mode is None else str(found.mode).upper(), tone), found.mode_reason)


def curves_of(found: Nav, documents: Documents) -> Curves:
    """Live and shadow on one axis, the live one's fall under it, a mark for each closed trade."""
    pieces = (found.days, found.hours, found.minutes)
    gaps = [(gap.from_ts, gap.until_ts) for gap in found.gaps]
    live = worths("live", "live", pieces, gaps)
    fall = curve("drawdown", "fall", with_breaks([(when, -deepest) for each in pieces for when, deepest in fallen(each)], gaps), below=True)
    trades = cast("Trades | None", documents.get("trades"))
    marks = tuple(marked(live, each) for each in trades.trades) if trades is not None else ()
    shadows = shadows_of(cast("CompareSummary | None", documents.get("compare_summary")))
    return Curves((live, *shadows, fall), "usd", "frac", marks, none=found.reason or "one NAV alone is no curve yet")


Points = list[tuple[datetime, float | None]]


def worths(name: str, role: Role, pieces: Iterable[NavCurve], gaps: Sequence[tuple[datetime, datetime]] = ()) -> Curve:
    """NAV in today's money, so that a deposit is no gain."""
    points: Points = [point for each in pieces for point in zip(each.ts, each.adjusted_usd or each.nav_usd, strict=True)]
    return curve(name, role, with_breaks(points, gaps))


def fallen(piece: NavCurve) -> Iterable[tuple[datetime, float]]:
    """How deep it fell in each stretch."""
    return zip(piece.ts, piece.deepest_frac, strict=True)


def with_breaks(points: Points, gaps: Sequence[tuple[datetime, datetime]]) -> Points:
    """The same with a null in the middle of every gap that nobody vouched for."""
    return sorted([*points, *((since + (until - since) / 2, None) for since, until in gaps)], key=lambda point: point[0])


def shadows_of(beside: CompareSummary | None) -> tuple[Curve, ...]:
    """The curve of the candidate's own desk, by the model of fills."""
    columns = beside.columns if beside is not None else ()
    return tuple(
        worths(f"shadow {column.key}", "shadow", (column.curve.days, column.curve.hours, column.curve.minutes))
        for column in columns
        if beside is not None and column.key == beside.shadow_pipeline and column.curve is not None
    )


def marked(live: Curve, trade: ClosedRow) -> Mark:
    """One closed trade on the curve."""
    at_s = trade.closed_ts.timestamp()
    words = f"{trade.side} {trade.symbol} {earned(trade.net_usd).text} ({trade.strategy or 'nobody'}: {trade.exit_reason})"
    return Mark(at_s, at_time(live, at_s) or trade.net_usd, words, is_good=trade.net_usd > 0)


def booked(found: Nav) -> Table:
    """Where the wallet's changes came from."""
    parts = found.booked
    rows = (
        ("trading, before fees", parts.realized_usd),
        ("fees", -parts.fees_usd),
        ("funding", parts.funding_usd),
        ("paid in and out", parts.transfers_usd),
        ("unexplained", parts.unexplained_usd),
    )
    return Table(
        "Where the wallet's changes came from, since the first record",
        ("", "USD#"),
        tuple((text(name), earned(value, "no first record to explain it from")) for name, value in rows),
        "nothing was booked yet",
        is_open=False,
    )


PANEL = Panel(
    key="nav",
    title="NAV",
    place=10,
    states=("nav", "compare_summary", "risk_snapshot", "trades"),
    say=say,
    is_wide=True,
)
