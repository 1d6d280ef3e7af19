"""The paragraph before everything: true, in words that need no glossary, and calm where there is nothing."""

from dataclasses import replace
from datetime import date

import pytest

from executor.records.orders import Boot
from hedge_assets.reporting.missing import holes
from hedge_assets.reporting.telling import chart, day_blocks, paragraph
from hedge_assets.settings import Place
from hedge_assets.showing.said import Figures
from tests.hedge_assets.builders import DAY, HOUR, MINUTE, SECOND, T0, account, boot, fault, gap, halt, heartbeat, resume, unknown
from tests.hedge_assets.health.wrong import incident, over
from tests.hedge_assets.journals import write
from tests.hedge_assets.reporting.days import reported, slept_through, watched, whole_day
from tests.hedge_assets.tabled import FIRST, SECOND_DAY, journaled

UNRECORDED = (
    "Nothing was recorded on 2026-01-06: the trading process did not run, and nothing is known to have been traded. "
    "When it last spoke, at 2026-01-05 22:59:01 UTC, the account was worth 100.00 USD and no positions were open. "
    "The report of that day has all that was known then."
)


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> Place:
    return journaled(tmp_path_factory.mktemp("story"))


def told(report) -> list[str]:
    return [each.text for each in paragraph(report)]


def of(root, *records, **given):
    """The first day of a desk on the wall's clock that ran through it."""
    watched(root)
    write(root, [boot(T0, time="wall", **given), *sorted([*whole_day(T0), *records], key=lambda each: each.ts_us)])
    return reported(Place(root=root), FIRST)


def test_a_day_of_trading_is_told_in_three_short_paragraphs(story):
    money, wrong, record = told(reported(story, FIRST))
    assert money == (
        "This account trades on paper, in a made market: no money was at risk. The account was worth 100,046 USD at the end of the day. "
        "It earned 45.83 USD (0.05 %) on the day. It never stood below its highest of the day. "
        "One trade was closed; after fees and funding it made +45.83 USD. No positions are open at its end."
    )
    assert (
        wrong == "This market went by its own time and not by the clock on the wall: what the watch wrote down meanwhile is of other days."
    )
    assert record == (
        "The record begins with this day, at 00:00 UTC. There is no record of 3 stretches of it, 24 h in all: "
        "the trading process did not run or stood still, the longest from 09:00 to 24:00 UTC."
    )


def test_money_paid_in_is_told_beside_what_was_lost(story):
    money = told(reported(story, SECOND_DAY))[0]
    assert "It lost 32.00 USD (0.03 %) on the day. Besides, 1,000.00 USD was paid in, which counts as neither." in money
    assert "No trade was closed. One position is open at its end." in money


def test_an_idle_day_is_a_healthy_one(tmp_path):
    money, *others = told(of(tmp_path))
    assert money == (
        "This account trades on paper, in a made market: no money was at risk. The account was worth 100,000 USD at the end of the day. "
        "It neither earned nor lost anything on the day. It never stood below its highest of the day. No trade was closed. "
        "No positions are open at its end."
    )
    assert others == [
        "The watch wrote down no incident.",
        "The record begins with this day, at 00:00 UTC. Nothing of what was recorded is missing.",
    ]


@pytest.mark.parametrize(("low", "words"), [("99000", "it stood 1.00 % below"), ("99999", "it stood less than 0.01 % below")])
def test_the_deepest_fall_is_told_with_its_time(tmp_path, low, words):
    assert (
        f"At its worst, at 06:30 UTC, {words} its highest of the day."
        in told(of(tmp_path, account(T0 + 6 * HOUR + 30 * MINUTE + 1, low)))[0]
    )


def test_what_went_wrong_is_said_and_listed(tmp_path):
    at = T0 + HOUR
    report = of(
        tmp_path, halt(at, rule="daily_loss"), resume(at + 1), halt(at + 2, rule="daily_loss"), fault(at), unknown(at), gap(at), gap(at)
    )
    report = replace(report, incidents=(over(T0 + HOUR, 90, severity="warn"), incident(T0 + 2 * HOUR, "executor_dead", "executor")))
    assert told(report)[1] == (
        "The watch wrote down 2 incidents, 1 of them serious; one was still open at the end. New risk was stopped twice (daily_loss). "
        "The fate of one order was not clear at once. The market was silent twice. The trading process survived one fault."
    )
    rows = {block.caption: block.rows for block in day_blocks(report) if hasattr(block, "rows")}
    assert [[cell.text for cell in row[:6]] for row in rows["What went wrong"]] == [
        ["missing", "nav", "warn", "01-05 01:00:00", "01-05 01:01:30", "90 s"],
        ["executor dead", "executor", "error", "01-05 02:00:00", "still open", "22 h"],
    ]
    assert [row[1].text for row in rows["When new risk was stopped, and when it was let go"]] == ["stopped", "let go", "stopped"]


def test_a_day_that_is_not_over_says_so(story):
    report = reported(story, FIRST, as_of_us=T0 + 12 * MINUTE + 10 * SECOND)
    assert "The account was worth 100,001 USD at 2026-01-05 00:12:10 UTC." in told(report)[0]
    assert told(report)[2].startswith("The day is not over: this is as of 2026-01-05 00:12:10 UTC.")


def test_a_slept_through_day_is_a_sentence_and_not_holes(tmp_path):
    report = reported(slept_through(tmp_path), date(2026, 1, 6))
    assert told(report) == [UNRECORDED, "The watch wrote down no incident."]
    assert [block.caption for block in day_blocks(report)] == ["What went wrong"]


def test_the_evening_before_and_the_morning_after_know_what_is_not_recorded(tmp_path):
    place = slept_through(tmp_path)
    evening, morning = reported(place, date(2026, 1, 5)), reported(place, date(2026, 1, 7), as_of_us=T0 + 2 * DAY + 2 * HOUR - 59 * SECOND)
    assert [(each.from_us, each.to_us) for each in holes(evening)] == [(T0 + 23 * HOUR - 59 * SECOND, T0 + DAY - 1)]
    assert [(each.from_us, each.to_us) for each in holes(morning)] == [(T0 + 2 * DAY, T0 + 2 * DAY + HOUR + SECOND)]


def test_books_that_nobody_vouched_for_are_no_number(tmp_path):
    silent = {"account": "timed out"}
    write(
        tmp_path,
        [boot(T0, time="wall"), account(T0, sources=silent), heartbeat(T0), account(T0 + SECOND, sources=silent), heartbeat(T0 + SECOND)],
    )
    report = reported(Place(root=tmp_path), FIRST)
    assert "What the account was worth is not known: its exchange did not answer all day." in told(report)[0]
    assert figures(report)["NAV"] == figures(report)["earned"] == "—"


@pytest.mark.parametrize(
    ("exchange", "feed", "words"),
    [
        ("paper", "replay:a", "on paper, in a recorded market"),
        ("paper", "live", "on paper, in the real market"),
        ("ccxt:binanceusdm", "live", None),
    ],
)
def test_real_money_is_not_called_paper(story, exchange, feed, words):
    report = reported(story, FIRST)
    assert isinstance(report.boot, Boot)
    money = told(replace(report, boot=boot(exchange=exchange, feed=feed)))[0]
    assert (words in money) if words else money.startswith("The account was worth")


def test_what_could_not_be_made_is_named(story):
    report = replace(reported(story, FIRST), lacking={"nav": "check parts_add_up: it was 3"})
    assert "nav could not be made: check parts_add_up: it was 3." in told(report)[2]


def figures(report) -> dict[str, str]:
    return {each.label: each.value.text for block in day_blocks(report) if isinstance(block, Figures) for each in block.figures}


def test_figures_say_what_the_sentences_say(story):
    assert figures(reported(story, FIRST)) == {
        "NAV": "100,046 USD",
        "earned": "+45.83 USD",
        "deepest fall": "0.00 %",
        "trades closed": "1",
        "fees": "−3.52 USD",
        "incidents": "—",
        "not recorded": "24 h",
    }


def test_the_curve_is_the_days_alone_with_its_trades(story):
    (first,), (second,) = chart(reported(story, FIRST)), chart(reported(story, SECOND_DAY))
    assert [each.name for each in first.curves.curves] == [each.name for each in second.curves.curves] == ["NAV", "fall"]
    assert first.curves.curves[1].values == (0.0, 0.0, None, 0.0)
    assert [(mark.at_s, mark.is_good) for mark in first.curves.marks] == [(T0 / 1e6 + 9 * 3600 + 0.012, True)]
    assert second.curves.curves[1].values == (pytest.approx(-32.004 / 101_045.82504),)  # money that came in is no rise
    assert chart(replace(reported(story, FIRST), trades=()))[0].curves.marks == ()  # some of them alone would mislead
    assert min(second.curves.curves[0].times_s) >= (T0 + DAY) / 1e6


def test_what_nobody_watched_is_not_called_well(tmp_path):
    of(tmp_path)
    watched(tmp_path, T0, T0 + 21 * HOUR)
    assert told(reported(Place(root=tmp_path), FIRST))[1] == (
        "The watch wrote down no incident. For 3 h of the day nobody watched: what went wrong then is not all told."
    )
