"""The journal's word where the live desk could ask, the column's own strategy where it could not, and its own exits always."""

import msgspec
import pytest

from executor.records.trading import Intent
from executor.strategies.base import Holding, Look, View, Wish
from hedge_assets.shadow.signals import Echo, Signals, wish_of
from tests.hedge_assets.builders import BTC, ETH, T0, intent, quote


class Asking:
    """A strategy that always asks the same."""

    def __init__(self, *wishes: Wish) -> None:
        self.asked = wishes

    def wishes(self, _view: View):
        return self.asked


def wish(symbol=BTC, purpose="entry", **given):
    return Wish(symbol=symbol, side="buy", purpose=purpose, reason="own", **given)


def view(*, held=(), busy=()):
    holding = {
        "strategy": "momentum",
        "qty": 1.0,
        "entry_price": 1.0,
        "opened_us": T0,
        "stop_bps": None,
        "take_bps": None,
        "timeout_s": None,
    }
    looks = {
        symbol: Look(
            quote=quote(T0, symbol),
            bars=(),
            closes=(),
            vol_bps=None,
            holding=Holding(symbol=symbol, **holding) if symbol in held else None,
            fresh=True,
        )
        for symbol in (BTC, ETH)
    }
    return View(ts_us=T0, bar_s=60.0, looks=looks, busy=frozenset(busy))


def heard(*wishes, entries=(), deaf=(), held=(), busy=()):
    signals = Signals(entries={(each.strategy, each.symbol): each for each in entries}, deaf=frozenset(deaf))
    return [
        (each.symbol, each.purpose, each.reason) for each in Echo("momentum", Asking(*wishes), signals).wishes(view(held=held, busy=busy))
    ]


def test_what_the_live_desk_asked_is_asked_with_its_own_words():
    assert heard(wish(), entries=[intent()]) == [(BTC, "entry", "trend up")]


def test_a_wish_that_a_free_live_desk_did_not_have_is_none():
    assert heard(wish()) == []


def test_where_the_live_desk_could_not_ask_the_columns_own_strategy_does():
    assert heard(wish(), wish(ETH), deaf=[ETH]) == [(ETH, "entry", "own")]


def test_what_only_the_live_desk_saw_is_asked_where_nothing_is_held_or_worked():
    assert heard(entries=[intent()]) == [(BTC, "entry", "trend up")]
    assert heard(entries=[intent()], held=[BTC]) == []
    assert heard(entries=[intent()], busy=[BTC]) == []


def test_exits_are_the_columns_own_and_others_strategies_are_not_heard():
    assert heard(wish(purpose="exit")) == [(BTC, "exit", "own")]
    assert heard(entries=[intent(strategy="mean_reversion")]) == []


@pytest.mark.parametrize("given", [{}, {"strength": 0.4, "stop_bps": None, "side": "sell"}])
def test_a_wish_has_all_that_the_intent_asked_for(given):
    asked = intent(**given)
    made = wish_of(asked)
    shared = set(Wish.__struct_fields__) & set(Intent.__struct_fields__)
    assert {name: getattr(made, name) for name in shared} == {name: getattr(asked, name) for name in shared}
    assert shared == set(msgspec.structs.asdict(made))


def test_an_intent_is_heard_once_however_often_the_strategy_wishes():
    assert heard(wish(), wish(), entries=[intent()]) == [(BTC, "entry", "trend up")]


def test_an_entry_in_a_symbol_that_is_not_in_view_is_not_asked():
    assert heard(entries=[intent(symbol="XRPUSDT")]) == []


def test_an_exit_goes_beside_an_entry_of_another_symbol():
    assert heard(wish(purpose="exit"), wish(ETH), entries=[intent(symbol=ETH)], held=[BTC]) == [
        (BTC, "exit", "own"),
        (ETH, "entry", "trend up"),
    ]


def test_where_the_live_desk_asked_and_is_deaf_its_own_words_go_first():
    assert heard(wish(), entries=[intent()], deaf=[BTC]) == [(BTC, "entry", "trend up")]


def test_hearing_changes_nothing_for_the_next_column():
    signals = Signals(entries={("momentum", BTC): intent()})
    echo = Echo("momentum", Asking(wish()), signals)
    assert [each.reason for _ in range(2) for each in echo.wishes(view())] == ["trend up", "trend up"]
