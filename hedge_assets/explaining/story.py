"""All that the journals say of one intent: found by any of its names, gathered to its end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from executor.records.market import Quote
from executor.records.orders import Boot, Ended, Fill, PolicyChanged, Submit, SuggestionRefused
from executor.records.trading import Decision, Intent, Vetoed
from hedge_assets.explaining.search import Found, Journals, quoted

PLAIN_SETTINGS = "settings"
LOOK_BACK_US = 600 * 1_000_000
LATE = 10_000
"""How many records after an intent's end are looked through for what came late: a fill that the venue told after all."""
NAMES = ("intent_id", "client_id", "order_id", "trade_id")


@dataclass(frozen=True)
class Story:
    """One intent's records in the order of the journal, the boot and the changes of policy they stand under, the quote that was seen.

    Each part is null where the journal does not have it (any more).
    """

    intent_id: str
    records: tuple[Found, ...]
    boot: Found | None
    quote: Found | None
    changes: tuple[Found, ...]

    @property
    def intent(self) -> Intent | None:
        """What was asked for."""
        return next((each.record for each in self.records if isinstance(each.record, Intent)), None)

    @property
    def decision(self) -> Decision | None:
        """What was decided."""
        return next((each.record for each in self.records if isinstance(each.record, Decision)), None)

    @property
    def stop(self) -> Submit | None:
        """The stop at the venue that it is about, where it is about one."""
        return next((each.record for each in self.records if isinstance(each.record, Submit) and each.record.trigger is not None), None)

    @property
    def fills(self) -> tuple[Found, ...]:
        """What was traded for it."""
        return tuple(each for each in self.records if isinstance(each.record, Fill))

    @property
    def symbol(self) -> str:
        """The symbol it is about."""
        return next((symbol for each in self.records if (symbol := getattr(each.record, "symbol", ""))), "")


def found_by(journals: Journals, word: str) -> tuple[str, Found] | None:
    """The newest record that has this name, and which name it is: `intent_id` … `trade_id`, or `version` of a suggestion; null for none."""
    for found in journals.newest_first("orders", quoted(word)):
        for name in NAMES:
            if getattr(found.record, name, None) == word:
                return name, found
        if word in versions_in(found):
            return "version", found
    return None


def versions_in(found: Found) -> tuple[str, ...]:
    """The suggestion versions that a record names."""
    record = found.record
    if isinstance(record, PolicyChanged | SuggestionRefused):
        return (record.version,)
    return (record.policy.version, record.policy.weight_version) if isinstance(record, Decision) else ()


def intent_of(journals: Journals, found: Found) -> str | None:
    """The intent that a record belongs to; null for what was no order of ours."""
    own = getattr(found.record, "intent_id", None)
    if own:
        return str(own)
    client_id = getattr(found.record, "client_id", None)
    if not client_id:
        return None
    sent = (each.record for each in journals.newest_first("orders", quoted(client_id), below_seq=found.seq + 1))
    return next((each.intent_id for each in sent if isinstance(each, Submit)), None)


def gathered(journals: Journals, intent_id: str, near: Found) -> Story:
    """Everything of an intent: back from a record of it to where it was asked for, on from there to its end."""
    needle = intent_id.encode()
    back = []
    for each in (each for each in journals.newest_first("orders", needle, below_seq=near.seq + 1) if belongs(each, intent_id)):
        back.append(each)
        if isinstance(each.record, Intent) or is_stop(each):
            break
    records = (*reversed(back), *to_the_end(journals, intent_id, back))
    records = (*records, *answered_by_number(journals, records))
    decided = next((each for each in records if isinstance(each.record, Decision)), None)
    boot = journals.newest("orders", b'"kind":"boot"', below_seq=records[0].seq) if records else None
    return Story(
        intent_id=intent_id,
        records=tuple(sorted(set(records), key=lambda each: each.seq)),
        boot=boot if boot is not None and isinstance(boot.record, Boot) else None,
        quote=quote_seen(journals, decided),
        changes=changes_behind(journals, decided),
    )


def to_the_end(journals: Journals, intent_id: str, back: Sequence[Found]) -> Iterator[Found]:
    """What follows the newest of some records of an intent: nothing after a veto; else all up to its end, and what came late."""
    ended = next((each for each in back if isinstance(each.record, Ended)), None)
    if ended is None and not any(is_veto(each) for each in back):
        for each in journals.oldest_first("orders", intent_id.encode(), from_seq=back[0].seq + 1):
            if belongs(each, intent_id):
                yield each
                ended = each if isinstance(each.record, Ended) else None
                if ended is not None or is_veto(each):
                    break
    if ended is not None:
        late = journals.oldest_first("orders", intent_id.encode(), from_seq=max(ended.seq, back[0].seq) + 1, upto_seq=ended.seq + LATE)
        yield from (each for each in late if belongs(each, intent_id))


def is_stop(found: Found) -> bool:
    """Whether it is the sending of a stop that is kept at the venue: the settings ask for it, no intent does."""
    return isinstance(found.record, Submit) and found.record.trigger is not None


def is_veto(found: Found) -> bool:
    """Whether it is the decision to do nothing."""
    return isinstance(found.record, Decision) and isinstance(found.record.verdict, Vetoed)


def belongs(found: Found, intent_id: str) -> bool:
    """Whether a record with an intent's id somewhere in it is of this intent: by its own field, or by the name of its order."""
    own = getattr(found.record, "intent_id", None)
    return own == intent_id if own is not None else intent_id in str(getattr(found.record, "client_id", ""))


def answered_by_number(journals: Journals, records: tuple[Found, ...]) -> tuple[Found, ...]:
    """What names only the order, where the order's own name does not have the intent's in it."""
    sent = [each for each in records if isinstance(each.record, Submit)]
    strange = [each for each in sent if each.record.intent_id not in each.record.client_id]  # type: ignore[attr-defined]
    return tuple(
        answer
        for each in strange
        for answer in journals.oldest_first("orders", quoted(each.record.client_id), from_seq=each.seq + 1)  # type: ignore[attr-defined]
    )


def quote_seen(journals: Journals, decided: Found | None) -> Found | None:
    """The journaled quote that a decision looked at, or the newest before it where that very one was not journaled."""
    if decided is None or not isinstance(decided.record, Decision):
        return None
    view = decided.record.slice
    needle = quoted(view.symbol)
    seen = [
        each for each in journals.between("ticks", view.ts_us - LOOK_BACK_US, view.ts_us, needle=needle) if isinstance(each.record, Quote)
    ]
    same = [each for each in seen if (each.record.bid, each.record.ask) == (view.bid, view.ask)]  # type: ignore[attr-defined]
    return next(reversed(same or seen), None)


def changes_behind(journals: Journals, decided: Found | None) -> tuple[Found, ...]:
    """The changes of policy that put in force what steered a decision: the newest in its symbol under each of its versions."""
    if decided is None or not isinstance(decided.record, Decision):
        return ()
    policy, symbol = decided.record.policy, decided.record.slice.symbol
    steered = (
        (kind, version) for kind, version in (("router", policy.version), ("allocator", policy.weight_version)) if version != PLAIN_SETTINGS
    )
    found = (change_before(journals, decided, kind=kind, version=version, symbol=symbol) for kind, version in steered)
    return tuple(each for each in found if each is not None)


def change_before(journals: Journals, decided: Found, *, kind: str, version: str, symbol: str) -> Found | None:
    """The newest change of one kind of policy in a symbol to a version, before a decision."""
    for each in journals.newest_first("orders", quoted(version), below_seq=decided.seq):
        if puts_in_force(each, kind, symbol):
            return each
    return None


def puts_in_force(found: Found, kind: str, symbol: str) -> bool:
    """Whether a record is a change of this kind of policy in this symbol."""
    return isinstance(found.record, PolicyChanged) and (found.record.suggestion, found.record.symbol) == (kind, symbol)
