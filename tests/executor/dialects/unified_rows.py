"""What may come in place of a good answer from any venue, and what venues refuse with."""

from tests.executor.wire.scripted import Says, says

ILLS = {
    "hang": Says(b"", "hang"),
    "reset": Says(b"", "abort"),
    "cut": Says(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{", "close"),
    "200 empty": says(b""),
    "200 garbage": says(b"\x00garbage"),
    "200 HTML": says(b"<html>Welcome</html>", Content_Type="text/html"),
    "200 null": says(b"null"),
    "200 list": says(b"[]"),
    "200 object": says(b"{}"),
    "500": says({"error": "oops"}, 500),
    "502": says(b"<html>502</html>", 502, Content_Type="text/html"),
    "503": says(b"Service Unavailable", 503, Content_Type="text/plain"),
    "504": says(b"<html>504</html>", 504, Content_Type="text/html"),
    "403 of a wall": says(b"<html>403</html>", 403, Content_Type="text/html"),
    "429 of a proxy": says(b"slow down", 429, Content_Type="text/plain"),
    "307": says(b"", 307, Location="https://api.bybit.com/elsewhere"),
}
REFUSALS = [
    ("bybit", {"retCode": 110007, "retMsg": "ab not enough for new order", "result": {}}, "insufficient_margin"),
    ("bybit", {"retCode": 10002, "retMsg": "invalid request, please check your timestamp", "result": {}}, "clock"),
    ("bybit", {"retCode": 110072, "retMsg": "OrderLinkedID is duplicate", "result": {}}, "duplicate_client_id"),
    ("bybit", {"retCode": 10006, "retMsg": "Too many visits.", "result": {}}, "rate_limited"),
    ("okx", {"code": "1", "msg": "All operations failed", "data": [{"sCode": "51008", "sMsg": "Insufficient"}]}, "insufficient_margin"),
    ("okx", {"code": "1", "msg": "All operations failed", "data": [{"sCode": "51016", "sMsg": "Duplicated"}]}, "duplicate_client_id"),
    ("okx", {"code": "50102", "msg": "Timestamp request expired", "data": []}, "clock"),
    (
        "hyperliquid",
        {"status": "ok", "response": {"data": {"statuses": [{"error": "Insufficient margin to place order. asset=0"}]}}},
        "insufficient_margin",
    ),
    (
        "hyperliquid",
        {"status": "ok", "response": {"data": {"statuses": [{"error": "Post only order would have immediately matched, bbo was 1@2"}]}}},
        "post_only_would_cross",
    ),
]
UNPROVED = [
    ("bybit", {"retCode": 10016, "retMsg": "Internal server error.", "result": {}}),
    ("bybit", {"retCode": 10000, "retMsg": "Server Timeout", "result": {}}),
    ("bybit", {"retCode": 987654, "retMsg": "something new", "result": {}}),
    ("okx", {"code": "50004", "msg": "Endpoint request timeout", "data": []}),
    ("okx", {"code": "50001", "msg": "Service temporarily unavailable", "data": []}),
    ("hyperliquid", {"status": "err", "response": "Something new."}),
]
