"""What a venue cannot do of the protocol when it is spoken to through ccxt's unified calls, in plain sentences."""

from executor.dialects._unified_manners import MANNERS, Manners
from executor.dialects._unified_voice import Voice


def lacks_of(voice: Voice, manners: Manners) -> tuple[str, ...]:
    """One sentence for each thing that is missing."""
    has_ended = any(voice.has(name) for name in ("fetchClosedOrders", "fetchCanceledAndClosedOrders"))
    missing = {
        "what a key may do is not told: look at its rights yourself": True,
        "a cancel is only acknowledged: how the order ended is asked after it": True,
        "trades do not tell the profit they realized": True,
        "orders are followed by asking, not by an account stream": True,
        "orders ended long ago are listed apart from open ones": not voice.has("fetchOrders") and has_ended,
        "ended orders are not listed: an unknown order is proved by three sources instead of four": not voice.has("fetchOrders")
        and not has_ended,
        "there is no dead man at the venue: resting orders stay if this machine dies": not voice.has("cancelAllOrdersAfter"),
        "the venue tells no clock: stamps are this machine's": not voice.has("fetchTime"),
        "hedge mode is only seen on open positions": not voice.has("fetchPositionMode"),
        "leverage in force is only told for open positions": not voice.has("fetchLeverage"),
        "margin mode cannot be set for a symbol by itself": not voice.has("setMarginMode") or bool(manners.margin_param),
        "funding payments are not told": not voice.has("fetchFundingHistory"),
        "transfers are not told": not voice.has("fetchLedger"),
        "conditional orders are not sent: no stop can be kept at the venue (exits.venue_stop_bps)": not manners.triggers,
        "tiers of leverage and maintenance margin are not told: one line holds for positions of any size": not manners.tells_tiers,
        "client ids travel as a hash where the venue does not take them": voice.access.venue != "binanceusdm",
        "histories are read in one page: what does not fit in it is not seen": voice.access.venue not in MANNERS,
    }
    return tuple(sentence for sentence, is_missing in missing.items() if is_missing)
