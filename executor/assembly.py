"""Parts picked by name and put together: the only place that knows what is plugged in."""

from typing import TYPE_CHECKING

import msgspec

import executor.exchanges
import executor.feeds
import executor.pipeline
import executor.strategies
from executor import plugins
from executor.engine import Engine
from executor.errors import SettingsError
from executor.exchanges.base import Exchange, Wiring
from executor.feeds.base import Feed, FeedWiring
from executor.flags import Flags
from executor.parts import Advice, Parts, Progress, Writer
from executor.router import Router
from executor.settings import Settings
from executor.strategies.base import Strategy, StrategyType

if TYPE_CHECKING:
    from executor.wire.door import Opener

MOST = 1e9
"""No parameter of a strategy is larger, and none is negative; counts of bars are at least one."""


def feed_of(settings: Settings, start_us: int, opener: "Opener | None" = None) -> Feed:
    """The feed named `name` or `name:path`; `opener` makes its connections, where it has some and they are not the usual ones."""
    name, _, path = settings.feed.partition(":")
    wiring = FeedWiring(settings=settings, path=path, start_us=start_us, opener=opener)
    feed: Feed = plugins.load(executor.feeds, name, "FEED")(wiring)
    return feed


def exchange_of(settings: Settings, feed: Feed) -> Exchange:
    """The venue named in the settings, for the feed's universe."""
    name = settings.exchange.partition(":")[0]
    venue: Exchange = plugins.load(executor.exchanges, name, "EXCHANGE")(Wiring(settings=settings, instruments=feed.instruments))
    return venue


def strategy_of(settings: Settings, name: str) -> Strategy:
    """A strategy with its table of the settings; unknown parameters are refused by name."""
    kind: StrategyType = plugins.load(executor.strategies, name, "STRATEGY")
    try:
        params = msgspec.convert(settings.strategy.get(name, {}), type=kind.Params)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[strategy.{name}] refused: {error}; its names are {', '.join(kind.Params.__struct_fields__)}") from error
    for field in params.__struct_fields__:
        least, value = 1 if field.endswith("_bars") else 0, getattr(params, field)
        if isinstance(value, (int, float)) and not least <= value <= MOST:
            raise SettingsError(f"[strategy.{name}] {field} was {value}, must be in [{least}, {MOST:g}]; change it in the settings file")
    return kind(params)


def pipeline_name(flags: Flags) -> str:
    """Which pipeline trades; the other one runs in the shadow."""
    return "v6" if flags.on("RISK_ENGINE_V6_ENABLED") else "v5"


def engine_of(
    settings: Settings,
    flags: Flags,
    *,
    feed: Feed,
    journals: Writer,
    every_tick: bool,
    progress: Progress | None = None,
    advice: Advice | None = None,
) -> Engine:
    """An engine at the venue that the settings name, ready for its first event."""
    venue = exchange_of(settings, feed)
    return Engine(parts_of(settings, flags, feed=feed, journals=journals, exchange=venue, every_tick=every_tick, advice=advice), progress)


def parts_of(
    settings: Settings, flags: Flags, *, feed: Feed, journals: Writer, exchange: Exchange, every_tick: bool, advice: Advice | None = None
) -> Parts:
    """Everything an engine is made of; refuses settings that name strategies twice, or tune one that is not there."""
    if len(set(settings.strategies)) < len(settings.strategies):
        raise SettingsError(f"strategies was {list(settings.strategies)}, each may be named once; remove the doubled one")
    unknown = sorted(set(settings.strategy) - set(settings.strategies))
    if unknown:
        raise SettingsError(
            f"[strategy.{unknown[0]}] is set but not in strategies = {list(settings.strategies)}; add it there or remove the table"
        )
    return Parts(
        settings=settings,
        instruments=feed.instruments,
        exchange=exchange,
        strategies={name: strategy_of(settings, name) for name in settings.strategies},
        pipeline=plugins.load(executor.pipeline, pipeline_name(flags), "PIPELINE"),
        journals=journals,
        router=Router(),
        loop_s=feed.loop_s,
        bar_s=feed.bar_s,
        every_tick=every_tick,
        advice=advice,
    )
