"""Desk-level states are built from the files of the accounts as they lie, gated and written like any other.

    accounts/alpha/state/nav.json ─┐
    accounts/beta/state/nav.json  ─┴─ judged ─▶ documents by account, census of who is missing ─▶ state/desk_nav.json

A file that is not sound, or was not written in time, is no input: its account is named in the census, and no sum pretends to be whole. One
that is written and speaks of old facts is: every row says when its figures were current, and the sum's age is that of its oldest part.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence

from executor.clock import Clock
from executor.flags import Flags
from hedge_assets.catalog import CENSUS, State
from hedge_assets.census import Census
from hedge_assets.document import Document, Input
from hedge_assets.health.ages import age_text
from hedge_assets.health.judge import seconds_between
from hedge_assets.health.manifest import state_row
from hedge_assets.health.parsing import Unsound, microseconds, parse
from hedge_assets.refreshing.aside import clear_way
from hedge_assets.refreshing.building import Basket
from hedge_assets.refreshing.refresh import Outcome, made, only_one, renewed
from hedge_assets.settings import WHOLE, Place
from hedge_assets.store import look
from hedge_assets.version import code_version

Known = dict[str, dict[str, Document]]


def refresh_desk(
    place: Place,
    desk_states: Sequence[State],
    wanted: Collection[str],
    *,
    accounts: Sequence[Place],
    states: Sequence[State],
    clock: Clock,
    flags: Flags,
) -> list[Outcome]:
    """Build the wanted desk-level states from the accounts' files as they are now, and write those that keep their promises."""
    clear_way(place, clock.now_us())
    with only_one(place.tables):
        asked = [state for state in desk_states if state.name in wanted]
        basket = basket_at(clock.now_us(), place, asked, accounts=accounts, states=states, flags=flags)
        now_us = basket.as_of_us
        return [renewed(done(state, basket, place, now_us), state, place, basket=basket, now_us=now_us) for state in asked]


def basket_at(
    now_us: int, place: Place, desk_states: Sequence[State], *, accounts: Sequence[Place], states: Sequence[State], flags: Flags
) -> Basket:
    """What these desk-level states are made of at a moment: the accounts' files as they lie, judged as of then."""
    needed = {name for state in desk_states for name in state.upstream}
    known, absent, sources = read_accounts(accounts, [state for state in states if state.name in needed], now_us)
    return Basket(
        folds={},
        journal_inputs=(),
        as_of_us=now_us,
        clock="wall",
        account=WHOLE,
        telemetry=place.telemetry,
        flags=flags,
        code_version=code_version(),
        documents={**known, CENSUS: Census(tuple(each.account for each in accounts), absent)},
        sources=sources,
    )


def done(state: State, basket: Basket, place: Place, now_us: int) -> Outcome:
    """One desk-level state's document and content, with every promise tried; states of the same refresh do not see each other."""
    kept = dict(basket.documents)
    outcome = made(state, basket, folder=place.state, written_us=now_us)
    basket.documents.clear()
    basket.documents.update(kept)  # a desk's nav is called like its accounts'
    return outcome


def read_accounts(
    accounts: Sequence[Place], states: Sequence[State], now_us: int
) -> tuple[Known, Mapping[str, Mapping[str, str]], tuple[Input, ...]]:
    """By state and account the documents that are sound; by state and account why one is not; and what exactly was read."""
    known: Known = {state.name: {} for state in states}
    absent: dict[str, dict[str, str]] = {state.name: {} for state in states}
    sources: list[Input] = []
    for place in accounts:
        for state in states:
            found = read_one(place, state, now_us)
            if isinstance(found, str):
                absent[state.name][place.account] = found
                continue
            known[state.name][place.account] = found[0]
            sources.append(Input(name=f"{place.account}/{state.name}", version=found[1]))
    return known, absent, tuple(sources)


def read_one(place: Place, state: State, now_us: int) -> tuple[Document, str] | str:
    """One file's document and the hash of its content; in words why there is none."""
    row = state_row(state)
    facts = look(place.root / row.path, row.max_bytes or 0)
    if facts.content is None:
        return "missing" if facts.kind == "absent" else f"{facts.kind} under its name"
    try:
        parsed = parse(facts.content, state.shape)
    except Unsound as error:
        return f"invalid: {error}"
    if parsed.envelope.account not in (None, place.account):
        return f"invalid: it is of account {parsed.envelope.account!r}"
    age_s, limit_s = seconds_between(microseconds(parsed.envelope.written_ts), now_us), state.spec.written_deadlines.fail_s
    if age_s > limit_s:
        return f"stale: written {age_text(age_s)} ago, deadline {limit_s:.0f} s"
    return parsed.document, hashlib.blake2b(facts.content, digest_size=8).hexdigest()
