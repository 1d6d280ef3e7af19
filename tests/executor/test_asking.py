"""What strategies are shown, and how what they ask for is named."""

from executor.asking import intent_id, intent_of, plain_policy, unowned_exits, view_of
from executor.parts import Progress
from executor.records.market import Quote
from executor.settings import Router, Settings
from executor.strategies.base import Holding, Look, View, Wish
from executor.watch import Sampling, Watch

SAMPLING = Sampling(bar_us=60_000_000, kept=10, keep_frac=0.9, min_bars=3)


def quote(ts_us: int) -> Quote:
    return Quote(ts_us, ts_us, "BTCUSDT", 99.0, 101.0, 1.0, 1.0, None, "replay")


def test_a_closed_bar_is_shown_fresh_once() -> None:
    watch = Watch()
    progress = Progress(watches={"BTCUSDT": watch, "ETHUSDT": Watch()})
    watch.observe(quote(0), SAMPLING)
    watch.observe(quote(60_000_000), SAMPLING)
    first, second = (view_of(progress, SAMPLING, frozenset()) for _ in range(2))
    assert (first.looks["BTCUSDT"].fresh, second.looks["BTCUSDT"].fresh) == (True, False)
    assert set(first.looks) == {"BTCUSDT"}
    assert first.bar_s == 60.0


def test_an_intent_says_what_the_wish_said() -> None:
    wish = Wish(symbol="BTCUSDT", side="sell", purpose="exit", reason="stop", qty=2.0)
    intent = intent_of("paper", "momentum", wish, 7)
    assert (intent.ts_us, intent.symbol, intent.side, intent.purpose, intent.reason, intent.qty) == (
        7,
        "BTCUSDT",
        "sell",
        "exit",
        "stop",
        2.0,
    )


def test_plain_policy_is_the_settings() -> None:
    policy = plain_policy(Settings(router=Router(offset_bps=1.5, patience_s=3.0)))
    assert (policy.offset_bps, policy.patience_s) == (1.5, 3.0)


def test_an_intents_name_is_made_of_what_is_asked() -> None:
    wish = Wish(symbol="BTCUSDT", side="buy", purpose="entry", reason="up")
    assert intent_id("paper", "momentum", wish, 5) == intent_id("paper", "momentum", wish, 5)
    assert len({intent_id("paper", name, wish, at) for name in ("momentum", "other") for at in (5, 6)}) == 4
    assert len(f"h-{intent_id('paper', 'momentum', wish, 5)}-99") <= 36


def test_a_position_whose_strategy_is_gone_still_has_its_way_out() -> None:
    held = Holding(symbol="BTCUSDT", strategy="gone", qty=1.0, entry_price=100.0, opened_us=0, stop_bps=10.0, take_bps=None, timeout_s=None)
    look = Look(quote=quote(0), bars=[], closes=[], vol_bps=None, holding=held, fresh=False)
    view = View(ts_us=0, bar_s=60.0, looks={"BTCUSDT": look}, busy=frozenset())
    [wish] = unowned_exits(view, ["momentum"])
    assert (wish.purpose, wish.side, wish.qty) == ("exit", "sell", 1.0)
    assert list(unowned_exits(view, ["gone"])) == []
