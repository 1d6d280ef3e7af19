"""What Binance's answers prove. A whitelist: whatever is not listed here proves nothing.

whole JSON with our client id and an order id, HTTP 2xx ─▶ Accepted
whole JSON with a code of `REFUSALS`, HTTP 4xx          ─▶ Refused
whole JSON with one of the `SURE_FAILURES`, HTTP 5xx    ─▶ Refused
everything else                                         ─▶ Unsure
"""

import re
from collections.abc import Mapping

import msgspec

from executor.protocol.facts import Refused, Unsure
from executor.wire.reply import UNREADABLE, Reply, excerpt

REFUSALS: Mapping[int, str] = {
    # who asks, and how
    -1002: "unauthorized", -1010: "malformed", -1011: "address_not_allowed", -1013: "filter", -1014: "malformed", -1020: "unsupported",
    -1022: "signature", -1099: "unauthorized", -1100: "malformed", -1101: "malformed", -1102: "malformed", -1103: "malformed",
    -1104: "malformed", -1105: "malformed", -1106: "malformed", -1108: "malformed", -1109: "unauthorized", -1110: "malformed",
    -1111: "precision", -1112: "no_depth", -1114: "malformed", -1115: "malformed", -1116: "malformed", -1117: "malformed",
    -1118: "malformed", -1119: "malformed", -1120: "malformed", -1121: "unknown_symbol", -1122: "symbol_closed", -1128: "malformed",
    -1130: "malformed", -1136: "malformed", -2014: "bad_key", -2015: "bad_key", -2017: "bad_key",
    # what the account may do
    -2010: "refused", -2018: "insufficient_margin", -2019: "insufficient_margin", -2020: "unable_to_fill", -2021: "would_trigger",
    -2022: "reduce_only_rejected", -2023: "in_liquidation", -2024: "position_too_small", -2025: "too_many_open",
    -2026: "reduce_only_rejected", -2027: "position_limit", -2028: "leverage",
    # the rules of the symbol
    -4001: "price", -4002: "price", -4003: "min_qty", -4004: "min_qty", -4005: "max_qty", -4006: "price", -4007: "price", -4008: "price",
    -4013: "price", -4014: "price_off_tick", -4015: "bad_client_id", -4016: "price", -4023: "qty_off_step", -4024: "price",
    -4028: "leverage", -4029: "precision", -4030: "precision", -4031: "malformed", -4045: "too_many_open", -4055: "malformed",
    -4061: "position_side", -4062: "reduce_only_rejected", -4082: "malformed", -4084: "unsupported", -4087: "reduce_only_allowed",
    -4088: "not_allowed", -4104: "malformed", -4108: "symbol_closed",
    -4116: "duplicate_client_id", -4118: "reduce_only_margin", -4120: "unsupported",
    -4131: "percent_price", -4135: "malformed", -4136: "malformed", -4137: "malformed", -4138: "reduce_only_rejected",
    -4139: "unsupported", -4140: "symbol_closed", -4141: "symbol_closed", -4142: "would_trigger", -4164: "min_notional",
    -4183: "price", -4184: "price", -4192: "cooling_off", -4400: "reduce_only_allowed", -4401: "reduce_only_allowed",
    -4402: "not_allowed", -4403: "not_allowed",
    # judged at the book, and not recorded
    -5021: "not_fillable", -5022: "post_only_would_cross", -5037: "malformed", -5038: "malformed", -5039: "malformed",
    -5040: "malformed", -5041: "no_depth",
    # limits and clocks
    -1003: "rate_limited", -1008: "overloaded", -1015: "rate_limited", -1021: "clock", -5028: "clock",
}  # fmt: skip
"""Codes after which an order surely was not taken, and what we call them. -1000, -1006 and -1007 are missing: they prove nothing."""

UNDECIDED = frozenset({-1000, -1004, -1005, -1006, -1007})
SURE_FAILURES = frozenset({"Service Unavailable.", "Internal error; unable to process your request. Please try again."})
"""Texts of HTTP 5xx answers that the venue's documentation calls failures; any other 5xx may hide an execution."""

CLOCK = frozenset({-1021, -5028})
UNKNOWN_ORDER = frozenset({-2011, -2013})
OVERLOADED, TOO_MANY_REQUESTS, TOO_MANY_ORDERS = -1008, -1003, -1015
POST_ONLY, DUPLICATE = -5022, -4116
COMPLAINT_BYTES = 64 * 1024

CODE = re.compile(r"-?[0-9]{1,9}")
BANNED_UNTIL = re.compile(r"banned until (\d{13})")
LONGEST_BAN_US = 3 * 86_400_000_000
DEFAULT_HOLD_US = {429: 10_000_000, 418: 120_000_000}
OVERLOAD_US = 1_000_000
ORDERS_HOLD_US = 10_000_000


class Complaint(msgspec.Struct, frozen=True):
    """An error answer: the venue's code (0 where none came) and text."""

    code: int = 0
    msg: str = ""

    def words(self) -> str:
        """Code and text, as one line."""
        return f"{self.code} {excerpt(self.msg.encode())}"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """For how long nothing (or no order) may be sent."""

    us: int
    orders_only: bool = False


class _Raw(msgspec.Struct):
    code: int | str | None = None
    msg: str | None = None
    orderId: int | None = None  # noqa: N815 - the venue's word


def complaint_of(reply: Reply) -> Complaint | None:
    """The venue's own error in a whole answer, or null: no error, or none that can be read."""
    if reply.failure is not None or len(reply.body) > COMPLAINT_BYTES or not reply.body.lstrip().startswith(b"{"):
        return None
    try:
        raw = msgspec.json.decode(reply.body, type=_Raw)
    except UNREADABLE:
        return None
    if raw.msg is None or raw.orderId is not None:
        return None
    code = int(raw.code) if raw.code is not None and CODE.fullmatch(str(raw.code)) else 0
    return None if code == 200 else Complaint(code, raw.msg)


def is_about_time(complaint: Complaint) -> bool:
    """Whether the venue refused our time stamp."""
    return complaint.code in CLOCK


def refusal_of(reply: Reply, now_us: int) -> Refused | None:
    """A proved refusal, or null where this answer proves none. `now_us` is our own clock."""
    if reply.failure == "refused":
        return Refused(code="unreached", detail=reply.words())
    complaint = complaint_of(reply)
    if complaint is None:
        return None
    code = proved(complaint, reply.status)
    if code is None:
        return None
    held = Held(us=OVERLOAD_US) if complaint.code == OVERLOADED else held_us(reply, complaint, now_us)
    return Refused(
        code=code,
        detail=complaint.words(),
        post_only=complaint.code == POST_ONLY,
        exists=complaint.code == DUPLICATE,
        retry_us=None if held is None else now_us + held.us,
    )


def proved(complaint: Complaint, status: int) -> str | None:
    """What a complaint with this HTTP status proves to have been the reason of a refusal, or null."""
    if complaint.code in UNDECIDED or status == 408:
        return None
    if status >= 500:
        if complaint.code == OVERLOADED:
            return REFUSALS[OVERLOADED]
        return "unavailable" if complaint.msg in SURE_FAILURES else None
    return REFUSALS.get(complaint.code) if status >= 400 else None


def held_us(reply: Reply, complaint: Complaint | None, server_us: int) -> Held | None:
    """For how long the venue wants to be left alone; null where it said nothing of the kind."""
    if reply.failure is not None:
        return None
    code = 0 if complaint is None else complaint.code
    if reply.status in DEFAULT_HOLD_US or code == TOO_MANY_REQUESTS:
        banned = BANNED_UNTIL.search(complaint.msg) if complaint else None
        least_us = int(banned.group(1)) * 1_000 - server_us if banned else 0
        wanted_us = retry_after_us(reply.headers) or max(0, least_us) or DEFAULT_HOLD_US.get(reply.status, ORDERS_HOLD_US)
        return Held(us=min(max(wanted_us, least_us), LONGEST_BAN_US), orders_only=code == TOO_MANY_ORDERS and reply.status != 418)
    if code == TOO_MANY_ORDERS:
        return Held(us=min(retry_after_us(reply.headers) or ORDERS_HOLD_US, LONGEST_BAN_US), orders_only=True)
    return None  # an overloaded venue (-1008) still takes reductions and cancels: nothing is held back for all


def retry_after_us(headers: Mapping[str, str]) -> int:
    """What `Retry-After` says in seconds, as microseconds; 0 where it says nothing that can be read."""
    text = headers.get("Retry-After", "").strip()
    return int(text) * 1_000_000 if text.isdecimal() and len(text) < 10 else 0


def unsure_of(reply: Reply) -> Unsure:
    """Neither accepted nor refused, in words."""
    return Unsure(reply.words())
