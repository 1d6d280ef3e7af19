"""Intents worked from wish to end under a policy, and suggestions that are applied: name only what the test is about."""

from decimal import Decimal
from typing import Any

from executor.records.base import Record
from executor.records.orders import Ended, PolicyChanged, SuggestionRefused
from executor.records.trading import Policy, RouterPolicy
from hedge_assets.folds.applied import Applied, Stretch
from hedge_assets.folds.moments import Moments
from tests.hedge_assets.builders import BTC, SECOND, T0, decision, fill, intent, slice_of, submit

MID = 50_000.0
QTY = 0.1


def changed(ts_us: int = T0, symbol: str = BTC, *, after: Policy, before: Policy | None = None, **given: Any) -> PolicyChanged:
    """Another policy comes into force."""
    version = after.version if given.get("suggestion", "router") == "router" else after.weight_version
    rest = {"suggestion": "router", "version": version, "reason": "as suggested", "rule": "dodge", "n": 30, **given}
    return PolicyChanged(ts_us, symbol=symbol, before=before or Policy(), after=after, **rest)


def refused(ts_us: int = T0, reason: str = "it expired 3.2 s ago", **given: Any) -> SuggestionRefused:
    return SuggestionRefused(ts_us, **{"suggestion": "router", "version": "v1", "symbol": "", "reason": reason, **given})


def ended(ts_us: int, intent_id: str, symbol: str = BTC, filled: Any = QTY) -> Ended:
    return Ended(ts_us, intent_id=intent_id, symbol=symbol, filled_qty=Decimal(str(filled)), unfilled_qty=Decimal(0), reason="filled")


def worked(
    number: int, ts_us: int, *, cost_bps: float = 0.0, step: str = "maker", policy: Policy | None = None, **given: Any
) -> list[Record]:
    """0.1 bought `cost_bps` above the mid at the decision, a second after the sending, without a fee; position back at 0.1."""
    symbol, name, client = given.get("symbol", BTC), f"i{number}", f"c{number}"
    wish = {name: given[name] for name in ("purpose", "reason") if name in given}
    steered = {"policy": policy or Policy(), "pipeline": given.get("pipeline", "v6")}
    first = "taker" if step == "taker" else "maker"
    records: list[Record] = [
        intent(ts_us, name, symbol, **wish),
        decision(ts_us, name, symbol, slice=slice_of(ts_us, symbol), **steered),
        submit(ts_us, client, name, symbol=symbol, mid=MID, step=first, post_only=first == "maker"),
    ]
    if step == "fallback":
        records.append(submit(ts_us + SECOND, f"{client}-f", name, symbol=symbol, mid=MID, step="fallback", post_only=False, price=None))
        client = f"{client}-f"
    price = Decimal(str(round(MID * (1 + cost_bps / 1e4), 6)))
    paid = {"price": price, "fee": given.get("fee", "0"), "fee_asset": given.get("fee_asset", "USDT")}
    records.append(fill(ts_us + SECOND, client, symbol=symbol, qty=QTY, liquidity="maker" if step == "maker" else "taker", **paid))
    return [*records, ended(ts_us + SECOND, name, symbol)]


def quoting(offset_bps: float = 0.0, version: str = "v1", **given: Any) -> Policy:
    """A suggested routing."""
    return Policy(router=RouterPolicy(offset_bps=offset_bps, **given), version=version)


def moments(values: Any) -> Moments:
    found = Moments()
    for value in values:
        found.add(value)
    return found


def stretched(*rows: dict[str, Any], symbol: str = BTC) -> Applied:
    """A fold that has seen these stretches and nothing else; costs as lists."""
    kept = [
        Stretch(
            number=number,
            symbol=symbol,
            **{
                "routing": RouterPolicy(offset_bps=number / 2),
                "since_us": T0 + number * SECOND,
                "last_us": T0 + number * SECOND,
                **row,
                "cost_bps": moments(row.get("cost_bps", ())),
                "latest_bps": list(row.get("cost_bps", ()))[-64:],
            },
        )
        for number, row in enumerate(rows)
    ]
    policy = Policy(router=kept[-1].routing, version=kept[-1].version)
    return Applied(stretches={symbol: kept}, stretches_total=len(kept), in_force={symbol: policy})
