"""Binance's private stream, with keys from its REST API."""

from collections.abc import Callable

import msgspec

from executor.dialects._binance_decoding import decoded
from executor.dialects._binance_line import Call, Line
from executor.dialects._binance_public import addresses_of
from executor.dialects._binance_user import BinanceUser
from executor.wire.streams.user import Keys, UserOwner, UserStream, UserTerms


class _Key(msgspec.Struct):
    listenKey: str  # noqa: N815 - the venue's word


def private_stream(line: Line, owner: UserOwner, now_us: Callable[[], int]) -> UserStream:
    """The account's stream over the line's connections; `line` must be open."""

    async def new_key() -> str:
        return decoded(await line.read(Call(path="listenKey", method="POST")), _Key, "listenKey").listenKey

    async def keep_key(_: str) -> None:
        await line.read(Call(path="listenKey", method="PUT"))

    venue = line.access.settings
    terms = UserTerms(base_url=addresses_of(line.access.mode).streams, silence_s=venue.user_silence_s)
    return UserStream(line.door, BinanceUser(), terms, Keys(new_key=new_key, keep_key=keep_key), owner=owner, now_us=now_us)
