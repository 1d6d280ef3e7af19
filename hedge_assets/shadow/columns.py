"""Columns put together: a desk for each candidate, from the live desk's settings and what is kept of the column."""

from collections.abc import Mapping

from executor.assembly import strategy_of
from executor.errors import HedgeError
from executor.exchanges.base import Wiring
from executor.exchanges.paper import PaperExchange
from executor.parts import Parts, Progress
from executor.pipeline import v5, v6
from executor.pipeline.base import Pipeline
from executor.records.trading import Policy, RouterPolicy
from executor.router import Router, RouterState
from executor.settings import Settings
from executor.steering import Steering
from executor.strategies.base import Strategy
from executor.watch import Watch, sampling_of
from hedge_assets.shadow.candidates import Candidate
from hedge_assets.shadow.column import Column, Unwritten
from hedge_assets.shadow.kept import Kept, Stage
from hedge_assets.shadow.signals import Echo, Signals

PIPELINES: Mapping[str, Pipeline] = {"v5": v5.PIPELINE, "v6": v6.PIPELINE}


class Unsteered(Steering):
    """What steers a column that follows no suggestion: settings alone."""

    def policy(self, symbol: str, plain: RouterPolicy) -> Policy:  # noqa: ARG002 - the same for every symbol
        """Routing by settings."""
        return Policy(router=plain)


def column_of(candidate: Candidate, stage: Stage, kept: Kept, signals: Signals) -> Column:
    """A column that goes on from what is kept of it; raises a HedgeError where its settings do not fit the live desk's."""
    if stage.settings is None:
        raise HedgeError("no boot record with settings of this version: start the executor")
    settings = candidate.settings(stage.settings)
    echoes = heard_alike(settings, stage.settings)
    strategies = {name: strategy_of(settings, name) for name in settings.strategies}
    heard: Mapping[str, Strategy] = {name: Echo(name, each, signals) for name, each in strategies.items()} if echoes else strategies
    parts = Parts(
        settings=settings,
        instruments=stage.instruments,
        exchange=PaperExchange(Wiring(settings=settings, instruments=stage.instruments)),
        strategies=heard,
        pipeline=PIPELINES[candidate.pipeline],
        journals=Unwritten(),
        router=Router(),
        loop_s=settings.loop.period_s,
        bar_s=stage.bar_s,
        every_tick=True,
    )
    progress = Progress(
        now_us=kept.now_us,
        book=kept.book,
        watches=watches_for(stage, settings),
        steering=stage.steering if candidate.suggestions else Unsteered(),
    )
    column = Column(parts, progress, kept, signals, echoes=echoes)
    parts.exchange.restore(kept.venue)
    parts.router.restore(RouterState(kept.works))
    return column


def heard_alike(settings: Settings, live: Settings) -> bool:
    """Whether a column's strategies see and ask what the live desk's do."""
    return (settings.strategies, settings.strategy, settings.features) == (live.strategies, live.strategy, live.features)


def watches_for(stage: Stage, settings: Settings) -> dict[str, Watch]:
    """What is remembered of every symbol, measured as these settings say; shared by all that measure alike."""
    sampling = sampling_of(settings, stage.bar_s)
    name = f"{sampling.bar_us}/{sampling.kept}/{sampling.keep_frac!r}/{sampling.min_bars}"
    watches = stage.watches.setdefault(name, {})
    for symbol in stage.instruments:
        watches.setdefault(symbol, Watch())
    return watches
