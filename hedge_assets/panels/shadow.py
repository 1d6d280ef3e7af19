"""The candidate beside the live pipeline: what to do about it, what it would have earned, and where they part."""

from typing import cast

from hedge_assets.comparing.shapes import Agreement, CauseRow, Column
from hedge_assets.comparing.shapes import Cell as Pair
from hedge_assets.showing.amounts import bps, count, earned, number, share, text
from hedge_assets.showing.curves import Curves, Role, curve
from hedge_assets.showing.said import Cell, Documents, Figure, Figures, Panel, Said, Sketch, Table, Tone, Words
from hedge_assets.showing.sketches import small_curves
from hedge_assets.states.compare_summary import CompareSummary
from hedge_assets.states.shadow_head import ShadowHead
from hedge_assets.statistics.curves import NavCurve

SHOWN = 40
MATRIX_MOST = 12
VERDICTS: dict[str, Tone] = {"promote": "good", "reject": "bad"}


def say(documents: Documents) -> Said:
    """The verdict, the figures, the matrix, causes, symbols, and the newest decision of the shadow."""
    found = cast("CompareSummary", documents["compare_summary"])
    head = cast("ShadowHead | None", documents.get("shadow_head"))
    return (
        Figures(figures(found)),
        Words(f"{found.verdict.rule}: {'; '.join(found.verdict.evidence)}" if found.verdict.evidence else found.verdict.rule, "dim"),
        matrix(found),
        Table(
            "Why they part",
            ("cause", "pairs#", "at stake#", "shadow earned more#", "worst"),
            tuple(cause(each) for each in sorted(found.causes, key=lambda each: -each.n) if each.n),
            "they have not parted",
            is_open=False,
        ),
        Table(
            "By symbol",
            ("symbol", "pairs#", "agree#", "live only#", "shadow only#", "size ratio, median#", "shadow earned more#"),
            tuple(
                symbol(each)
                for each in sorted(found.symbols, key=lambda each: each.agree_frac if each.agree_frac is not None else 2)[:SHOWN]
            ),
            found.reason or "no pair yet",
            max(0, len(found.symbols) - SHOWN),
            is_open=False,
        ),
        *(() if head is None else (newest(head),)),
    )


def sketch(documents: Documents) -> Sketch:
    """NAV of both desks."""
    found = cast("CompareSummary", documents["compare_summary"])
    sides: tuple[tuple[Role, str | None], ...] = (("live", found.live_pipeline), ("shadow", found.shadow_pipeline))
    drawn = [
        curve(column.key, role, [point for piece in pieces_of(column) for point in zip(piece.ts, piece.nav_usd, strict=True)])
        for role, pipeline in sides
        for column in found.columns
        if column.key == pipeline
    ]
    return small_curves("NAV by the model of fills: live blue, shadow orange", Curves(tuple(drawn), "usd"), is_large=True)


def pieces_of(column: Column) -> tuple[NavCurve, ...]:
    """A column's NAV, piece by piece."""
    return () if column.curve is None else (column.curve.days, column.curve.hours, column.curve.minutes)


def figures(found: CompareSummary) -> tuple[Figure, ...]:
    """Both columns in one row of numbers."""
    money, sizes, all_ = found.overall.money, found.overall.sizes, found.overall
    low, high = (
        each[0] if each[0] is not None else each[1]
        for each in ((money.hour_low_usd, money.diff_low_usd), (money.hour_high_usd, money.diff_high_usd))
    )
    sides = f"{found.live_pipeline or 'live'} against {found.shadow_pipeline or 'shadow'}"
    return (
        Figure("verdict", text(found.verdict.verdict, VERDICTS.get(found.verdict.verdict, "plain")), sides),
        Figure("agree", share(all_.agree_frac, why=all_.reason), f"{all_.n:,} pairs; {found.warmup_missing:,} more wanted"),
        Figure(
            "shadow earned more",
            earned(money.diff_usd if money.n else None, money.reason),
            f"95 %: {earned(low).text} to {earned(high).text}",
        ),
        Figure("size, shadow over live", number(sizes.ratio_p50, 2, "x", why=sizes.reason), "median where both approved"),
        Figure("slippage, shadow less live", bps(all_.costs.slippage.mean_bps, sign=True, why=all_.costs.slippage.reason)),
    )


def matrix(found: CompareSummary) -> Table:
    """Answers of the live pipeline down, of the shadow across; darker is more often."""
    lives, shadows = (leading(found.matrix, side) for side in ("live", "shadow"))
    counts = {(pair.live, pair.shadow): pair.n for pair in found.matrix}
    most = max(counts.values(), default=0)
    rows = tuple(
        (text(live), *(matrix_cell(counts.get((live, shadow), 0), most, is_same=live == shadow) for shadow in shadows)) for live in lives
    )
    shown = sum(counts.get((live, shadow), 0) for live in lives for shadow in shadows)
    return Table(
        "Divergence matrix: live answers down, shadow answers across, darker is more often",
        ("live \\ shadow", *(f"{name}#" for name in shadows)),
        rows,
        found.reason or "no pair yet",
        sum(counts.values()) - shown,
    )


def leading(pairs: tuple[Pair, ...], side: str) -> list[str]:
    """The commonest answers of one side, at most 12."""
    totals: dict[str, int] = {}
    for pair in pairs:
        totals[getattr(pair, side)] = totals.get(getattr(pair, side), 0) + pair.n
    return sorted(totals, key=lambda name: (-totals[name], name))[:MATRIX_MOST]


def matrix_cell(n: int, most: int, *, is_same: bool) -> Cell:
    """How often two answers came together."""
    if n == 0:
        return Cell("·", "dim", is_number=True)
    return Cell(f"{n:,}", "plain" if is_same else "warn", is_number=True, heat_frac=(n / most) ** 0.5)


def cause(each: CauseRow) -> tuple[Cell, ...]:
    """One cause of divergence."""
    worst = each.worst[0] if each.worst else None
    told = None if worst is None else f"{worst.symbol}: live {worst.live}, shadow {worst.shadow}; hedge explain {worst.intent_id}"
    return (
        text(each.cause.replace("_", " ")),
        count(each.n),
        number(each.stake_usd, 0, "USD"),
        earned(each.diff_usd if each.settled else None, "none is settled"),
        text(told),
    )


def symbol(each: Agreement) -> tuple[Cell, ...]:
    """One symbol."""
    return (
        text(each.key),
        count(each.n),
        share(each.agree_frac, why=each.reason),
        count(each.live_only),
        count(each.shadow_only),
        number(each.sizes.ratio_p50, 2, "x", why=each.sizes.reason),
        earned(each.money.diff_usd if each.money.n else None, each.money.reason),
    )


def newest(head: ShadowHead) -> Words:
    """The newest decision of the shadow in a sentence."""
    found = head.head
    if found is None:
        return Words(head.reason or "the shadow has decided nothing yet", "dim")
    asked = f"{found.intent.get('side')} {found.intent.get('symbol')} ({found.intent.get('strategy')}: {found.intent.get('reason')})"
    words = "a heartbeat over the last view" if found.heartbeat else asked
    answer = f"did not ask ({found.shadow_silent})" if found.shadow is None else found.shadow.verdict
    rule = "" if found.shadow is None or found.shadow.rule is None else f" by {found.shadow.rule}"
    return Words(f"Newest: {words}; {head.shadow_pipeline or 'the shadow'} {answer}{rule}.", "dim")


PANEL = Panel(key="shadow", title="Shadow against live", place=80, states=("compare_summary", "shadow_head"), say=say, sketch=sketch)
