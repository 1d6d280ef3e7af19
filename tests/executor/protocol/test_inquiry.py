"""Silence becomes proof only after the fence, twice, a second apart, from everybody; and asking never wears the venue out."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.protocol.facts import OrderFact
from executor.protocol.inquiry import APART_US, MARGIN_US, MOST_US, Case, Inquiry, Sources, fence_us, judged
from executor.protocol.ledger import Track
from tests.executor.protocol.venue_model import NOW_US, SECOND_US, make_order, make_trade

WINDOW_MS, OFF_MS = 4_000, 250
LOOK_US = 50_000
ALL_SILENT = Sources(open_orders=[], orders=[], trades=[], unexplained_qty=Decimal(0))
FENCE_US = fence_us(NOW_US, WINDOW_MS, OFF_MS)


def make_track(name: str = "h-1") -> Track:
    return Track(
        client_id=name, symbol="BTCUSDT", side="buy", qty=Decimal(3), post_only=False, reduce_only=False, placed_us=NOW_US, phase="unsure"
    )


def begun(now_us: int = NOW_US) -> tuple[Inquiry, Case]:
    inquiry = Inquiry()
    inquiry.begin(make_track(), FENCE_US, now_us)
    return inquiry, inquiry.cases["h-1"]


def asked(inquiry: Inquiry, now_us: int) -> bool:
    return bool(list(inquiry.due(now_us)))


def test_the_fence_is_the_window_the_clocks_and_half_a_second_after_the_sending() -> None:
    assert FENCE_US == NOW_US + (WINDOW_MS + 2 * OFF_MS) * 1_000 + MARGIN_US


def test_before_the_fence_absence_proves_nothing_however_often_it_is_said() -> None:
    inquiry, case = begun()
    for number in range(20):
        inquiry.absent("h-1", FENCE_US - number % 2, NOW_US + number * APART_US)
    assert (case.absent_us, case.stage) == (None, "order")


def test_after_the_fence_two_absences_a_second_apart_lead_to_the_other_sources() -> None:
    inquiry, case = begun()
    inquiry.absent("h-1", FENCE_US + 1, NOW_US)
    for too_soon_us in (1, APART_US - 1):
        inquiry.absent("h-1", FENCE_US + 1 + too_soon_us, NOW_US + too_soon_us)
        assert case.stage == "order"
    inquiry.absent("h-1", FENCE_US + 1 + APART_US, NOW_US + APART_US)
    assert case.stage == "sources"


def test_after_the_first_absence_the_second_is_asked_for_a_second_later() -> None:
    inquiry, case = begun()
    for _ in range(8):
        list(inquiry.due(case.next_us))
        inquiry.unanswered("h-1", case.next_us)
    list(inquiry.due(case.next_us))
    now_us = case.next_us
    inquiry.absent("h-1", FENCE_US + 1, now_us)
    assert case.next_us == now_us + APART_US


def test_a_question_is_out_until_it_is_answered() -> None:
    inquiry, _ = begun()
    assert asked(inquiry, NOW_US)
    assert not asked(inquiry, NOW_US + 60 * SECOND_US)
    inquiry.unanswered("h-1", NOW_US + 60 * SECOND_US)
    assert not asked(inquiry, NOW_US + 60 * SECOND_US)
    assert asked(inquiry, NOW_US + 61 * SECOND_US)


@pytest.mark.parametrize("is_last_stage", [False, True])
def test_unanswered_questions_come_later_each_time_up_to_five_seconds(is_last_stage: bool) -> None:
    """Also of all four sources together, which cost the most: a venue that is down is not asked for them every second."""
    inquiry, case = begun()
    if is_last_stage:
        for _ in range(8):
            list(inquiry.due(case.next_us))
            inquiry.unanswered("h-1", case.next_us)
        inquiry.absent("h-1", FENCE_US + 1, NOW_US)
        inquiry.absent("h-1", FENCE_US + 2, NOW_US + APART_US)
        assert case.next_us <= NOW_US + 2 * APART_US
    waits = []
    for _ in range(20):
        now_us = case.next_us
        assert asked(inquiry, now_us)
        inquiry.unanswered("h-1", now_us)
        waits.append(case.next_us - now_us)
    assert waits == sorted(waits)
    assert waits[0] < SECOND_US
    assert waits[-10:] == [MOST_US] * 10


def test_a_case_is_begun_once_and_closed_when_its_order_is_not_unsure_any_more() -> None:
    inquiry, case = begun()
    inquiry.begin(make_track(), FENCE_US + 9, NOW_US + 9)
    assert inquiry.cases["h-1"] is case
    inquiry.begin(make_track("h-2"), FENCE_US, NOW_US)
    inquiry.keep({"h-2"})
    assert list(inquiry.cases) == ["h-2"]
    inquiry.absent("h-1", FENCE_US + 1, NOW_US)
    inquiry.unanswered("h-1", NOW_US)
    assert list(inquiry.cases) == ["h-2"]


# four sources


@pytest.mark.parametrize(
    "shown",
    [
        {"open_orders": [make_order()]},
        {"orders": [make_order(status="canceled")]},
        {"open_orders": [make_order()], "orders": None, "trades": None, "unexplained_qty": None},
        {"orders": [make_order("h-2"), make_order()], "trades": [make_trade()]},
    ],
)
def test_an_order_that_a_source_shows_is_found(shown: dict[str, object]) -> None:
    found = judged("h-1", msgspec.structs.replace(ALL_SILENT, **shown))
    assert isinstance(found, OrderFact)
    assert found.client_id == "h-1"


@pytest.mark.parametrize(
    "doubt",
    [
        {"open_orders": None},
        {"orders": None},
        {"trades": None},
        {"unexplained_qty": None},
        {"trades": [make_trade(client_id=None)]},
        {"unexplained_qty": Decimal("0.001")},
        {"unexplained_qty": Decimal("-0.001")},
    ],
)
def test_one_source_that_is_not_silent_leaves_it_unsure(doubt: dict[str, object]) -> None:
    assert judged("h-1", msgspec.structs.replace(ALL_SILENT, **doubt)) is None


def test_four_silent_sources_are_evidence() -> None:
    assert isinstance(judged("h-1", ALL_SILENT), str)
    assert isinstance(judged("h-1", msgspec.structs.replace(ALL_SILENT, orders=[make_order("h-2")])), str)


# a whole inquiry


class Forgetful(msgspec.Struct):
    """A venue that took an order at `taken_us` (its clock; null: never), does not show it in these places before these times, and
    answers nothing in these seconds."""

    taken_us: int | None
    hidden_until_us: dict[str, int]
    mute_s: frozenset[int]
    is_filled: bool

    def shows(self, place: str, server_us: int) -> bool:
        return self.taken_us is not None and server_us >= max(self.taken_us, self.hidden_until_us[place])

    def sources(self, server_us: int) -> Sources:
        order = make_order(filled_qty=Decimal(3) if self.is_filled else Decimal(0), status="filled" if self.is_filled else "open")
        return Sources(
            open_orders=[order] if self.shows("open_orders", server_us) and not self.is_filled else [],
            orders=[order] if self.shows("orders", server_us) else [],
            trades=[make_trade(client_id=None)] if self.is_filled and self.shows("trades", server_us) else [],
            unexplained_qty=Decimal(3) if self.is_filled and self.shows("position", server_us) else Decimal(0),
        )


def inquired(venue: Forgetful, off_us: int, until_us: int, seen: Callable[[str, int], None]) -> OrderFact | str | None:
    """Ask as the inquirer does; `seen` hears what was asked at which of the venue's times."""
    inquiry, case = begun()
    for now_us in range(NOW_US, until_us, LOOK_US):
        server_us = now_us + off_us
        for _ in inquiry.due(now_us):
            seen(case.stage, server_us)
            if (now_us - NOW_US) // SECOND_US in venue.mute_s:
                inquiry.unanswered("h-1", now_us)
            elif case.stage == "sources":
                answer = judged("h-1", venue.sources(server_us))
                if answer is not None:
                    return answer
                inquiry.unanswered("h-1", now_us)
            elif venue.shows("order", server_us):
                return make_order()
            else:
                inquiry.absent("h-1", server_us, now_us)
    return None


PLACES = ("order", "open_orders", "orders", "trades", "position")
FOR_EVER = 10**18
hidings = st.sampled_from([0, 3 * SECOND_US, 8 * SECOND_US, FOR_EVER])


def forgetful(taken_ms: int | None, hidden: dict[str, int], mute_s: frozenset[int], is_filled: bool) -> Forgetful:
    return Forgetful(
        taken_us=None if taken_ms is None else NOW_US + taken_ms * 1_000,
        hidden_until_us={place: NOW_US + after_us for place, after_us in hidden.items()},
        mute_s=mute_s,
        is_filled=is_filled,
    )


venues = st.builds(
    forgetful,
    st.none() | st.integers(0, WINDOW_MS + OFF_MS),
    st.fixed_dictionaries(dict.fromkeys(PLACES, hidings)),
    st.frozensets(st.integers(0, 15)),
    st.booleans(),
)


@given(venue=venues, off_ms=st.integers(-OFF_MS, OFF_MS))
def test_nothing_that_the_venue_took_is_called_dead_while_one_of_the_sources_knows_of_it(venue: Forgetful, off_ms: int) -> None:
    asks: list[tuple[str, int]] = []
    found = inquired(venue, off_ms * 1_000, NOW_US + 40 * SECOND_US, lambda *ask: asks.append(ask))
    if isinstance(found, str):
        assert venue.sources(asks[-1][1]) == ALL_SILENT
        absent = [server_us for stage, server_us in asks if stage == "order" and server_us > FENCE_US]
        assert absent[-1] - absent[0] >= APART_US
    if venue.taken_us is None:
        assert isinstance(found, str)
    elif set(venue.hidden_until_us.values()) == {NOW_US}:
        assert isinstance(found, OrderFact)
    assert len(asks) < 40
