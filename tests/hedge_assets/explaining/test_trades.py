from decimal import Decimal

import pytest

from hedge_assets.explaining.search import Journals, quoted
from hedge_assets.explaining.story import gathered
from hedge_assets.explaining.trades import outcome_of, trade_around
from tests.hedge_assets.builders import MINUTE, SECOND, T0, boot, decision, fill, funding, heartbeat, intent, quote, submit
from tests.hedge_assets.journals import write


def worked(name, at_us, *, side="buy", qty="0.1", price="50000", position="0.1", realized="0", **given):
    """An intent that is filled a second later."""
    purpose = given.pop("purpose", "entry")
    sent = submit(at_us, f"h-{name}-1", name, side=side, qty=qty)
    filled = fill(at_us + SECOND, f"h-{name}-1", side=side, qty=qty, price=price, position_qty=position, realized=realized)
    return [intent(at_us, name, side=side, purpose=purpose), decision(at_us, name), sent, filled]


def outcome(root, name):
    journals = Journals(root / "raw")
    return outcome_of(journals, gathered(journals, name, journals.newest("orders", quoted(name))))


@pytest.fixture
def turned(tmp_path):
    """Long from i1 and i2, through zero by i3 to short, flat by i4; then something else."""
    quotes = [quote(T0 + n * SECOND, mid=50_000 + n) for n in range(0, 900, 10)]
    orders = [
        *worked("i1", T0),
        *worked("i2", T0 + MINUTE, position="0.2"),
        funding(T0 + 2 * MINUTE),
        *worked("i3", T0 + 3 * MINUTE, side="sell", qty="0.3", price="50100", position="-0.1", realized="20"),
        *worked("i4", T0 + 4 * MINUTE, price="50050", position="0", realized="5", purpose="exit"),
        *worked("i5", T0 + 5 * MINUTE),
    ]
    write(tmp_path, [boot(T0 - SECOND), *quotes, *orders, *(heartbeat(T0 + n * MINUTE) for n in range(15))])
    return tmp_path


def told(found):
    return [(each.side, each.qty, each.fills, each.intent_id, each.exit_intent_id) for each in found.closed]


LONG = ("long", Decimal("0.2"), 3, "i1", "i3")
SHORT = ("short", Decimal("0.1"), 2, "i3", "i4")


def test_every_intent_of_a_trade_leads_to_the_whole_of_it(turned):
    assert told(outcome(turned, "i1")) == told(outcome(turned, "i2")) == [LONG]
    assert outcome(turned, "i1").closed[0].funding == Decimal("-0.5")


def test_an_intent_that_turns_a_position_belongs_to_both_trades(turned):
    assert told(outcome(turned, "i3")) == [LONG, SHORT]


def test_the_trade_after_a_turn_begins_there(turned):
    assert told(outcome(turned, "i4")) == [SHORT]


def test_a_trade_that_is_not_over_is_open(turned):
    found = outcome(turned, "i5")
    assert (found.closed, found.open.intent_id, found.open.entry_qty) == ((), "i5", Decimal("0.1"))


def test_markouts_are_those_of_the_mids_after_the_fill(turned):
    (row,) = outcome(turned, "i5").rows
    assert row.markouts_bps[4] == pytest.approx(1e4 * (50_600 - 50_000) / 50_000)
    assert row.markouts_bps[0] == pytest.approx(1e4 * (50_300 - 50_000) / 50_000, abs=3) or row.markouts_bps[0] is None


def test_a_trade_whose_beginning_was_pruned_says_so(tmp_path):
    write(
        tmp_path,
        [boot(T0), *worked("i2", T0, position="0.7"), *worked("i3", T0 + MINUTE, side="sell", qty="0.7", position="0"), heartbeat(T0)],
    )
    assert "does not have its beginning" in outcome(tmp_path, "i3").note


def test_a_long_trade_is_told_without_how_far_the_price_went(tmp_path):
    late_us = T0 + 10 * 60 * MINUTE
    orders = [*worked("i1", T0), *worked("i2", late_us, side="sell", position="0", purpose="exit")]
    write(tmp_path, [boot(T0), quote(T0), *orders[:4], quote(late_us), *orders[4:], heartbeat(late_us + MINUTE)])
    found = outcome(tmp_path, "i2")
    assert (found.closed[0].adverse_bps, found.note.startswith("open for 10.0 h")) == (None, True)


def around(root, needle):
    journals = Journals(root / "raw")
    return trade_around(journals, journals.newest("orders", needle))


def test_funding_leads_to_the_trade_that_paid_it(turned):
    write(turned, [funding(T0 + 5 * MINUTE + 30 * SECOND, amount="-0.25")])
    found = around(turned, b'"amount":"-0.25"')
    assert (told(found), found.open.intent_id) == ([], "i5")
    assert told(around(turned, b'"amount":"-0.5"')) == [LONG]


def test_a_liquidation_leads_to_the_trade_it_ended_and_other_records_to_none(tmp_path):
    ended = fill(T0 + MINUTE, "liquidation-1", side="sell", price="40000", realized="-1000", position_qty="0", model="liquidation: touch")
    write(tmp_path, [boot(T0 - SECOND), *worked("i1", T0), ended, funding(T0 + 2 * MINUTE), heartbeat(T0 + 3 * MINUTE)])
    (trade,) = around(tmp_path, b"liquidation-1").closed
    assert (trade.intent_id, trade.exit_reason, trade.exit_intent_id) == ("i1", "liquidation", "")
    assert around(tmp_path, b'"kind":"funding"') == around(tmp_path, b'"kind":"boot"')
    assert around(tmp_path, b'"kind":"boot"').closed == ()
