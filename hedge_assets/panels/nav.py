"""What the account is worth, what it lost from its peak, and how the shadow's own desk stands beside it."""

from typing import cast

from hedge_assets.showing.amounts import at, earned, share, text, toned, usd
from hedge_assets.showing.curves import Curve, Curves, curve, fallen
from hedge_assets.showing.said import Chart, Documents, Figure, Figures, Panel, Said, Table, Tone
from hedge_assets.states.compare_summary import CompareSummary
from hedge_assets.states.nav import Change, Nav
from hedge_assets.states.risk_snapshot import RiskSnapshot

MODE_TONES: dict[str, Tone] = {"ok": "good", "warn": "warn", "defensive": "warn", "halted": "bad"}


def say(documents: Documents) -> Said:
    """NAV and its change, drawdown and risk mode, the curve, and what changed the wallet."""
    found = cast("Nav", documents["nav"])
    return (
        Figures((worth(found), changed("today (UTC)", found.day), changed("this week", found.week), fall(found), mode(documents))),
        Chart("nav", "NAV, and under it the drawdown", curves_of(found, cast("CompareSummary | None", documents.get("compare_summary")))),
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


def curves_of(found: Nav, beside: CompareSummary | None) -> Curves:
    """Live and shadow on one axis, the live one's drawdown under it."""
    live = curve("live", "live", [(point.ts, point.nav_usd) for point in (*found.hours, *found.minutes)])
    shadows = shadows_of(beside) if beside is not None else ()
    return Curves((live, *shadows, fallen("drawdown", live)), "usd", "frac", none=found.reason or "one NAV alone is no curve yet")


def shadows_of(beside: CompareSummary) -> tuple[Curve, ...]:
    """The curve of the candidate's own desk, by the model of fills."""
    return tuple(
        curve(f"shadow {column.key}", "shadow", [(point.ts, point.nav_usd) for point in column.curve])
        for column in beside.columns
        if column.key == beside.shadow_pipeline and column.curve
    )


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
    states=("nav", "compare_summary", "risk_snapshot"),
    say=say,
    is_wide=True,
)
