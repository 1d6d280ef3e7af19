"""Everything a report says, gathered: two columns, how they differ, what it was worth, how sure that is, and how it was measured."""

from dataclasses import dataclass
from datetime import datetime

from hedge_assets.comparing.columns import columns_of, model_error
from hedge_assets.comparing.comparing import comparison
from hedge_assets.comparing.shapes import Column, Comparison, ModelError
from hedge_assets.comparing.walking import Step, walked
from hedge_assets.document import moment
from hedge_assets.folds.shadow import Shadow
from hedge_assets.settings import Telemetry
from hedge_assets.shadow.candidates import ACCOUNT, Candidate
from hedge_assets.shadow.comparison import PairTally

EVERY_POINT = 1 << 60


@dataclass(frozen=True)
class Report:
    """A comparison of two columns over a period. `source` says from what; `changes` what each column changes of the live settings."""

    source: str
    began: datetime
    ended: datetime
    live_pipeline: str
    code_version: str
    found: Comparison
    columns: dict[str, Column]
    changes: dict[str, dict[str, object]]
    model: ModelError
    steps: tuple[Step, ...]
    journaled: int
    waiting: int
    symbols: int

    @property
    def names(self) -> tuple[str, str]:
        """The two columns: the one held against, and the candidate."""
        return self.found.live_pipeline or "", self.found.shadow_pipeline or ""

    @property
    def sides(self) -> tuple[Column, Column]:
        """Both columns' own desks."""
        one, two = self.names
        return self.columns[one], self.columns[two]


def report_of(shadow: Shadow, pair: tuple[Candidate, Candidate], *, source: str, telemetry: Telemetry, code_version: str) -> Report:
    """The report on a pair of columns that ran; raises KeyError where one of them did not."""
    one, two = pair
    columns = columns_of(shadow, hours_us=EVERY_POINT)
    sums = shadow.ledger.results.since(None, PairTally)
    found = comparison(shadow, sums, columns, names=(one.name, two.name), telemetry=telemetry, days=EVERY_POINT)
    first, last = shadow.curve.first, shadow.curve.last
    assert first is not None
    assert last is not None
    return Report(
        source=source,
        began=moment(first.ts_us),
        ended=moment(last.ts_us),
        live_pipeline=shadow.stage.pipeline,
        code_version=code_version,
        found=found,
        columns={name: column for name, column in columns.items() if name in (ACCOUNT, one.name, two.name)},
        changes={each.name: {"pipeline": each.pipeline, "suggestions": each.suggestions, **each.changes} for each in pair},
        model=model_error(shadow),
        steps=walked(found.standings, telemetry),
        journaled=shadow.hearing.journaled,
        waiting=len(shadow.ledger.waiting),
        symbols=len(shadow.stage.instruments),
    )
