"""The outcome table: what may go wrong with one request on an order, and the verdict that is right for it."""

from typing import Any, Literal

import msgspec

from tests.local_venue import faults

Kind = Literal["accepted", "refused", "unsure"]
OTHER_ACK = '{"orderId":5,"clientOrderId":"h-other-1","symbol":"BTCUSDT","status":"NEW","side":"BUY","origQty":"1","executedQty":"0"}'
NO_ID_ACK = '{"clientOrderId":"h-case-1","symbol":"BTCUSDT","status":"NEW","side":"BUY","origQty":"1","executedQty":"0"}'


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One fault: what is asked of the local venue, the verdict that must come, and its code where that matters."""

    fault: dict[str, Any]
    verdict: Kind
    code: str = ""


def code(number: int, *, status: int = 400, msg: str = "Whatever it says.", **headers: str) -> dict[str, Any]:
    """The venue refuses before anything is done."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"action": "body", "phase": "before", "status": status, "body": f'{{"code":{number},"msg":"{msg}"}}', "headers": named}


def body(phase: str, **answer: Any) -> dict[str, Any]:
    """Another answer than the true one."""
    return {"action": "body", "phase": phase, **answer}


def unsure(fault: dict[str, Any]) -> Row:
    return Row(fault=fault, verdict="unsure")


def refused(fault: dict[str, Any], name: str = "") -> Row:
    return Row(fault=fault, verdict="refused", code=name)


SILENCE = {
    f"{action} {phase}": unsure({"action": action, "phase": phase}) for action in ("hang", "reset", "cut") for phase in ("before", "after")
}
LATE = {f"late, {then} now": unsure({"action": "late", "ms": 60, "then": then}) for then in ("hang", "reset", "cut")}
CANNED = {
    "503 unknown": faults.UNKNOWN_503,
    "503 unknown without a code": faults.UNKNOWN_503_NO_CODE,
    "-1006": faults.UNEXPECTED_1006,
    "408": faults.TIMEOUT_408,
    "502": faults.BAD_GATEWAY_502,
    "504": faults.GATEWAY_TIMEOUT_504,
    "503 of a proxy": faults.PROXY_503,
    "403 of a wall": faults.FORBIDDEN_403,
    "500 and -1000": {"status": 500, "body": '{"code":-1000,"msg":"Internal error; unable to process your request. Please try again."}'},
    "500 and a code of the table": {"status": 500, "body": '{"code":-2019,"msg":"Margin is insufficient."}'},
    "a code nobody knows": {"status": 400, "body": '{"code":-98765,"msg":"New words."}'},
    "429 of a proxy": {"status": 429, "body": faults.HTML.format("slow down"), "content_type": "text/html"},
    "302": {"status": 302, "body": "", "headers": {"Location": "/fapi/v1/elsewhere"}},
    "200 empty": {"status": 200, "body": ""},
    "200 garbage": {"status": 200, "body": "\x00\x01garbage"},
    "200 HTML": {"status": 200, "body": faults.HTML.format("Welcome"), "content_type": "text/html"},
    "200 half a body that calls itself whole": {"status": 200, "body": OTHER_ACK[:40]},
    "200 list": {"status": 200, "body": "[]"},
    "200 null": {"status": 200, "body": "null"},
    "200 not UTF-8": {"status": 200, "body": b'{"orderId":5,"clientOrderId":"\xff\xfe"}'},
    "200 another order": {"status": 200, "body": OTHER_ACK},
    "200 without an order id": {"status": 200, "body": NO_ID_ACK},
    "200 and an error": {"status": 200, "body": '{"code":-2019,"msg":"Margin is insufficient."}'},
    "200 and an id that is a word": {"status": 200, "body": NO_ID_ACK[:-1] + ',"orderId":"five"}'},
}
UNKNOWN = {f"{name} {phase}": unsure(body(phase, **told)) for name, told in CANNED.items() for phase in ("before", "after")}
TRUE_ACKS = {
    "a true answer called 500": unsure({"action": "status", "status": 500}),
    "a true answer called 307": unsure({"action": "status", "status": 307}),
    "a true answer too late": unsure({"action": "slow", "ms": 60_000}),
    "a true answer, slow": Row(fault={"action": "slow", "ms": 80}, verdict="accepted"),
    "a true answer, with other headers": Row(fault={"action": "headers", "headers": {"Retry-After": "x"}}, verdict="accepted"),
}
SURE = {
    "503 unavailable": refused(body("before", **faults.UNAVAILABLE_503), "unavailable"),
    "503 unavailable, another code": refused(body("before", **faults.UNAVAILABLE_503_CODED), "unavailable"),
    "503 internal": refused(body("before", **faults.INTERNAL_503), "unavailable"),
    "-1008": refused(body("before", **faults.OVERLOAD_503), "overloaded"),
    "429": refused(body("before", **faults.TOO_MANY_429), "rate_limited"),
    "418": refused(code(-1003, status=418, msg="Way too much request weight used; IP banned until 1999999999999."), "rate_limited"),
    "-1015": refused(code(-1015, status=429, Retry_After="2"), "rate_limited"),
    "-1021": refused(code(-1021), "clock"),
    "-5028": refused(code(-5028), "clock"),
    "-2015": refused(code(-2015, status=401), "bad_key"),
    "-2014": refused(code(-2014, status=401), "bad_key"),
    "-1022": refused(code(-1022), "signature"),
    "-2019": refused(code(-2019), "insufficient_margin"),
    "-4164": refused(code(-4164), "min_notional"),
    "-2022": refused(code(-2022), "reduce_only_rejected"),
    "-1111": refused(code(-1111), "precision"),
    "-4131": refused(code(-4131), "percent_price"),
    "-2027": refused(code(-2027), "position_limit"),
    "-4061": refused(code(-4061), "position_side"),
    "-4140": refused(code(-4140), "symbol_closed"),
    "-1121": refused(code(-1121), "unknown_symbol"),
    "-4400": refused(code(-4400), "reduce_only_allowed"),
    "-4120": refused(code(-4120), "unsupported"),
    "-5022": refused(code(-5022), "post_only_would_cross"),
    "-5021": refused(code(-5021), "not_fillable"),
    "-2025": refused(code(-2025), "too_many_open"),
}
ROWS: dict[str, Row] = SILENCE | LATE | UNKNOWN | TRUE_ACKS | SURE
