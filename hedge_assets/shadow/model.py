"""How wrong the model is: the live pipeline's column beside the live account itself, decision by decision and fill by fill."""

import msgspec

from executor.records.trading import Decision, Vetoed
from hedge_assets.folds.moments import Moments
from hedge_assets.folds.sketch import Sketch
from hedge_assets.shadow.causes import differs
from hedge_assets.shadow.courses import Course
from hedge_assets.shadow.money import Settled
from hedge_assets.shadow.pairs import APPROVED


class Model(msgspec.Struct, kw_only=True):
    """`decisions` of the live desk were made again by its column, `drifted` of them with another verdict, rule or size.

    Of settled intents: filled by both, by the account alone (`only_real`), by the model alone (`only_model`). `flattery_bps` is by how
    much the model's average price was better than the account's, in bps of the decision's mid; `away_bps` its size; `fee_bps` the
    model's fees less the account's. `share_gap` is the difference of filled shares (model less account).
    """

    decisions: int = 0
    drifted: int = 0
    both: int = 0
    only_real: int = 0
    only_model: int = 0
    flattery_bps: Moments = msgspec.field(default_factory=Moments)
    away_bps: Sketch = msgspec.field(default_factory=Sketch)
    fee_bps: Moments = msgspec.field(default_factory=Moments)
    share_gap: Moments = msgspec.field(default_factory=Moments)

    def decision(self, journaled: Decision, own: Decision | None) -> None:
        """What the live desk decided, beside what its column did (null where it did not ask)."""
        self.decisions += 1
        if own is None:
            self.drifted += 1
            return
        self.drifted += word_of(journaled) != word_of(own) or differs(journaled.qty, own.qty) or style_of(journaled) != style_of(own)

    def settle(self, settled: Settled) -> None:
        """One intent of the live desk's, whose fills are all known on both sides."""
        real, model = settled.real, settled.model
        if not settled.is_real or (real is None and model is None):
            return
        is_real, is_model = filled(real), filled(model)
        self.only_real += is_real and not is_model
        self.only_model += is_model and not is_real
        if real is not None and model is not None and real.qty and model.qty:
            self.share_gap.add(float(model.filled_qty / model.qty) - float(real.filled_qty / real.qty))
        if not (is_real and is_model) or real is None or model is None:
            return
        self.both += 1
        mid = real.mid or model.mid
        if mid:
            way = 1.0 if real.side == "buy" else -1.0
            flattery_bps = way * (average(real) - average(model)) / mid * 1e4
            self.flattery_bps.add(flattery_bps)
            self.away_bps.add(abs(flattery_bps))
        if real.fee_bps is not None and model.fee_bps is not None:
            self.fee_bps.add(model.fee_bps - real.fee_bps)


def word_of(decision: Decision) -> str:
    """The veto's rule, or `approved`."""
    return decision.verdict.rule if isinstance(decision.verdict, Vetoed) else APPROVED


def style_of(decision: Decision) -> str | None:
    """Maker or taker; null after a veto."""
    return None if decision.plan is None else decision.plan.style


def filled(course: Course | None) -> bool:
    """Whether anything of an intent was filled."""
    return course is not None and course.filled_qty > 0


def average(course: Course) -> float:
    """The average price of an intent's fills."""
    return float(course.cost_usd / course.filled_qty)
