"""With a venue that tells the truth, whenever it likes, one order is out at a time and the work ends."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from executor.records.orders import Cancel, Submit
from executor.router import Router
from tests.executor.routing.builders import (
    BTC,
    QUOTES,
    SECOND_US,
    ack,
    canceled,
    entry,
    expired,
    fill,
    reject,
    resolved,
    unknown,
    way_out,
)

STEP = Decimal("0.001")
PLANS = st.fixed_dictionaries(
    {
        "style": st.sampled_from(["maker", "taker"]),
        "reprices": st.integers(0, 3),
        "fallback": st.booleans(),
        "qty": st.sampled_from([0.1, 0.007, 0.033]),
    }
)
HONEST = ["fill", "answer", "refuse", "lose", "find", "end", "tell", "wait", "exit"]


def qty_of(total: Decimal, share: int) -> Decimal:
    """A tenth share of a quantity, in whole steps, at least one."""
    return max(STEP, (total * share / 10 // STEP) * STEP)


class Venue:
    """An honest venue: what it says is true, when it says it is up to the draw."""

    def __init__(self) -> None:
        self.router = Router()
        self.now_us = 0
        self.open: dict[str, Submit] = {}
        self.left: dict[str, Decimal] = {}
        self.filled: dict[str, Decimal] = {}
        self.asked: list[str] = []
        self.lost: set[str] = set()
        self.late: list[tuple[Submit, Decimal]] = []
        self.sent: list[str] = []

    def take(self, orders):
        for order in orders:
            if isinstance(order, Cancel):
                self.asked.append(order.client_id)
                continue
            assert order.client_id not in self.sent
            assert not [one for one in self.open.values() if one.intent_id == order.intent_id], "two orders of one intent are out"
            self.sent.append(order.client_id)
            self.open[order.client_id] = order
            self.left[order.client_id] = order.qty
            self.filled.setdefault(order.intent_id, Decimal(0))

    def say(self, report):
        self.take(self.router.on_report(report, quotes=QUOTES, now_us=self.now_us))

    def close(self, order, report):
        del self.open[order.client_id]
        self.lost.discard(order.client_id)
        self.say(report)

    def act(self, verb, share):
        known = [order for name, order in self.open.items() if name not in self.lost]
        if verb == "wait":
            self.now_us += share * SECOND_US
            self.take(self.router.on_time(self.now_us, QUOTES))
        elif verb == "tell" and self.late:
            self.say(fill(*self.late.pop(0)))
        elif verb == "answer" and self.asked:
            self.answer(self.asked.pop(0))
        elif verb == "find" and self.lost:
            self.find(self.open[min(self.lost)], share)
        elif verb == "exit":
            asked = way_out(intent_id=f"out-{len(self.sent)}", qty=0.1)
            self.take(self.router.begin(*asked, quote=QUOTES["BTCUSDT"], instrument=BTC, now_us=self.now_us))
        elif known:
            self.judge(known[0], verb, share)

    def judge(self, order, verb, share):
        name = order.client_id
        if verb == "fill":
            part = min(self.left[name], qty_of(order.qty, share))
            self.left[name] -= part
            self.filled[order.intent_id] += part
            done = self.left[name] == 0
            if share % 2 and not done:
                self.late.append((order, part))
            elif done:
                self.close(order, fill(order, str(part)))
            else:
                self.say(fill(order, str(part)))
        elif verb == "refuse" and self.left[name] == order.qty:
            self.close(order, reject(order, post_only=order.post_only))
        elif verb == "lose":
            self.lost.add(name)
            self.say(unknown(order))
        elif verb == "end" and not order.post_only:
            self.close(order, expired(order, str(self.left[name])))
        else:
            self.say(ack(order))

    def answer(self, name):
        order = self.open.get(name)
        if order is None or name in self.lost:
            return
        self.close(order, canceled(order, str(self.left[name])))

    def find(self, order, share):
        if share % 3 == 0:
            self.lost.discard(order.client_id)
            self.say(resolved(order, "open"))
        elif self.left[order.client_id] == order.qty:
            self.close(order, resolved(order, "dead"))
        else:
            self.tell_all()
            self.close(order, resolved(order, "canceled"))

    def tell_all(self):
        while self.late:
            self.say(fill(*self.late.pop(0)))

    def settle(self):
        """Everything unsaid is said, everything asked is answered, as often as it takes."""
        for _ in range(40):
            self.tell_all()
            for order in list(self.open.values()):
                if order.client_id in self.lost:
                    self.lost.discard(order.client_id)
                    self.say(resolved(order, "open"))
                elif not order.post_only:
                    self.filled[order.intent_id] += self.left[order.client_id]
                    self.close(order, fill(order, str(self.left[order.client_id])))
            while self.asked:
                self.answer(self.asked.pop(0))
            self.act("wait", 10)
            if not self.router.busy:
                return
        raise AssertionError(f"still busy: {self.router.state()}")


@settings(max_examples=300)
@given(PLANS, st.lists(st.tuples(st.sampled_from(HONEST), st.integers(0, 10)), max_size=40))
def test_with_an_honest_venue_one_order_is_out_the_plan_is_never_exceeded_and_the_work_ends(plan, acts):
    venue = Venue()
    venue.take(venue.router.begin(*entry(**plan), quote=QUOTES["BTCUSDT"], instrument=BTC, now_us=0))
    for verb, share in acts:
        venue.act(verb, share)
        assert venue.filled["in-1"] <= Decimal(repr(plan["qty"]))
    venue.settle()
    assert venue.filled["in-1"] <= Decimal(repr(plan["qty"]))
    assert venue.router.state().works == ()
