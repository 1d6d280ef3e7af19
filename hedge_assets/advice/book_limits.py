"""How large weights may be: by symbol, by tier, together, and how far from those in force."""

import math
from collections.abc import Iterable, Mapping

import msgspec

from executor.settings import Settings
from executor.sizing.wanted import WEIGHT_CEILING
from executor.slicing import tier_of
from hedge_assets.advice.allocation import capped
from hedge_assets.settings import Telemetry

STEPS_PER_UNIT = 1_000_000
EXACT = 1e-12


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """The hard limits of weights, as shares of the book.

    `plain_frac` leaves v6's size as it is: 1 / max_positions, what a symbol has that no weight was applied to. `even_frac` is as much,
    less where there are more symbols than slots: the same for all of them.

    `book_frac` is what the whole book is of NAV when every slot is filled at its largest size: by it, the executor's caps
    on NAV become caps on weights.
    """

    plain_frac: float
    even_frac: float
    total_frac: float
    book_frac: float
    caps: Mapping[str, float]
    tiers: Mapping[str, str]
    tier_caps: Mapping[str, float]


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """Weights after one step, the share of the way they went, and what kept them from going further (null at the end of it)."""

    weights: Mapping[str, float]
    way_frac: float
    held_by: str | None


def room_of(symbols: Iterable[str], settings: Settings) -> Room:
    """An even slot is 1 / max_positions, less where there are more symbols than slots."""
    limits, names = settings.limits, sorted(symbols)
    slots = max(limits.max_positions, 1)
    even = min(1.0 / slots, 1.0 / max(len(names), 1))
    book = slots * settings.candidate.max_trade_frac
    tiers = {name: tier_of(name, limits) for name in names}
    cap = min(WEIGHT_CEILING / slots, share_of(limits.symbol_cap_frac, book), 1.0)
    return Room(
        plain_frac=1.0 / slots,
        even_frac=even,
        total_frac=min(1.0, even * len(names), share_of(limits.gross_cap_frac, book)),
        book_frac=book,
        caps=dict.fromkeys(names, cap),
        tiers=tiers,
        tier_caps={tier: share_of(limits.tier_cap_frac.get(tier, limits.symbol_cap_frac), book) for tier in set(tiers.values())},
    )


def share_of(cap_frac: float, whole_frac: float) -> float:
    """A cap as a share of the whole; 1 where there is no whole."""
    return cap_frac / whole_frac if whole_frac > 0 else 1.0


def fitted(wanted: Mapping[str, float], caps: Mapping[str, float], room: Room) -> dict[str, float]:
    """The same weights within their caps and tiers: what one cannot take the others get in proportion, while they can."""
    most = dict(caps)
    for _ in range(len(room.tier_caps) + 1):
        weights = capped(wanted, most)
        over = {
            tier: room.tier_caps[tier] / held for tier, held in by_tier(weights, room).items() if held > room.tier_caps[tier] * (1 + EXACT)
        }
        if not over:
            return weights
        for name, weight in weights.items():
            factor = over.get(room.tiers[name])
            if factor is not None:
                most[name] = weight * factor
    return within(weights, room)


def stepped(current: Mapping[str, float], target: Mapping[str, float], telemetry: Telemetry, *, takers: set[str]) -> Moved:
    """All weights the same share of their way, so that none moves further than a step and the book not more than its turnover.

    A way so short that it is not worth the orders is not gone at all, so that weights do not flap: what is short is judged by
    those symbols whose weights can be applied (`takers`).
    """
    moving = turnover_of(current, {name: weight for name, weight in target.items() if name in takers})
    if moving < telemetry.least_turnover_frac:
        words = f"a turnover of {moving:.3f} is below the least of {telemetry.least_turnover_frac:g}"
        return Moved(weights=dict(current), way_frac=0.0, held_by=words if current != target else None)
    turnover = turnover_of(current, target)
    furthest = max(abs(target[name] - current[name]) for name in target)
    bounds = (
        (
            share_of(telemetry.weight_step_frac, furthest),
            f"the furthest would move {furthest:.3f}, a step is {telemetry.weight_step_frac:g}",
        ),
        (share_of(telemetry.max_turnover_frac, turnover), f"turnover would be {turnover:.3f}, the most is {telemetry.max_turnover_frac:g}"),
    )
    way, words = min(bounds)
    if way >= 1.0:
        return Moved(weights=dict(target), way_frac=1.0, held_by=None)
    return Moved(weights={name: current[name] + way * (target[name] - current[name]) for name in target}, way_frac=way, held_by=words)


def within(weights: Mapping[str, float], room: Room) -> dict[str, float]:
    """Cut to the hard limits, without giving to others, and down to whole millionths: whatever was in force, what is written holds."""
    held = {name: max(0.0, min(weight, room.caps[name])) for name, weight in weights.items()}
    factors = {tier: min(1.0, room.tier_caps[tier] / total) if total > 0 else 1.0 for tier, total in by_tier(held, room).items()}
    held = {name: weight * factors[room.tiers[name]] for name, weight in held.items()}
    total = math.fsum(held.values())
    factor = min(1.0, room.total_frac / total) if total > 0 else 1.0
    return {name: math.floor(weight * factor * STEPS_PER_UNIT + 1e-4) / STEPS_PER_UNIT for name, weight in held.items()}


def explored(weights: Mapping[str, float], least: float, room: Room) -> dict[str, float]:
    """Nothing below `least`, nor below what the book or a tier can give to each: those above it make room, in proportion to how far."""
    least = min(least, room.total_frac / len(weights))
    held = lifted(weights, least, room.total_frac)
    for tier, most in room.tier_caps.items():
        held |= lifted({name: weight for name, weight in held.items() if room.tiers[name] == tier}, least, most)
    return held


def lifted(weights: Mapping[str, float], least: float, most: float) -> dict[str, float]:
    """Weights of at least `least` (or an even part of `most`, where that is less) that are not more than `most` together."""
    floor = min(least, most / len(weights))
    held = {name: max(weight, floor) for name, weight in weights.items()}
    above = math.fsum(weight - floor for weight in held.values())
    over = math.fsum(held.values()) - most
    keep = max(0.0, 1.0 - over / above) if over > 0 and above > 0 else 1.0
    return {name: floor + (weight - floor) * keep for name, weight in held.items()}


def by_tier(weights: Mapping[str, float], room: Room) -> dict[str, float]:
    """What each tier holds."""
    held: dict[str, float] = {}
    for name, weight in weights.items():
        held[room.tiers[name]] = held.get(room.tiers[name], 0.0) + weight
    return held


def turnover_of(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """How much of the book changes hands: half of the sum of all moves."""
    return math.fsum(abs(after[name] - before[name]) for name in after) / 2
