"""What an API key may do, judged: a stolen key must be worth as little as possible, and a key that is about to end is told of."""

from typing import Literal

from executor.errors import SettingsError
from executor.protocol.facts import KeyFact

Mode = Literal["demo", "live"]

DAY_US = 86_400_000_000
WARN_DAYS = 14

UNTOLD = "the venue does not tell what the key may do"


def refuse_rights(fact: KeyFact | None, *, mode: Mode, now_us: int) -> str:
    """What is to be known of a key that may be used, in words. `now_us` is wall time, microseconds UTC.

    Raises `SettingsError` naming everything that is wrong with it. What is not told is refused in live mode: it may be permitted.
    """
    if fact is None:
        if mode == "live":
            raise SettingsError(f"key rights: {UNTOLD}, live trading needs that proved; use a venue and a dialect that tell it")
        return f"{UNTOLD}; demo goes on without"
    faults = [*_always(fact, now_us), *(_live(fact) if mode == "live" else ())]
    if faults:
        raise SettingsError(f"key rights: {'; '.join(faults)}")
    return ", ".join(["may trade futures", *_known(fact), *_beyond(fact), _ending(fact, now_us)])


def _always(fact: KeyFact, now_us: int) -> list[str]:
    """What makes a key useless in any mode."""
    faults = [] if fact.can_trade else ["it may not trade futures; permit futures for this key at the venue"]
    if fact.expires_us is not None and fact.expires_us <= now_us:
        faults.append(f"its trading rights ended {(now_us - fact.expires_us) / DAY_US:.1f} days ago; renew them at the venue")
    return faults


def _live(fact: KeyFact) -> list[str]:
    """What makes a key too dangerous to lie on a machine."""
    faults = []
    for what, may in (("withdrawals", fact.can_withdraw), ("transfers", fact.can_transfer)):
        if may is not False:
            faults.append(f"it {'permits' if may else 'is not told to forbid'} {what}, they must be off; make a key without them")
    if fact.is_address_bound is not True:
        told = "is bound to no address" if fact.is_address_bound is False else "is not told to be bound to addresses"
        faults.append(f"it {told}, it must work from this machine alone; restrict it to this machine's address at the venue")
    return faults


def _known(fact: KeyFact) -> list[str]:
    said = []
    for what, may in (("withdrawals", fact.can_withdraw), ("transfers", fact.can_transfer)):
        said.append(f"{what} {WORDS[may]}")
    bound = {True: "bound to addresses", False: "bound to no address", None: "bound to addresses or not: not told"}
    return [*said, bound[fact.is_address_bound]]


def _beyond(fact: KeyFact) -> list[str]:
    """What a thief could use beside, and nobody here does."""
    if not fact.beyond:
        return []
    return [f"WARNING: it also permits {' and '.join(fact.beyond)}, which nothing here uses; make a key that may trade futures alone"]


WORDS: dict[bool | None, str] = {True: "permitted", False: "off", None: "not told of"}


def _ending(fact: KeyFact, now_us: int) -> str:
    if fact.expires_us is None:
        return "no end of its rights is told"
    days = (fact.expires_us - now_us) / DAY_US
    if days < WARN_DAYS:
        return f"WARNING: trading rights end in {days:.1f} days (told below {WARN_DAYS}); renew them at the venue"
    return f"trading rights end in {days:.0f} days"
