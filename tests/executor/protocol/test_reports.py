"""What a venue said becomes records: only what is new, an end only after its trades, and nothing invented."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from executor.protocol.facts import Accepted, IncomeFact, Refused, Unsure
from executor.protocol.ledger import Ledger
from executor.protocol.reports import Moment, missing_qty, on_cancel, on_dead, on_income, on_order, on_trade, on_verdict, origin_of
from executor.records.base import Record
from executor.records.orders import Ack, Cancel, Expire, Fault, Fill, Funding, Reject, Report, Resolved, Transfer, Unknown
from tests.executor.protocol.venue_model import NOW_US, make_order, make_submit, make_trade

AT = Moment(NOW_US, "private stream")
ANSWER = Moment(NOW_US, "answer", 5_000)
REFUSED = Refused(code="insufficient_margin", detail="-2019 Margin is insufficient.")
EXISTS = Refused(code="duplicate_client_id", detail="-4116 ClientOrderId is duplicated.", exists=True)
SILENT = Unsure("timeout")


def heard(ledger: Ledger, reports: Iterable[Report]) -> list[Report]:
    """Each record followed before the next is asked for, as the inbox does."""
    found = []
    for report in reports:
        ledger.take(report)
        found.append(report)
    return found


def sent(**said: Any) -> Ledger:
    ledger = Ledger()
    ledger.take(make_submit(**said))
    return ledger


def unsure(**said: Any) -> Ledger:
    ledger = sent(**said)
    heard(ledger, on_verdict(ledger, "h-1", SILENT, ANSWER))
    return ledger


def opened(**said: Any) -> Ledger:
    ledger = sent(**said)
    heard(ledger, on_verdict(ledger, "h-1", Accepted(make_order()), ANSWER))
    return ledger


def dead(**said: Any) -> Ledger:
    ledger = unsure(**said)
    heard(ledger, on_dead(ledger, "h-1", "silence", AT))
    return ledger


def kinds(reports: Iterable[Report]) -> list[type[Record]]:
    return [type(report) for report in reports]


# the one sending


def test_an_acceptance_is_acknowledged_once_with_how_long_it_took() -> None:
    ledger = sent()
    [ack] = heard(ledger, on_verdict(ledger, "h-1", Accepted(make_order(ts_us=5)), ANSWER))
    assert ack == Ack(NOW_US, client_id="h-1", order_id="1", symbol="BTCUSDT", exchange_ts_us=5, latency_us=5_000)
    assert heard(ledger, on_order(ledger, make_order(), AT)) == []
    assert heard(ledger, on_verdict(ledger, "h-1", Accepted(make_order()), ANSWER)) == []


def test_a_refusal_ends_an_order() -> None:
    ledger = sent()
    assert heard(ledger, on_verdict(ledger, "h-1", REFUSED, ANSWER)) == [
        Reject(NOW_US, client_id="h-1", symbol="BTCUSDT", code="insufficient_margin", detail="-2019 Margin is insufficient.")
    ]
    assert ledger.live == {}


def test_silence_is_unknown_and_a_name_that_exists_already_is_too() -> None:
    for verdict in (SILENT, EXISTS):
        ledger = sent()
        assert kinds(heard(ledger, on_verdict(ledger, "h-1", verdict, ANSWER))) == [Unknown]
        assert heard(ledger, on_verdict(ledger, "h-1", verdict, ANSWER)) == []
        assert list(ledger.unsure()) == ["h-1"]


def test_silence_says_nothing_of_an_order_that_was_seen() -> None:
    ledger = sent()
    heard(ledger, on_order(ledger, make_order(), AT))
    for verdict in (SILENT, EXISTS):
        assert heard(ledger, on_verdict(ledger, "h-1", verdict, ANSWER)) == []


def test_a_late_answer_after_unknown_resolves_it() -> None:
    ledger = unsure()
    assert kinds(heard(ledger, on_verdict(ledger, "h-1", Accepted(make_order()), ANSWER))) == [Ack, Resolved]
    assert ledger.live["h-1"].phase == "open"
    ledger = unsure()
    [resolved] = heard(ledger, on_verdict(ledger, "h-1", REFUSED, ANSWER))
    assert isinstance(resolved, Resolved)
    assert (resolved.fate, resolved.evidence) == ("dead", "refused: insufficient_margin")


def test_an_order_that_was_seen_and_refused_is_a_contradiction_and_lives_on() -> None:
    ledger = sent()
    heard(ledger, on_order(ledger, make_order(), AT))
    [fault] = heard(ledger, on_verdict(ledger, "h-1", REFUSED, ANSWER))
    assert isinstance(fault, Fault)
    assert (fault.where, ledger.live["h-1"].phase) == ("protocol.contradiction", "open")


def test_nobodys_order_leads_to_nothing() -> None:
    ledger = Ledger()
    assert heard(ledger, on_verdict(ledger, "web_1", REFUSED, ANSWER)) == []
    assert heard(ledger, on_verdict(ledger, "web_1", Accepted(make_order("web_1")), ANSWER)) == []
    assert heard(ledger, on_order(ledger, make_order("web_1", status="canceled"), AT)) == []
    assert heard(ledger, on_cancel(ledger, "web_1", Refused(code="gone", detail=""), AT)) == []
    assert heard(ledger, on_dead(ledger, "web_1", "", AT)) == []


# trades and ends


def test_a_fill_before_the_ack_acknowledges() -> None:
    ledger = sent()
    ack, fill = heard(ledger, on_trade(ledger, make_trade(), AT))
    assert (type(ack), type(fill)) == (Ack, Fill)
    assert heard(ledger, on_verdict(ledger, "h-1", Accepted(make_order(filled_qty=Decimal(1))), ANSWER)) == []


def test_a_trade_is_told_by_the_stream_with_our_name_and_by_the_list_with_its_number_only() -> None:
    ledger = opened()
    heard(ledger, on_trade(ledger, make_trade("9"), AT))
    assert heard(ledger, on_trade(ledger, make_trade("9", client_id=None), AT)) == []
    [fill] = heard(ledger, on_trade(ledger, make_trade("10", client_id=None), AT))
    assert isinstance(fill, Fill)
    assert (fill.client_id, fill.origin, fill.position_qty) == ("h-1", "", Decimal(2))


def test_a_number_in_another_symbol_is_another_order() -> None:
    ledger = opened()
    [fill] = heard(ledger, on_trade(ledger, make_trade(symbol="ETHUSDT", client_id=None), AT))
    assert isinstance(fill, Fill)
    assert (fill.client_id, fill.origin) == ("", "foreign")
    assert ledger.live["h-1"].filled_qty == 0


@pytest.mark.parametrize(("status", "kind"), [("canceled", Cancel), ("expired", Expire)])
def test_an_end_waits_for_the_trades_it_tells_of(status: str, kind: type[Record]) -> None:
    ledger = opened()
    fact = make_order(status=status, filled_qty=Decimal(1))
    assert heard(ledger, on_order(ledger, fact, AT)) == []
    assert missing_qty(ledger, fact) == 1
    heard(ledger, on_trade(ledger, make_trade(), AT))
    assert missing_qty(ledger, fact) == 0
    [end] = heard(ledger, on_order(ledger, fact, AT))
    assert isinstance(end, kind)
    assert end.unfilled_qty == 2  # type: ignore[attr-defined]
    assert heard(ledger, on_order(ledger, fact, AT)) == []


def test_the_last_trade_ends_an_order_and_nothing_more_is_said_of_it() -> None:
    ledger = opened()
    heard(ledger, on_trade(ledger, make_trade(qty=Decimal(3)), AT))
    assert ledger.live == {}
    assert heard(ledger, on_order(ledger, make_order(status="filled", filled_qty=Decimal(3)), AT)) == []
    assert heard(ledger, on_order(ledger, make_order(), AT)) == []


def test_an_order_made_smaller_by_hand_ends_when_that_is_filled() -> None:
    ledger = opened()
    fact = make_order(qty=Decimal(2), filled_qty=Decimal(2), status="filled")
    assert heard(ledger, on_order(ledger, fact, AT)) == []
    heard(ledger, on_trade(ledger, make_trade(qty=Decimal(2)), AT))
    [end] = heard(ledger, on_order(ledger, fact, AT))
    assert isinstance(end, Expire)
    assert (end.unfilled_qty, end.reason) == (1, "filled at the venue with a quantity of 2, 3 was sent")
    assert ledger.live == {}


def test_a_full_fill_whose_quantity_is_not_told_yet_ends_nothing() -> None:
    ledger = opened()
    assert heard(ledger, on_order(ledger, make_order(status="filled"), AT)) == []
    assert "h-1" in ledger.live


@pytest.mark.parametrize("before", ["sent", "unsure", "open", "dead"])
def test_the_streams_refusal_ends_an_order_wherever_it_is(before: str) -> None:
    ledger = {"sent": sent, "unsure": unsure, "open": opened, "dead": dead}[before]()
    found = heard(ledger, on_order(ledger, make_order(status="refused"), AT))
    assert kinds(found) == {"sent": [Reject], "unsure": [Resolved], "open": [Expire], "dead": []}[before]
    assert ledger.live == {}


def test_a_cancel_that_crosses_a_fill_waits_for_it() -> None:
    ledger = opened()
    assert heard(ledger, on_cancel(ledger, "h-1", Accepted(make_order(status="canceled", filled_qty=Decimal(1))), AT)) == []
    heard(ledger, on_trade(ledger, make_trade(), AT))
    assert "h-1" in ledger.live


def test_nothing_left_to_cancel_ends_nothing() -> None:
    ledger = opened()
    [cancel] = heard(ledger, on_cancel(ledger, "h-1", Refused(code="gone", detail="-2011"), AT))
    assert isinstance(cancel, Cancel)
    assert cancel.outcome == "refused"
    assert heard(ledger, on_cancel(ledger, "h-1", SILENT, AT)) == []
    assert heard(ledger, on_cancel(ledger, "h-1", Refused(code="rate_limited", detail=""), AT)) == []
    assert ledger.live["h-1"].phase == "open"


# the dead


def shows(ledger: Ledger) -> Iterator[tuple[str, Iterable[Report]]]:
    yield "a trade", on_trade(ledger, make_trade(), AT)
    yield "the list of open orders", on_order(ledger, make_order(), AT)
    yield "a late answer", on_verdict(ledger, "h-1", Accepted(make_order()), ANSWER)
    yield "a cancel's answer", on_cancel(ledger, "h-1", Accepted(make_order(status="canceled")), AT)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("proof", ["silence", "refusal"])
def test_whatever_shows_a_dead_order_takes_it_back_with_an_alarm(place: int, proof: str) -> None:
    ledger = dead() if proof == "silence" else sent()
    if proof == "refusal":
        heard(ledger, on_verdict(ledger, "h-1", REFUSED, ANSWER))
    what, reports = list(shows(ledger))[place]
    found = heard(ledger, reports)
    if proof == "refusal" and what == "a cancel's answer":
        assert found == []  # canceled with nothing traded is what becomes of a refused order in some places
        return
    assert kinds(found)[:3] == [Ack, Resolved, Fault]
    if what == "a trade":
        assert found[3].origin == "zombie"  # type: ignore[union-attr]
    if what != "a cancel's answer":
        assert ledger.live["h-1"].was_dead
        assert ledger.live["h-1"].order_id == "1"


def test_a_refused_order_with_trades_is_alive_however_it_ended() -> None:
    ledger = sent()
    heard(ledger, on_verdict(ledger, "h-1", REFUSED, ANSWER))
    fact = make_order(status="expired", filled_qty=Decimal(1))
    assert kinds(heard(ledger, on_order(ledger, fact, AT))) == [Ack, Resolved, Fault]
    assert kinds(heard(ledger, on_trade(ledger, make_trade(), AT))) == [Fill]
    assert kinds(heard(ledger, on_order(ledger, fact, AT))) == [Expire]


def test_only_what_is_unsure_can_be_proved_dead() -> None:
    for ledger in (sent(), opened(), dead()):
        assert heard(ledger, on_dead(ledger, "h-1", "silence", AT)) == []


def test_a_start_between_the_records_of_a_zombie_takes_it_back_whole() -> None:
    """Each prefix of what was journaled may be all that a restart knows: told again, the order is live and has its number."""
    whole = dead()
    records = heard(whole, on_order(whole, make_order(), AT))
    for cut in range(len(records) + 1):
        ledger = dead()
        for record in records[:cut]:
            ledger.take(record)
        heard(ledger, on_order(ledger, make_order(), AT))
        assert ledger.live == whole.live


# what is not ours


@pytest.mark.parametrize(
    ("name", "origin"),
    [("web_1", "foreign"), ("autoclose-1", "liquidation"), ("adl_autoclose", "deleveraging"), ("", "foreign"), ("h-1", "")],
)
def test_every_trade_of_the_account_counts_and_says_whose_it_was(name: str, origin: str) -> None:
    ledger = opened()
    [fill] = heard(ledger, on_trade(ledger, make_trade(client_id=name, order_id="1" if name == "h-1" else "77"), AT))
    assert isinstance(fill, Fill)
    assert fill.origin == origin == origin_of(ledger, name)
    assert ledger.held("BTCUSDT").qty == 1


def test_profit_is_the_venues_word_and_ours_where_it_says_none() -> None:
    ledger = opened()
    heard(ledger, on_trade(ledger, make_trade("1"), AT))
    told = make_trade("2", client_id="web_1", side="sell", price=Decimal(110), realized=Decimal("9.5"))
    untold = make_trade("3", client_id="web_1", side="buy", price=Decimal(110))
    sells = make_trade("4", client_id="web_1", side="sell", price=Decimal(120))
    fills = [report for trade in (told, untold, sells) for report in heard(ledger, on_trade(ledger, trade, AT))]
    assert [fill.realized for fill in fills if isinstance(fill, Fill)] == [Decimal("9.5"), 0, 10]


def test_funding_and_transfers_are_told_once() -> None:
    ledger = opened()
    heard(ledger, on_trade(ledger, make_trade(), AT))
    plain = {"symbol": "BTCUSDT", "asset": "USDT", "amount": Decimal("-0.5"), "detail": "", "ts_us": NOW_US}
    facts = [IncomeFact(income_id=kind, kind=kind, **plain) for kind in ("funding", "transfer", "other")]  # type: ignore[arg-type]
    found = [report for fact in [*facts, *facts] for report in heard(ledger, on_income(ledger, fact, AT))]
    assert kinds(found) == [Funding, Transfer]
    assert found[0].position_qty == 1  # type: ignore[union-attr]
