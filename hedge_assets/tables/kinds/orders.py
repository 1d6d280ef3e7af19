"""Everything that happened to orders and money, line by line as the journal has it, with the names to find a line by."""

from hedge_assets.tables.shape import RawTable

FIELDS = ("symbol", "intent_id", "client_id")
COLUMNS = {"seq": "BIGINT", "ts_us": "BIGINT", "kind": "VARCHAR", **dict.fromkeys(FIELDS, "VARCHAR"), "line": "VARCHAR"}
HEAD = '{"seq": "BIGINT", "ts_us": "BIGINT", "kind": "VARCHAR"' + "".join(f', "{name}": "VARCHAR"' for name in FIELDS) + "}"

TABLE = RawTable(
    name="orders",
    description=__doc__ or "",
    stream="orders",
    columns=COLUMNS,
    lines="read_ndjson_objects({files})",
    query=f"SELECT head.*, line FROM (SELECT from_json(json, '{HEAD}') AS head, json::VARCHAR AS line FROM {{lines}})",
    whole="line IS NOT NULL",
)
