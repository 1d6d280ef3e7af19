"""What ccxt raises counts only beside a whole answer, and only where its class says for sure that nothing was taken."""

import asyncio
import json

import pytest
from ccxt.base import errors
from hypothesis import given
from hypothesis import strategies as st

from executor.clock import WallClock
from executor.dialects._unified_histories import Histories
from executor.dialects._unified_lacks import lacks_of
from executor.dialects._unified_manners import Names, manners_of
from executor.dialects._unified_verdicts import DEFINITE, sent_verdict
from executor.dialects._unified_voice import Heard, Said, Voice, refuse_unfit
from executor.errors import SettingsError
from executor.protocol.facts import Accepted, Refused, Unsure
from executor.settings import Venue
from executor.wire.access import Access
from executor.wire.budget import Cost
from executor.wire.reply import Reply, Unanswered
from executor.wire.secrets import key_of
from tests.executor.dialects.venues import submit

ORDER = submit("h-1-1", price="59000.1")
CLASSES = sorted(name for name in errors.__all__ if isinstance(getattr(errors, name), type))
BODIES = st.sampled_from([b"", b"null", b"garbage", b"<html>", b'{"code": 5}', b"[]", b'{"id": "7"}'])
STATUSES = st.sampled_from([200, 302, 400, 403, 408, 429, 500, 503])


def said(result, error, *replies: Reply) -> Said:
    return Said(result, error, Heard(1, Cost(), 0, list(replies)))


def verdict(told: Said):
    return sent_verdict(told, ORDER, "h-1-1", now_us=1, contract=ORDER.qty)


@given(st.sampled_from(CLASSES), BODIES, STATUSES)
def test_only_a_definite_class_beside_a_whole_answer_refuses(name, body, status):
    found = verdict(said(None, getattr(errors, name)("words"), Reply(status=status, body=body)))
    is_json = body[:1] in (b"{", b"[")
    is_sure = (name in DEFINITE or name == "OrderNotFound") and is_json and status < 500
    assert isinstance(found, Refused if is_sure else Unsure)


@given(
    st.none() | st.dictionaries(st.sampled_from(["id", "clientOrderId", "status", "filled"]), st.none() | st.text(max_size=6)),
    BODIES,
    STATUSES,
)
def test_only_an_order_id_in_a_whole_good_answer_accepts(result, body, status):
    found = verdict(said(result, None, Reply(status=status, body=body)))
    if isinstance(found, Accepted):
        assert status < 300
        assert isinstance(json.loads(body), (dict, list))
        assert result["id"]
        assert result.get("clientOrderId") in (None, "", "h-1-1")
    else:
        assert isinstance(found, Unsure)


@pytest.mark.parametrize("kind", ["timeout", "reset", "cut", "garbled", "oversize"])
@pytest.mark.parametrize("name", sorted(DEFINITE))
def test_no_class_makes_a_broken_answer_a_refusal(kind, name):
    assert isinstance(verdict(said(None, getattr(errors, name)("words"), Reply(failure=kind))), Unsure)


def test_classes_that_know_nothing_are_not_definite():
    assert not {"ExchangeError", "BaseError", "NetworkError", "OperationFailed", "BadResponse", "NullResponse"} & DEFINITE.keys()


def voice(name: str) -> Voice:
    key = key_of("an-api-key", "a-secret-of-nobody")
    access = Access(venue=name, mode="live", settings=Venue(), key=key, clock=WallClock())
    return Voice(access, manners_of(name))


def test_a_venue_we_know_nothing_of_says_what_that_means():
    lacks = lacks_of(voice("krakenfutures"), manners_of("krakenfutures"))
    assert any("one page" in sentence for sentence in lacks)
    assert any("clock" in sentence for sentence in lacks)


def test_a_venue_that_cannot_do_the_least_is_refused():
    with pytest.raises(SettingsError, match="fetchPositions"):
        refuse_unfit(voice("bitvavo"))


def test_nothing_is_read_before_it_is_open():
    speaker = voice("bybit")
    with pytest.raises(Unanswered):
        asyncio.run(Histories(speaker, Names(speaker.manners), {}).open_orders())
