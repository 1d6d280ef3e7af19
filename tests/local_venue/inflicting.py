"""What a fault does to one request on its connection."""

import asyncio
import socket
import struct
from collections.abc import Callable

import msgspec
from aiohttp import web

from tests.local_venue.faults import Fault
from tests.local_venue.shapes import Call

RESET = struct.pack("ii", 1, 0)  # linger for no time: the peer sees a reset, not an end


class Answer(msgspec.Struct, frozen=True):
    """A complete answer, ready to send."""

    status: int
    body: bytes
    headers: dict[str, str]
    content_type: str = "application/json"


Carry = Callable[[Call], Answer]
NOTHING = Answer(200, b'{"orderId":0,"symbol":"","status":"NEW"}', {})


async def inflict(fault: Fault, carry: Carry, call: Call, request: web.BaseRequest) -> web.StreamResponse:
    """Carry the request out, or not, as the fault says, and answer wrongly."""
    if fault.action == "late":
        loop = asyncio.get_running_loop()
        loop.call_later(fault.ms / 1_000, carry, call)  # the deadline in the request is looked at then
        return await _ill(fault.then, NOTHING, request)
    is_carried = fault.phase == "after" or fault.action in ("headers", "slow")
    answer = carry(call) if is_carried else NOTHING
    if fault.action in ("hang", "reset", "cut"):
        return await _ill(fault.action, answer, request)
    if fault.action == "slow":
        await asyncio.sleep(fault.ms / 1_000)
        return respond(answer)
    return respond(replaced(answer, fault))


def replaced(answer: Answer, fault: Fault) -> Answer:
    """The answer with what the fault puts in its place."""
    body = answer.body if fault.body is None else fault.body
    return Answer(
        status=answer.status if fault.status is None else fault.status,
        body=body.encode() if isinstance(body, str) else body,
        headers=answer.headers | dict(fault.headers),
        content_type=answer.content_type if fault.body is None else fault.content_type,
    )


def respond(answer: Answer) -> web.Response:
    """An answer as aiohttp sends it."""
    return web.Response(body=answer.body, status=answer.status, headers=answer.headers, content_type=answer.content_type)


async def _ill(action: str, answer: Answer, request: web.BaseRequest) -> web.StreamResponse:
    transport = request.transport
    if action == "hang" or transport is None:
        await asyncio.Event().wait()  # ended by the client's going away, or the venue's
    elif action == "cut":
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer.body)}\r\n\r\n"
        transport.write(head.encode() + answer.body[: len(answer.body) // 2])
        await asyncio.sleep(0)
        transport.abort()
    else:
        reset(transport)
    return web.Response()  # goes nowhere: nobody is there any more


def reset(transport: asyncio.Transport) -> None:
    """End a connection with a reset."""
    found = transport.get_extra_info("socket")
    if found is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    transport.abort()
