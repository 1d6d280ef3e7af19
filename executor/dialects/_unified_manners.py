"""What ccxt's unified calls leave different between venues: names of parameters, forms of client ids, lengths of pages."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from executor.dialects._unified_shapes import BYBIT, HYPERLIQUID, OKX, Shape

LETTERS = re.compile(r"[A-Za-z0-9]{1,32}")
"""Client ids that every venue takes; a venue we know nothing of gets no other."""


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """One venue's ways.

    `id_form` is what it takes as a client id (`id_digits` hexadecimal digits of a hash behind `id_prefix` where ours is not of it),
    `id_param` what a query calls it. `margin_param` names our margin mode in every order. `page` is the most rows of a history that it
    gives, with windows by `until`; null where a history comes whole. `open_most` is the most open orders of one answer. `settles` are
    asked for one by one. `envelope` names what every whole answer of it holds: an object without is no answer, however well it parses.
    `shapes` are the forms of its readings by what is asked for, under the empty name that of all others: what lacks its list is no
    answer. `is_equity`: its balance includes what is unrealised. `needs_mid`: a market order needs a price to bound its slippage.
    `tells_tiers`: its tiers of leverage and maintenance margin are by value in USD (elsewhere they are by contracts, or not told).
    `triggers` are what names the price that a conditional order waits for; empty where such orders are not found again by our ids, or
    were not tried.
    """

    id_form: re.Pattern[str] = LETTERS
    id_prefix: str = "h"
    id_digits: int = 31
    id_param: str = "clientOrderId"
    options: Mapping[str, Any] = {}
    query: Mapping[str, Any] = {}
    margin_param: str = ""
    leverage_params: tuple[str, ...] = ()
    page: int | None = None
    open_most: int | None = None
    settles: tuple[str, ...] = ()
    envelope: frozenset[str] = frozenset()
    shapes: Mapping[str, Shape] = {}
    is_equity: bool = False
    needs_mid: bool = False
    tells_tiers: bool = False
    triggers: Mapping[str, Mapping[str, str]] = {}


MANNERS: Mapping[str, Manners] = {
    "bybit": Manners(
        id_form=re.compile(r"[A-Za-z0-9_-]{1,36}"),
        id_param="orderLinkId",
        options={"fetchMarkets": {"types": ["linear"]}},
        query={"acknowledged": True},
        page=50,
        open_most=50,
        settles=("USDT", "USDC"),
        envelope=frozenset({"retCode", "result"}),
        shapes=BYBIT,
        tells_tiers=True,
        triggers={"mark": {"triggerBy": "MarkPrice"}, "last": {"triggerBy": "LastPrice"}},
    ),
    "okx": Manners(
        options={"fetchMarkets": {"types": ["swap"]}},
        margin_param="marginMode",
        leverage_params=("lever",),
        page=100,
        open_most=100,
        envelope=frozenset({"code", "data"}),
        shapes=OKX,
        is_equity=True,
    ),
    "hyperliquid": Manners(
        id_form=re.compile(r"0x[0-9a-f]{32}"),
        id_prefix="0x",
        id_digits=32,
        options={"fetchMarkets": {"types": ["swap"]}, "builderFee": False, "approvedBuilderFee": False, "refSet": True},
        shapes=HYPERLIQUID,
        leverage_params=("leverage",),
        is_equity=True,
        needs_mid=True,
    ),
    "gate": Manners(id_form=re.compile(r"[A-Za-z0-9_.-]{1,28}"), id_digits=27),
    "binanceusdm": Manners(id_form=re.compile(r"[.A-Z:/a-z0-9_-]{1,36}"), page=1_000, tells_tiers=True),
}


def manners_of(venue: str) -> Manners:
    """What is known of a venue; else what is true of all."""
    return MANNERS.get(venue, Manners())


class Names:
    """Our client ids and the venue's forms of them.

    An id that the venue takes is sent as it is. Any other travels as a hash of itself, the same after a restart, so an order can
    always be asked for by our id; to read our id back from the venue's, it must have been seen (`venue_id`) since this was made.
    """

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._ours: dict[str, str] = {}

    def venue_id(self, client_id: str) -> str:
        """The venue's form of our id; remembered for the way back."""
        manners = self._manners
        if manners.id_form.fullmatch(client_id):
            return client_id
        found = manners.id_prefix + hashlib.sha256(client_id.encode()).hexdigest()[: manners.id_digits]
        self._ours[found] = client_id
        return found

    def our_id(self, venue_id: str | None) -> str:
        """Our id behind the venue's form; the venue's own where we never made it. Empty where it told none."""
        return "" if venue_id is None else self._ours.get(venue_id, venue_id)
