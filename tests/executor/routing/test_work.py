"""Whatever is reported, true or not, names are new and no more is out than is left."""

from hypothesis import given, settings
from hypothesis import strategies as st

from executor.records.orders import Submit
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
    make_quote,
    reject,
    resolved,
    unknown,
)

PLANS = st.fixed_dictionaries(
    {
        "style": st.sampled_from(["maker", "taker"]),
        "reprices": st.integers(0, 3),
        "fallback": st.booleans(),
        "qty": st.sampled_from([0.1, 0.007, 0.033]),
    }
)
NOISE = [
    ack,
    unknown,
    reject,
    lambda order: reject(order, post_only=True),
    lambda order: fill(order, "0.02"),
    lambda order: fill(order, str(order.qty)),
    canceled,
    lambda order: canceled(order, "0.01"),
    lambda order: canceled(order, outcome="refused"),
    lambda order: expired(order, "0.01"),
    *(lambda order, fate=fate: resolved(order, fate) for fate in ("open", "filled", "canceled", "dead")),
]


@settings(max_examples=300)
@given(PLANS, st.lists(st.tuples(st.integers(0, 20), st.integers(0, 12), st.sampled_from(NOISE), st.booleans()), max_size=40))
def test_whatever_is_reported_names_are_new_and_what_is_sent_fits_what_is_known_to_be_left(plan, acts):
    router, now_us = Router(), 0
    sent: list[Submit] = []

    def check(orders):
        for order in orders:
            if isinstance(order, Submit):
                assert order.client_id not in [one.client_id for one in sent]
                sent.append(order)
                [work] = [one for one in router.state().works if one.job.intent_id == order.intent_id]
                assert sum(not attempt.is_over for attempt in work.attempts) == 1
                assert work.filled_qty + sum(attempt.out_qty for attempt in work.attempts) <= work.job.qty

    check(router.begin(*entry(**plan), quote=QUOTES["BTCUSDT"], instrument=BTC, now_us=now_us))
    for pick, seconds, noise, has_quote in acts:
        now_us += seconds * SECOND_US
        quotes = {"BTCUSDT": make_quote(49_000.0 + pick, 49_001.0 + pick)} if has_quote else {}
        check(router.on_report(noise(sent[pick % len(sent)]), quotes=quotes, now_us=now_us))
        check(router.on_time(now_us, quotes))
    assert len(sent) <= plan["reprices"] + 2
