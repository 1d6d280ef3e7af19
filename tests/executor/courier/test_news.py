"""News becomes records in the order of hearing; an order's end waits here for its trades."""

import asyncio
from decimal import Decimal

from executor.clock import FixedClock
from executor.courier.news import Answered, CancelAnswered, Differs, Failed, Inbox, News, ProvedDead, Seen
from executor.protocol.facts import Accepted, Unsure
from executor.protocol.ledger import Ledger
from executor.records.base import Record
from executor.records.orders import Ack, Adjust, Cancel, Expire, Fault, Fill, Resolved, Unknown
from tests.executor.protocol.venue_model import NOW_US, make_order, make_submit, make_trade

LATENCY_US = 5_000


def opened(*news: News) -> Inbox:
    """An inbox before which one order of 3 is open, and this was heard."""
    ledger = Ledger()
    ledger.take(make_submit())
    inbox = Inbox(ledger, FixedClock(NOW_US), asyncio.Event())
    for one in (Answered("h-1", Accepted(make_order()), LATENCY_US), *news):
        inbox.put(one)
    inbox.reports()
    return inbox


def told(inbox: Inbox, *news: News) -> list[Record]:
    for one in news:
        inbox.put(one)
    return list(inbox.reports())


def ended(filled: int, status: str = "canceled") -> Seen:
    return Seen(make_order(status=status, filled_qty=Decimal(filled)), "private stream")


def traded(trade_id: str, qty: int = 1, **said: str | None) -> Seen:
    return Seen(make_trade(trade_id, qty=Decimal(qty), **said), "private stream")


def test_news_wakes_and_is_given_once() -> None:
    wake = asyncio.Event()
    inbox = Inbox(Ledger(), FixedClock(NOW_US), wake)
    assert inbox.reports() == []
    inbox.put(Failed("test", "what"))
    assert wake.is_set()
    assert inbox.reports() == [Fault(NOW_US, where="test", detail="what")]
    assert inbox.reports() == []


def test_only_the_answer_says_how_long_it_took() -> None:
    for news, latency_us in (
        (Answered("h-1", Accepted(make_order()), LATENCY_US), LATENCY_US),
        (Seen(make_order(), "list of orders"), None),
    ):
        ledger = Ledger()
        ledger.take(make_submit())
        [ack] = told(Inbox(ledger, FixedClock(NOW_US), asyncio.Event()), news)
        assert isinstance(ack, Ack)
        assert ack.latency_us == latency_us


def test_an_end_that_came_before_its_trades_is_said_with_the_last_of_them() -> None:
    inbox = opened(ended(2))
    assert inbox.claims.keys() == {"h-1"}
    assert [type(record) for record in told(inbox, traded("1"))] == [Fill]
    assert [type(record) for record in told(inbox, traded("1"), traded("2"))] == [Fill, Cancel]
    assert inbox.claims == {}


def test_the_list_of_trades_completes_an_end_as_well_as_the_stream() -> None:
    inbox = opened(ended(1, "expired"))
    [fill, expire] = told(inbox, Seen(make_trade(client_id=None), "list of trades"))
    assert (type(fill), type(expire)) == (Fill, Expire)


def test_an_older_look_at_an_order_does_not_replace_a_newer_one() -> None:
    for older in (ended(1, "open"), ended(2, "open")):
        inbox = opened(ended(2), older)
        assert inbox.claims["h-1"].status == "canceled"
        assert [type(record) for record in told(inbox, traded("1"), traded("2"))] == [Fill, Fill, Cancel]


def test_an_end_replaces_a_look_that_waited_for_trades() -> None:
    inbox = opened(ended(1, "open"), ended(1))
    assert [type(record) for record in told(inbox, traded("1"))] == [Fill, Cancel]


def test_an_answer_and_a_cancels_answer_wait_for_their_trades_too() -> None:
    for news in (
        Answered("h-1", Accepted(make_order(status="expired", filled_qty=Decimal(1))), LATENCY_US),
        CancelAnswered("h-1", Accepted(make_order(status="canceled", filled_qty=Decimal(1)))),
    ):
        inbox = opened(news)
        assert inbox.claims.keys() == {"h-1"}
        assert len(told(inbox, traded("1"))) == 2


def test_what_nobody_here_sent_waits_for_nothing() -> None:
    inbox = opened(Seen(make_order("web_1", filled_qty=Decimal(1)), "list of orders"))
    assert inbox.claims == {}


def test_a_position_that_differs_is_set_unless_it_agrees_by_now() -> None:
    inbox = opened(traded("1"))
    [adjust] = told(inbox, Differs("BTCUSDT", Decimal(5), Decimal(90), "no trade explains it"))
    assert adjust == Adjust(NOW_US, symbol="BTCUSDT", venue_qty=Decimal(5), our_qty=Decimal(1), reason="no trade explains it",
                            entry_price=Decimal(90))  # fmt: skip
    assert told(inbox, Differs("BTCUSDT", Decimal("5.0"), Decimal(90), "")) == []
    [fill] = told(inbox, traded("2"))
    assert isinstance(fill, Fill)
    assert fill.position_qty == 6


def test_unknown_and_proved_dead_are_said_once() -> None:
    ledger = Ledger()
    ledger.take(make_submit())
    inbox = Inbox(ledger, FixedClock(NOW_US), asyncio.Event())
    silent, dead = Answered("h-1", Unsure("timeout"), None), ProvedDead("h-1", "silence")
    assert [type(record) for record in told(inbox, dead, silent, silent, dead, dead)] == [Unknown, Resolved]
