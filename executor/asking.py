"""What strategies are shown, and what becomes of what they ask for."""

import base64
import hashlib
from collections.abc import Collection, Iterator

from executor.exits import exit_wish
from executor.parts import Progress
from executor.records.trading import Intent, RouterPolicy
from executor.settings import Settings, lines_of
from executor.strategies.base import Look, View, Wish
from executor.vetting import Terms
from executor.watch import Sampling

UNOWNED = "unowned"


def view_of(progress: Progress, sampling: Sampling, busy: frozenset[str]) -> View:
    """Everything strategies may look at now; bars that closed since the last look are shown as fresh this once."""
    looks = {}
    for symbol, watch in progress.watches.items():
        if watch.quote is not None:
            looks[symbol] = Look(
                quote=watch.quote,
                bars=watch.bars,
                closes=watch.closes,
                vol_bps=watch.vol_bps(sampling),
                holding=progress.book.holdings.get(symbol),
                fresh=watch.fresh,
            )
            watch.fresh = False
    return View(ts_us=progress.now_us, bar_s=sampling.bar_us / 1e6, looks=looks, busy=busy)


def unowned_exits(view: View, strategies: Collection[str]) -> Iterator[Wish]:
    """The way out of positions whose strategy is not there any more: their stop, target and time limit still hold."""
    for look in view.looks.values():
        if look.holding is not None and look.holding.strategy not in strategies:
            wish = exit_wish(look, view)
            if wish is not None:
                yield wish


def intent_of(account: str, strategy: str, wish: Wish, now_us: int) -> Intent:
    """A wish, named and dated."""
    return Intent(
        now_us,
        intent_id=intent_id(account, strategy, wish, now_us),
        symbol=wish.symbol,
        side=wish.side,
        strategy=strategy,
        purpose="exit" if wish.purpose == "exit" else "entry",
        reason=wish.reason,
        strength=wish.strength,
        qty=wish.qty,
        stop_bps=wish.stop_bps,
        take_bps=wish.take_bps,
        timeout_s=wish.timeout_s,
    )


def intent_id(account: str, strategy: str, wish: Wish, now_us: int) -> str:
    """Sixteen letters made from what is asked, by whom and when: the same wish has the same id in every run."""
    text = f"{account}|{strategy}|{wish.symbol}|{wish.side}|{wish.purpose}|{now_us}"
    return base64.b32encode(hashlib.blake2b(text.encode(), digest_size=10).digest()).decode().lower()


def plain_policy(settings: Settings) -> RouterPolicy:
    """Routing by settings alone."""
    router = settings.router
    return RouterPolicy(
        maker_first=router.maker_first, offset_bps=router.offset_bps, patience_s=router.patience_s, reprices=router.reprices
    )


def terms_of(settings: Settings, symbols: Collection[str] | None) -> Terms:
    """What suggestions are held against under these settings, in this universe (null: not known)."""
    return Terms(account=settings.account, apply=settings.apply, lines=lines_of(settings), plain=plain_policy(settings), symbols=symbols)
