"""Whether a suggestion file may be believed at all, and which of its rows: pure, and nothing in a file makes it raise."""

import hashlib
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime

import msgspec

from executor.policy import PLAIN
from executor.records.trading import RouterPolicy
from executor.records.tuning import AllocatorFile, Kind, RouterAdvice, RouterFile, WeightAdvice
from executor.settings import Apply, Lines

KINDS: tuple[Kind, ...] = ("router", "allocator")
FORMS: dict[Kind, tuple[str, int]] = {"router": ("autotune_suggestions", 1), "allocator": ("allocator_suggestions", 1)}
DECODERS: dict[Kind, msgspec.json.Decoder[RouterFile] | msgspec.json.Decoder[AllocatorFile]] = {
    "router": msgspec.json.Decoder(RouterFile),
    "allocator": msgspec.json.Decoder(AllocatorFile),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FUTURE_US = 5_000_000
"""A file made later than this from now is from the future, as in health; clocks differ by less."""

LONGEST_S = 7 * 86_400
MOST_ROWS = 1_000
MOST_NAMED = 64
REASON_CHARS = 200

Advised = RouterFile | AllocatorFile
Row = RouterAdvice | WeightAdvice


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What suggestions are held against: whose executor this is, what it is set to, and its universe (null: not known yet)."""

    account: str
    apply: Apply
    lines: Lines
    plain: RouterPolicy
    symbols: Collection[str] | None


class Unfit(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is not believed, and why; `version` is empty where none could be read.

    `from_us` is when to judge again what came from the future, else null.
    """

    version: str
    reason: str
    from_us: int | None = None


def vetted(kind: Kind, content: bytes, terms: Terms, now_us: int) -> Advised | Unfit:
    """The file's content if it is what it must be and speaks of now and of this account, else why not."""
    try:
        found: Advised = DECODERS[kind].decode(content)
    except msgspec.ValidationError as fault:
        return Unfit(version="", reason=f"it is out of schema: {fault!s:.{REASON_CHARS}}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        return Unfit(version="", reason=f"it is not JSON: {fault!s:.{REASON_CHARS}}")
    made_us = microseconds(found.made_ts)
    if made_us > now_us + FUTURE_US:
        reason = f"it was made in the future, at {found.made_ts.isoformat()}; {FUTURE_US / 1e6:g} s ahead are allowed"
        return Unfit(version=found.version, reason=reason, from_us=made_us - FUTURE_US)
    problem = of_another_kind(found, FORMS[kind], terms) or out_of_time(found, now_us) or senseless(found)
    return found if problem is None else Unfit(version=found.version, reason=problem)


def of_another_kind(found: Advised, form: tuple[str, int], terms: Terms) -> str | None:
    """Whether it says it is something else, or somebody else's."""
    name, version = form
    if (found.schema.name, found.schema.version) != form:
        return f"its schema was {found.schema.name!r:.60} version {found.schema.version}, {name!r} version {version} is read"
    if found.account != terms.account:
        return f"its account was {found.account!r:.60}, this executor's is {terms.account!r}"
    if found.version == PLAIN:
        return f"its version was {PLAIN!r}, the name of what nobody suggested"
    return None


def out_of_time(found: Advised, now_us: int) -> str | None:
    """Whether it does not hold now, or says it holds for an absurd time."""
    lives_s = (found.expires_ts - found.made_ts).total_seconds()
    if not 0 < lives_s <= LONGEST_S:
        return f"it holds for {lives_s:g} s from {found.made_ts.isoformat()}, must be above 0 and at most {LONGEST_S} s"
    if microseconds(found.expires_ts) <= now_us:
        return f"it expired at {found.expires_ts.isoformat()}"
    return None


def senseless(found: Advised) -> str | None:
    """Whether its rows, taken together, cannot be meant."""
    if len(found.rows) > MOST_ROWS:
        return f"it has {len(found.rows)} rows, at most {MOST_ROWS} are read"
    asking = [row for row in found.rows if asks(row)]
    if found.status == "empty" and asking:
        return f"its status was 'empty' and {len(asking)} of its rows ask for something"
    if isinstance(found, AllocatorFile):
        total = sum(row.weight_frac for row in found.weights)
        if total > 1 + 1e-9:
            return f"its weights sum to {total:.6g}, at most 1 is allowed"
    return None


def asks(row: Row) -> bool:
    """Whether a row wants anything changed."""
    return isinstance(row, WeightAdvice) or row.proposed is not None


def asked_hash(found: Advised) -> str:
    """Sixteen letters made from what a file asks for: symbols, proposals with their rules, weights and caps; not from its evidence."""
    asked = [
        (row.symbol, row.weight_frac, row.symbol_cap_frac, row.trade_cap_frac)
        if isinstance(row, WeightAdvice)
        else (row.symbol, row.rule, row.proposed)
        for row in found.rows
        if asks(row)
    ]
    return hashlib.blake2b(msgspec.json.encode(asked), digest_size=8).hexdigest()


def sifted(found: Advised, terms: Terms) -> tuple[dict[str, Row], list[tuple[str, str]]]:
    """Rows that may be taken, by symbol, and those that ask for something and may not, with the reason.

    At most 64 refusals are named; one more, without a symbol, counts the rest.
    """
    times = Counter(row.symbol for row in found.rows)
    sound: dict[str, Row] = {}
    refused: dict[str, str] = {}
    for row in found.rows:
        problem = unsound(row, terms, times[row.symbol])
        if problem is None:
            sound[row.symbol] = row
        elif asks(row):
            refused[row.symbol] = problem
    named = list(refused.items())[:MOST_NAMED]
    if len(refused) > MOST_NAMED:
        named.append(("", f"{len(refused) - MOST_NAMED} more symbols are refused"))
    return sound, named


def unsound(row: Row, terms: Terms, times: int) -> str | None:
    """Why one row may not be taken, or null."""
    if times > 1:
        return f"it has {times} rows, one is allowed"
    if terms.symbols is not None and row.symbol not in terms.symbols:
        return "it is not in the universe"
    if terms.apply.symbols and row.symbol not in terms.apply.symbols:
        return "it is not in apply.symbols"
    least, what, name = (
        (terms.apply.min_trades, "closed trades", "min_trades")
        if isinstance(row, WeightAdvice)
        else (terms.apply.min_intents, "worked intents", "min_intents")
    )
    if row.n < least:
        return f"it rests on {row.n} {what}, apply.{name} is {least}"
    return None


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, UTC."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
