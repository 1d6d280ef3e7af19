"""The live pipeline against the shadow, intent by intent: how often they agree, how they differ, why, what it is worth, and what to do."""

from pydantic import Field

from executor.flags import Flags
from hedge_assets.comparing.columns import columns_of, model_error
from hedge_assets.comparing.comparing import comparison
from hedge_assets.comparing.shapes import Column, Comparison, ModelError
from hedge_assets.document import Document
from hedge_assets.folds.account import Account
from hedge_assets.folds.in_force import newest_of, switched_off
from hedge_assets.folds.shadow import Shadow
from hedge_assets.settings import Telemetry
from hedge_assets.shadow.candidates import ACCOUNT, PIPELINES
from hedge_assets.shadow.comparison import OVERALL, PairTally
from hedge_assets.spec import DEADLINES, Check, Group, Pace, StateSpec

OTHER_WAY = {"v5": "v6", "v6": "v5"}
NOTHING = "no intent decided by both yet"


class CompareSummary(Document, Comparison):
    """`n` counts pairs of the live pipeline and the other one, each intent once, since the beginning; `warmup_missing` those still wanting.

    Every money figure is by the model of fills on both sides; `model` and each `model_error_usd` say how far that is from the account.
    """

    journaled: int = Field(description="intents that the live desk journaled")
    unpaired: int = Field(description="intents that no column could answer")
    repeated: int = Field(description="intents that were journaled again: the first one counts")
    other_way: int = Field(description="pairs from when the other pipeline was live, not compared here")
    waiting: int = Field(description="intents whose trades, or markouts, are not over")
    model: ModelError
    columns: tuple[Column, ...] = Field(description="the live account (`account`), and each column's own desk")
    candidates: tuple[Comparison, ...] = Field(description="the live pipeline against every other candidate")


def compare_summary(shadow: Shadow, account: Account, *, telemetry: Telemetry, flags: Flags) -> CompareSummary:
    """All pairs under the pipeline that was live last, each intent once."""
    off = switched_off(flags, "PIPELINE_V6_SHADOW_ENABLED")
    known = Shadow() if off else shadow
    sums = known.ledger.results.since(None, PairTally)
    live = known.live_name or None
    other = None if live is None else OTHER_WAY.get(live, "v6")
    columns = columns_of(known)
    main = comparison(known, sums, columns, names=(live, other), telemetry=telemetry)
    n, missing = main.overall.n, main.warmup_missing
    warmup = f"warming up: {n} of {telemetry.min_compare} pairs" if missing else None
    faults = [f"column {name} does not run: {kept.fault}" for name, kept in known.columns.items() if kept.fault is not None]
    words = [each for each in (off, None if n else NOTHING, warmup, *faults) if each is not None]
    others = [each.name for each in known.candidates if each.name not in (live, *PIPELINES)]
    return CompareSummary(
        status="ok" if n else "empty",
        n=n,
        reason=off or "; ".join(words) or None,
        event_us=newest_of(shadow, account),
        journaled=known.hearing.journaled,
        unpaired=known.unpaired,
        repeated=known.hearing.repeated,
        other_way=sum(tally.n for key, tally in sums.items() if is_other_way(key, live)),
        waiting=len(known.ledger.waiting),
        model=model_error(known),
        columns=(columns[ACCOUNT].model_copy(update={"curve": None}), *(columns[name] for name in known.columns)),
        candidates=tuple(comparison(known, sums, columns, names=(live, name), telemetry=telemetry) for name in others),
        **{name: getattr(main, name) for name in Comparison.model_fields},
    )


def is_other_way(key: str, live: str | None) -> bool:
    """Whether a tally is the whole of a comparison in which another pipeline was live."""
    names, _, rest = key.partition("/")
    return rest == OVERALL and names.partition(">")[0] != live and names.partition(">")[2] in PIPELINES


def miscounted(document: CompareSummary) -> str | None:
    """Every pair is in one cell of the matrix, in one symbol, in one strategy, in one regime, and an entry or an exit."""
    for found in (document, *document.candidates):
        for name, counted in (
            ("matrix", sum(cell.n for cell in found.matrix)),
            ("symbols", sum(group.n for group in found.symbols)),
            ("strategies", sum(group.n for group in found.strategies)),
            ("regimes", sum(group.n for group in found.regimes)),
            ("purposes", sum(group.n for group in found.purposes)),
        ):
            if counted != found.overall.n:
                return f"{name} of {found.shadow_pipeline} count {counted} pairs, there are {found.overall.n}"
    return None if document.n == document.overall.n else f"n is {document.n}, overall has {document.overall.n} pairs"


def unbalanced(document: CompareSummary) -> str | None:
    """Differences are differences: shadow less live, in the whole and over symbols, to a hundred-thousandth of a USD."""
    for found in (document, *document.candidates):
        money = found.overall.money
        over_symbols = sum(group.money.diff_usd for group in found.symbols)
        for name, value in (("shadow_usd - live_usd", money.shadow_usd - money.live_usd), ("the sum over symbols", over_symbols)):
            if abs(value - money.diff_usd) > 1e-5 + 1e-9 * abs(money.diff_usd):
                return f"diff_usd of {found.shadow_pipeline} is {money.diff_usd}, {name} is {value}"
    return None


STATE = StateSpec(
    build=compare_summary,
    file="pipeline_v6_compare_summary.json",
    group=Group.SHADOW,
    pace=Pace.SLOW,
    event_deadlines=DEADLINES[Pace.SLOW],
    checks=(Check(name="pairs_counted_once", holds=miscounted), Check(name="money_adds_up", holds=unbalanced)),
    schema_version=3,
)
