"""One replay: a cassette in place of the venue, its clock in place of the machine's, and the executor as it runs every day."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from executor import control
from executor.assembly import strategy_of
from executor.errors import HedgeError, SettingsError, UnreadableCassette
from executor.feeds.live import LOOP_S
from executor.flags import read_flags
from executor.journal.reader import read
from executor.life import Order
from executor.live.recollection import Recollection
from executor.live.run import LiveRun
from executor.live.world import World
from executor.permission import Permit, dialect_name
from executor.records.base import Record
from executor.replaying.verdicts import Verdicts, differences, verdicts_of
from executor.settings import Settings
from executor.wire.cassettes.hiding import Hiding
from executor.wire.cassettes.identity import identity
from executor.wire.cassettes.passage import Passage, Wall, ran_in
from executor.wire.cassettes.player import Hands, Player
from executor.wire.cassettes.playing import PlayedDoor
from executor.wire.cassettes.reading import Cassette, read_cassette
from executor.wire.cassettes.windows import Windows
from executor.wire.library import WALLETS
from executor.wire.secrets import Key, key_of

ENDED = "the cassette ended"
LETTERS = "qzxjvkqwyzxjqvkz"
"""What a made-up key is made of: nothing that a venue would say."""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a replay of `what`. `differs` is empty where everything came out as it was. `missing` was asked and is not on the
    cassette; `unsent` are recorded orders that were not sent; `moved` are intents that were decided at another moment, by the name
    they had; `failure` is what ended the run, `ended_then` what ended it then (null: it was cut off)."""

    what: str
    recorded: Verdicts
    played: Verdicts
    differs: Sequence[str]
    missing: Sequence[str]
    unsent: Sequence[str]
    moved: dict[str, str]
    dropped: int
    seconds: float
    took_s: float
    failure: str
    ended_then: str | None


def replayed(
    path: Path, root: Path, *, speed: float = 0.0, settings: Settings | None = None, say: Callable[[str], None] = print
) -> Replayed:
    """Run a cassette through the executor, which writes its journals under `root`; `settings` instead of those it was recorded with.

    Raises `UnreadableCassette` for what cannot be played, `SettingsError` for a root that is used, or settings of another account (78).
    """
    began_s = time.monotonic()
    cassette = read_cassette(path)
    refuse_unplayable(cassette, path)
    refuse_used(root)
    chosen = settings_of(cassette, settings)
    for name in chosen.strategies:
        strategy_of(chosen, name)  # refused now, and not in the middle of it
    known = msgspec.json.decode(cassette.known, type=Recollection)
    is_later = cassette.head.file > 1
    if is_later:  # in the middle of a life: trades before it are in what is known, and were not asked for
        known.began_us = None
    windows = Windows(cassette.loops, loop_us(msgspec.convert(cassette.head.settings, Settings)), cassette.stalls)
    passage = Passage(beginning_of(cassette), windows=windows, walls=cassette.walls, speed=speed)
    key = made_up_key(cassette)
    player = Player(cassette, passage, Hiding(key.texts()))
    order = Order(root=root, settings=chosen, flags=read_flags(cassette.head.flags), speed=1.0)
    permit = Permit(mode=chosen.mode, reach="nowhere", dialect=cassette.head.venue, key=key)
    world = World(clock=passage, wall=Wall(passage), opener=lambda _: PlayedDoor(player), known=known)
    failure = ran_in(passage, _lived(order, permit, world, player=player, is_later=is_later, say=say))
    return _held_against(cassette, player, root, failure=failure, took_s=time.monotonic() - began_s)


async def _lived(order: Order, permit: Permit, world: World, *, player: Player, is_later: bool, say: Callable[[str], None]) -> str:
    """One life on the recording, which may begin in the middle (`is_later`); gives what it failed of."""
    run = LiveRun(order, permit, say, world)
    if is_later:
        player.is_ready = lambda: run.life.phase != "starting"
    hands = Hands(operator=lambda text: control.ask(order.root, msgspec.json.decode(text, type=control.Control)), stop=run.stop)
    running, playing = asyncio.create_task(run.run()), asyncio.create_task(player.play(hands))
    try:
        await asyncio.wait([running, playing], return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            playing.result()
            if not run.stop_reason:
                run.stop(ENDED)
        await running
    except HedgeError as error:
        return f"{type(error).__name__}: {error}"
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    return ""


def _held_against(cassette: Cassette, player: Player, root: Path, *, failure: str, took_s: float) -> Replayed:
    upto_us = (cassette.loops[-1].ts_us if cassette.loops else cassette.begins_us) if cassette.over is None else 1 << 62
    ledgers = [msgspec.json.decode(cassette.known, type=Recollection).ledger for _ in range(2)]
    written: list[Record] = [record for _, record in read(root / "raw", "orders")]
    recorded = verdicts_of([one for one in cassette.records if one.ts_us <= upto_us], ledgers[0])
    played = verdicts_of([one for one in written if one.ts_us <= upto_us], ledgers[1], player.shelf.moved)
    differs = list(differences(recorded, played))
    if cassette.over is not None and cassette.over.partition(":")[0] != failure.partition(":")[0]:
        differs.append(f"the run ended with {cassette.over or 'nothing wrong'}; now with {failure or 'nothing wrong'}")
    head = cassette.head
    return Replayed(
        what=f"{head.venue} ({head.mode}, account {head.account}, key {head.key}, start {head.boot})",
        recorded=recorded,
        played=played,
        differs=differs,
        missing=player.missing,
        unsent=[identity(one.asked) for one in player.shelf.unasked()],
        moved=dict(player.shelf.moved),
        dropped=cassette.dropped,
        seconds=(cassette.ends_us - cassette.begins_us) / 1e6,
        took_s=took_s,
        failure=failure,
        ended_then=cassette.over,
    )


def loop_us(settings: Settings) -> int:
    """How often an executor at a venue loops, in microseconds."""
    return int(max(LOOP_S, settings.loop.period_s) * 1e6)


def beginning_of(cassette: Cassette) -> int:
    """When the playing begins (microseconds UTC): with the first word to the venue, unless something was going on by then."""
    first_us = cassette.questions[0].asked_us if cassette.questions else cassette.begins_us
    return first_us if cassette.head.file == 1 else cassette.begins_us


def refuse_unplayable(cassette: Cassette, path: Path) -> None:
    """Refuse a cassette that knows no venue: of paper, or of nothing yet."""
    if cassette.head.mode == "paper" or cassette.known == "null":
        raise UnreadableCassette(
            f"cassette {path} is of paper, which has no venue to replay; play it as a market with --feed cassette:{path}"
        )
    if not cassette.questions:
        raise UnreadableCassette(f"cassette {path} ends before anything was asked of {cassette.head.venue}; name another")


def refuse_used(root: Path) -> None:
    """Refuse a data root that holds journals: a replay is a life of its own."""
    if (root / "raw").exists():
        raise SettingsError(f"--data was {root}, it holds journals; name an empty one for the replay, or leave --data out")


def settings_of(cassette: Cassette, wanted: Settings | None) -> Settings:
    """The settings that were recorded, or others for the same account; nothing is recorded, served or connected to."""
    head = cassette.head
    try:
        recorded = msgspec.convert(head.settings, Settings)
    except msgspec.ValidationError as error:
        raise UnreadableCassette(
            f"the cassette is of version {head.versions.get('hedge')}, whose settings this one does not know ({error}); use that version"
        ) from error
    chosen = wanted or recorded
    now, then = (dialect_name(chosen), chosen.mode, chosen.account), (head.venue, head.mode, head.account)
    if now != then:
        raise SettingsError(
            f"--config is for {now[0] or 'no venue'} ({now[1]}, account {now[2]!r}), the cassette is of {then[0]} ({then[1]}, account "
            f"{then[2]!r}); name settings of that account, or leave --config out"
        )
    return msgspec.structs.replace(chosen, venue=msgspec.structs.replace(chosen.venue, record="off"), metrics_port=0)


def made_up_key(cassette: Cassette) -> Key:
    """A key that opens nothing, under the account's name; a wallet where the venue has such."""
    if cassette.head.venue in WALLETS:
        key = key_of("0x" + "abcdef" * 6 + "abcd", "0x" + "fedcba" * 10 + "fedc")
    else:
        key = key_of(f"key-{LETTERS}", f"secret-{LETTERS}", f"password-{LETTERS}")
    return msgspec.structs.replace(key, name=cassette.head.key or key.name)
