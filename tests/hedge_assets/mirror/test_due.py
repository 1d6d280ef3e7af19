from hypothesis import given
from hypothesis import strategies as st

from hedge_assets.mirror.copies import Copy, Where, digest_of
from hedge_assets.mirror.due import Held, batches, key_of, owed
from tests.hedge_assets.builders import T0


def copy(name, content=b"1", account="paper"):
    return Copy(where=Where(account, "states", name), content=content, digest=digest_of(content), written_us=T0)


def held(copy, at_us=T0):
    return {key_of(copy.where): Held(digest=copy.digest, parts=1, written_us=T0, at_us=at_us)}


def test_what_is_there_is_not_owed_and_what_waited_longest_comes_first():
    old, young, same, new = copy("old", b"2"), copy("young", b"2"), copy("same"), copy("new")
    there = held(copy("old"), T0 + 1) | held(copy("young"), T0 + 2) | held(same, T0)
    assert [each.where.name for each in owed([young, same, old, new], there, {})] == ["new", "old", "young"]


def test_what_was_refused_is_offered_again_only_when_it_is_another():
    refused = {key_of(copy("nav").where): copy("nav").digest}
    assert owed([copy("nav")], {}, refused) == ()
    assert owed([copy("nav", b"2")], {}, refused) != ()


def test_two_places_never_share_a_key():
    assert key_of(Where("a/b", "states", "c")) != key_of(Where("a", "states", "b/c"))
    assert key_of(Where("a", "states", "c")) != key_of(Where("a", "mirror", "c"))


SIZED = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 12)), max_size=40)


@given(SIZED, st.integers(1, 20), st.integers(1, 100))
def test_batches_hold_everything_once_in_order_and_no_more_than_they_may_unless_one_alone_does(sized, most_writes, most_bytes):
    copies = [(copy(str(number), b"x" * size), writes) for number, (size, writes) in enumerate(sized)]
    writes_of = {each.where.name: writes for each, writes in copies}
    made = list(batches(copies, most_writes=most_writes, most_bytes=most_bytes))
    assert [each for batch in made for each in batch] == [each for each, _ in copies]
    for batch in made:
        fits = sum(writes_of[each.where.name] for each in batch) <= most_writes and sum(len(each.content) for each in batch) <= most_bytes
        assert fits or len(batch) == 1
