"""What somebody asks about, told apart by what it is: a state's value, a record, an intent by any of its names, a suggestion's version."""

import re
from collections.abc import Sequence

from executor.errors import HedgeError
from executor.flags import Flags
from executor.records.orders import Fill, PolicyChanged
from executor.records.streams import STREAMS, Stream
from executor.records.trading import Vetoed
from hedge_assets.catalog import State
from hedge_assets.explaining.entered import entered_nodes
from hedge_assets.explaining.evidence import record_words
from hedge_assets.explaining.intents import intent_nodes, trade_nodes
from hedge_assets.explaining.paths import split
from hedge_assets.explaining.search import Found, Journals
from hedge_assets.explaining.shadowed import shadow_nodes, unasked_tree
from hedge_assets.explaining.story import PLAIN_SETTINGS, Story, found_by, gathered, intent_of
from hedge_assets.explaining.suggestions import known_version, source_nodes, version_tree
from hedge_assets.explaining.trades import outcome_of, trade_around
from hedge_assets.explaining.tree import Node, node
from hedge_assets.explaining.values import value_tree
from hedge_assets.explaining.words import has_no_numbers, num, order_words
from hedge_assets.settings import Place

COORDINATE = re.compile(r"(?P<stream>ticks|orders|positions)#(?P<seq>\d{1,18})")


def explained(place: Place, states: Sequence[State], word: str, *, flags: Flags) -> Node:
    """The whole explanation of what a word names; raises with what was looked through where it names nothing."""
    journals = Journals(place.raw)
    path = split(word, states)
    if path is not None:
        state, words = path
        return value_tree(place, journals, states, state=state, words=words, flags=flags)
    coordinate = COORDINATE.fullmatch(word)
    if coordinate is not None:
        return coordinate_tree(place, journals, states, word=word, at=coordinate)
    known = found_by(journals, word)
    if known is not None:
        name, found = known
        return (
            version_tree(place, journals, states, word)
            if name == "version"
            else record_tree(place, journals, states, word=word, found=found)
        )
    if known_version(place, states, word):
        return version_tree(place, journals, states, word)
    unasked = unasked_tree(place.state, word)
    if unasked is not None:
        return unasked
    raise HedgeError(unfound(word, journals, states))


def unfound(word: str, journals: Journals, states: Sequence[State]) -> str:
    """What was looked through in vain, and what can be asked for."""
    looked = "; ".join(str(journals.extent(stream)) for stream in STREAMS)
    names = ", ".join(state.name for state in states[:4])
    return (
        f"{word!r} is nowhere: looked for it in {looked}, and in the versions of suggestions; name an intent, a client, venue or trade id, "
        f"a suggestion's version, a record like orders#12, or a value like nav.nav_usd (states: {names}, …)"
    )


def coordinate_tree(place: Place, journals: Journals, states: Sequence[State], *, word: str, at: re.Match[str]) -> Node:
    """The record with that number, and the intent it belongs to."""
    stream: Stream = next(each for each in STREAMS if each == at["stream"])
    found = journals.numbered(stream, int(at["seq"]))
    if found is None:
        raise HedgeError(f"there is no {word}: the journal has {journals.extent(stream)}; name a number in it")
    return record_tree(place, journals, states, word=word, found=found)


def record_tree(place: Place, journals: Journals, states: Sequence[State], *, word: str, found: Found) -> Node:
    """The chain of the intent that a record belongs to; the record alone where it belongs to none."""
    intent_id = intent_of(journals, found) if found.stream == "orders" else None
    if intent_id is None:
        children = (node("record", record_words(found), found), *trade_nodes(trade_around(journals, found)))
        return Node("record", f"{found.at} belongs to no intent of ours", children=children)
    story = gathered(journals, intent_id, found)
    outcome = outcome_of(journals, story)
    sources = [each for version in versions(story) for each in source_nodes(place, states, version, taken_us(story, version))]
    children = (
        *intent_nodes(story, outcome, asked=word, sources=sources),
        *shadow_nodes(place.state, intent_id),
        *entered_nodes(place, states, story, outcome),
    )
    return Node("intent", headline(story), children=children)


def versions(story: Story) -> list[str]:
    """The suggestions that steered a decision."""
    decision = story.decision
    if decision is None:
        return []
    named = (decision.policy.version, decision.policy.weight_version)
    return [version for version in dict.fromkeys(named) if version != PLAIN_SETTINGS]


def taken_us(story: Story, version: str) -> int | None:
    """When a suggestion's version was put in force; null where the journal does not have that any more."""
    changes = [each.record for each in story.changes if isinstance(each.record, PolicyChanged)]
    return next((change.ts_us for change in changes if change.version == version), None)


def veto_words(verdict: Vetoed) -> str:
    """The rule that refused, with its value and limit where it looked at any."""
    check = next((each for each in verdict.checks if each.outcome == "veto"), None)
    return verdict.rule if check is None or has_no_numbers(check) else f"{verdict.rule} ({num(check.value)}, limit {num(check.limit)})"


def headline(story: Story) -> str:
    """The story in a line."""
    wish, decision = story.intent, story.decision
    asked = (
        f"{wish.strategy} {wish.purpose} {wish.side} {wish.symbol}" if wish is not None else "what was asked is not in the journal any more"
    )
    if story.stop is not None:
        return f"stop {story.intent_id}: {order_words(story.stop)[1]}, {traded_words(story)}"
    if decision is None:
        return f"intent {story.intent_id}: {asked}; not decided"
    if isinstance(decision.verdict, Vetoed):
        return f"intent {story.intent_id}: {asked}; {decision.pipeline} vetoed it by {veto_words(decision.verdict)}"
    return f"intent {story.intent_id}: {asked}; {decision.pipeline} approved {num(decision.qty)}, {traded_words(story)}"


def traded_words(story: Story) -> str:
    """How much of it was filled."""
    filled = sum(float(each.record.qty) for each in story.fills if isinstance(each.record, Fill))
    return f"{num(filled)} filled in {len(story.fills)} fill{'s' * (len(story.fills) != 1)}"
