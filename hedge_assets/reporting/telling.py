"""What a day's report says before the panels: a paragraph for whoever knows no word of ours, then the day in figures. Pure."""

from collections.abc import Iterator

from hedge_assets.document import moment
from hedge_assets.folds.curve import Curve as DayCurve
from hedge_assets.reporting.gathering import DayReport
from hedge_assets.reporting.missing import holes, told_of_record
from hedge_assets.reporting.moments import clock, counted, lasting, when
from hedge_assets.reporting.trouble import halts, incidents, told_of_trouble
from hedge_assets.showing.amounts import count, earned, number, share, text, toned, usd
from hedge_assets.showing.curves import Curves, Mark, at_time, curve
from hedge_assets.showing.said import Cell, Chart, Figure, Figures, Said, Words
from hedge_assets.tables.days import start_us

LEAST_SHOWN_FRAC = 5e-5


def paragraph(report: DayReport) -> tuple[Words, ...]:
    """What it was worth, what was earned, what went wrong, what is missing: in sentences."""
    if not report.is_recorded:
        return (Words(unrecorded(report)), Words(" ".join(told_of_trouble(report))))
    money = " ".join(sentence for sentence in (kind_of_account(report), *worth(report), trades(report), held(report)) if sentence)
    return (
        Words(money),
        Words(" ".join(told_of_trouble(report)), "warn" if report.incidents else "plain"),
        Words(" ".join(told_of_record(report)), "warn" if report.lacking or holes(report) else "plain"),
    )


def unrecorded(report: DayReport) -> str:
    """A day of which there is no record is no fault of the day's."""
    course, day = report.course, report.wanted.day
    so_far = "" if report.is_over else " so far"
    said = f"Nothing was recorded on {day}{so_far}: the trading process did not run, and nothing is known to have been traded."
    if course.last_beat_us is None or course.newest is None:
        return said
    holding = counted(report.n_open, "position was", "positions were")
    return (
        f"{said} When it last spoke, at {when(course.last_beat_us)}, the account was worth {usd(float(course.newest.nav)).text} "
        f"and {holding} open. The report of that day has all that was known then."
    )


def kind_of_account(report: DayReport) -> str:
    """Whether it is money at all."""
    boot = report.boot
    if boot is None or boot.exchange != "paper":
        return ""
    market = {"synthetic": "a made market", "replay": "a recorded market"}.get(boot.feed.partition(":")[0], "the real market")
    return f"This account trades on paper, in {market}: no money was at risk."


def worth(report: DayReport) -> Iterator[str]:
    """NAV, what the day made of it, and how far it fell meanwhile."""
    curve_ = report.course.curve
    gain = curve_.gain
    if gain is None or curve_.first is None or curve_.last is None:
        yield "What the account was worth is not known: its exchange did not answer all day."
        return
    moment_ = "at the end of the day" if report.is_over else f"at {when(report.wanted.as_of_us)}"
    yield f"The account was worth {usd(float(curve_.last.nav)).text} {moment_}."
    part = f" ({share(abs(float(gain / curve_.first.nav)), 2).text})" if curve_.first.nav > 0 else ""
    word = "earned" if gain > 0 else "lost"
    yield f"It {word} {usd(abs(float(gain))).text}{part} on the day." if gain else "It neither earned nor lost anything on the day."
    if curve_.flows:
        way = "in" if curve_.flows > 0 else "out"
        yield f"Besides, {usd(abs(float(curve_.flows))).text} was paid {way}, which counts as neither."
    yield fall(curve_)


def fall(of_day: DayCurve) -> str:
    """The deepest fall within the day."""
    if of_day.trough_us is None:
        return "It never stood below its highest of the day."
    deep = share(of_day.trough_frac, 2).text if of_day.trough_frac >= LEAST_SHOWN_FRAC else "less than 0.01 %"
    return f"At its worst, at {clock(of_day.trough_us)} UTC, it stood {deep} below its highest of the day."


def trades(report: DayReport) -> str:
    """What was closed, and what it brought."""
    closed, net = report.closed, earned(float(report.closed.net_usd)).text
    if closed.n < 2:
        return f"One trade was closed; after fees and funding it made {net}." if closed.n else "No trade was closed."
    won = f"{closed.wins:,}" if closed.wins else "none"
    return f"{closed.n:,} trades were closed, {won} of them with a profit; after fees and funding they made {net}."


def held(report: DayReport) -> str:
    """What is open when the report ends."""
    open_ = counted(report.n_open, "position is", "positions are")
    return f"{open_[0].upper()}{open_[1:]} open at its end."


def figures(report: DayReport) -> Figures:
    """The paragraph in numbers."""
    course, closed, of_day = report.course, report.closed, report.course.curve
    first, last = (None if point is None else float(point.nav) for point in (of_day.first, of_day.last))
    gain = None if of_day.gain is None else float(of_day.gain)
    part = share(gain / first if gain is not None and first is not None and first > 0 else None, 2, sign=True)
    deepest = share(None if last is None else of_day.trough_frac, 2, tone=toned(-of_day.trough_frac))
    gone_us = sum(each.lasted_us for each in holes(report))
    starts = f"{counted(course.n_faults, 'fault', 'faults')} survived, {counted(course.n_boots, 'start', 'starts')}"
    return Figures(
        (
            Figure("NAV", usd(last, why="no source answered"), f"at the day's beginning {usd(first).text}"),
            Figure("earned", earned(gain, "no NAV"), part.text),
            Figure("deepest fall", deepest, "below the day's highest until then"),
            Figure("trades closed", count(closed.n), f"{closed.wins:,} won, {closed.losses:,} lost; {course.n_fills:,} fills"),
            Figure("fees", earned(-float(course.fees)), f"funding {earned(float(course.funding)).text}"),
            Figure("incidents", incident_count(report), starts),
            Figure(
                "not recorded", text(lasting(gone_us) if gone_us else "nothing", "warn" if gone_us else "plain"), "pauses of over 2 min"
            ),
        )
    )


def incident_count(report: DayReport) -> Cell:
    """How many, or why that is not told."""
    if report.incidents is None:
        return number(None, why="the market went by its own time: what the watch wrote down is of other days")
    return count(len(report.incidents))


def chart(report: DayReport) -> tuple[Chart, ...]:
    """NAV by the minute and how far it stood below its highest, with the trades that were closed where all of them are known."""
    day = report.wanted.day
    points = [(moment(point.ts_us), point) for point in report.course.curve.minutes if point.ts_us >= start_us(day)]
    live = curve("NAV", "live", [(at_, float(point.nav)) for at_, point in points])
    fallen = curve("fall", "fall", [(at_, 0.0 - point.deepest_frac) for at_, point in points], below=True)
    marks = []
    for each in report.trades if len(report.trades) == report.closed.n else ():
        value = at_time(live, each.closed_us / 1e6)
        if value is not None:
            words = f"{each.symbol} {each.side}: {earned(float(each.net)).text}"
            marks.append(Mark(each.closed_us / 1e6, value, words, is_good=each.net > 0))
    drawn = Curves((live, fallen), "usd", "frac", marks=tuple(marks), none="one minute alone is no curve")
    return (Chart("day", f"NAV on {day} (UTC), and under it the fall from the day's highest", drawn),)


def day_blocks(report: DayReport) -> Said:
    """The day by itself, block by block."""
    if not report.is_recorded:
        return tuple(incidents(report))
    return figures(report), *chart(report), *incidents(report), *halts(report)
