"""A key's rights are judged by what the venue says, and what it does not say counts as permitted."""

from itertools import product

import pytest
from msgspec.structs import replace

from executor.errors import SettingsError
from executor.protocol.facts import KeyFact
from executor.rights import DAY_US, WARN_DAYS, refuse_rights

NOW_US = 1_800_000_000_000_000
GOOD = KeyFact(can_trade=True, can_withdraw=False, can_transfer=False, is_address_bound=True)


def refused(fact: KeyFact | None, mode: str = "live") -> str:
    with pytest.raises(SettingsError) as caught:
        refuse_rights(fact, mode=mode, now_us=NOW_US)  # type: ignore[arg-type]
    return str(caught.value)


def test_of_all_keys_exactly_one_kind_may_trade_live() -> None:
    taken = []
    for trade, withdraw, transfer, bound, days in product((True, False), *[(True, False, None)] * 3, (None, -1, 0, 1, 100)):
        fact = KeyFact(
            can_trade=trade,
            can_withdraw=withdraw,
            can_transfer=transfer,
            is_address_bound=bound,
            expires_us=None if days is None else NOW_US + days * DAY_US,
        )
        try:
            refuse_rights(fact, mode="live", now_us=NOW_US)
        except SettingsError:
            continue
        taken.append((trade, withdraw, transfer, bound, days))
    assert taken == [(True, False, False, True, days) for days in (None, 1, 100)]


def test_everything_that_is_wrong_is_said_at_once_with_its_cure() -> None:
    text = refused(KeyFact(can_trade=False, can_withdraw=True, can_transfer=None, is_address_bound=False, expires_us=NOW_US - DAY_US))
    for words in ("futures", "permits withdrawals", "not told to forbid transfers", "bound to no address", "ended 1.0 days ago"):
        assert words in text
    assert "\n" not in text
    assert text.count(";") >= 5


def test_rights_that_end_soon_are_a_warning_in_words() -> None:
    soon = refuse_rights(replace(GOOD, expires_us=NOW_US + (WARN_DAYS - 1) * DAY_US), mode="live", now_us=NOW_US)
    assert "WARNING: trading rights end in 13.0 days" in soon
    later = refuse_rights(replace(GOOD, expires_us=NOW_US + (WARN_DAYS + 1) * DAY_US), mode="live", now_us=NOW_US)
    assert "WARNING" not in later
    assert "15 days" in later


def test_a_market_that_nobody_here_trades_is_a_warning_with_its_cure() -> None:
    said = refuse_rights(replace(GOOD, beyond=("spot and margin trading", "options")), mode="live", now_us=NOW_US)
    assert "WARNING: it also permits spot and margin trading and options" in said
    assert "may trade futures alone" in said
    assert "WARNING" not in refuse_rights(GOOD, mode="live", now_us=NOW_US)


def test_demo_goes_on_where_nothing_is_told_and_says_so_but_not_with_a_useless_key() -> None:
    assert "does not tell" in refuse_rights(None, mode="demo", now_us=NOW_US)
    assert "does not tell" in refused(None)
    assert "withdrawals permitted" in refuse_rights(replace(GOOD, can_withdraw=True), mode="demo", now_us=NOW_US)
    assert "futures" in refused(replace(GOOD, can_trade=False), "demo")
    assert "ended" in refused(replace(GOOD, expires_us=NOW_US), "demo")
