"""Live by accident is impossible: of every combination of every condition, one alone reaches the real hosts."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

import pytest

from executor.clock import WallClock
from executor.configuration import settings_from
from executor.errors import SettingsError
from executor.flags import Flags, read_flags
from executor.permission import MOST_AUTHORITIES, PROBES, Facts, Finding, Permit, Unproved, conditions, permit
from executor.settings import Settings, Venue
from executor.wire.access import Access
from executor.wire.library import built
from executor.wire.secrets import account_name, key_of

KEY = key_of("Kq7vT2mZx9LbW4", "s3Nf8RjYp0HdQaU6")
ROUTE, CA = "127.0.0.1:8443", "ca.pem"
ROUTES = {"none": ("", "", 0), "route alone": (ROUTE, "", 0), "file alone": ("", CA, 1), "both": (ROUTE, CA, 1)}
ROUTES |= {
    "elsewhere": ("192.0.2.7:443", CA, 1),
    "the world's authorities": (ROUTE, CA, MOST_AUTHORITIES + 1),
    "empty file": (ROUTE, CA, 0),
}


class Case(NamedTuple):
    """One combination."""

    mode: str = "live"
    exchange: str = "ccxt:binanceusdm"
    feed: str = "live"
    symbols: tuple[str, ...] = ("BTCUSDT",)
    acknowledged: str = KEY.name
    env: str = "prod"
    write: str = "1"
    has_key: bool = True
    route: str = "none"
    doctor: str = "well"


LIVE = Case()
VALUES = Case(
    mode=("paper", "demo", "live"),  # type: ignore[arg-type]
    exchange=("paper", "ccxt:binanceusdm", "ccxt:"),
    feed=("synthetic", "live"),
    symbols=((), ("BTCUSDT",)),
    acknowledged=("", "0123456789", KEY.name),
    env=("dev", "test", "prod"),
    write=("0", "1"),
    has_key=(True, False),  # type: ignore[arg-type]
    route=tuple(ROUTES),
    doctor=("well", "unasked", "one unasked", "one fails", "one unanswered"),
)


def everything() -> Iterator[Case]:
    return (Case(*values) for values in product(*VALUES))


@cache
def settings_of(*values: str) -> Settings:
    mode, exchange, feed, symbols, acknowledged, route = values
    where, file, _ = ROUTES[route]
    venue = {"symbols": symbols, "acknowledged": acknowledged, "route": where, "ca_file": file}
    return settings_from({"mode": mode, "exchange": exchange, "feed": feed, "venue": venue}, {})


@cache
def flags_of(env: str, write: str) -> Flags:
    return read_flags({"ENV": env, "ALLOW_PROD_WRITE": write})


def findings_of(doctor: str) -> list[Finding]:
    well = [Finding(condition=name, ok=True, detail="as it should be") for name in (*PROBES, "foreign")]
    match doctor:
        case "unasked":
            return []
        case "one unasked":
            return well[1:]
        case "one fails":
            return [*well[1:], Finding(condition=PROBES[0], ok=False, detail="broken; mend it")]
        case "one unanswered":
            return [*well[1:], Finding(condition=PROBES[0], ok=False, detail="silent; ask again", is_open=True)]
    return well


def parts(case: Case) -> tuple[Settings, Flags, Facts]:
    settings = settings_of(case.mode, case.exchange, case.feed, case.symbols, case.acknowledged, case.route)  # type: ignore[arg-type]
    facts = Facts(key=KEY if case.has_key else None, no_key="" if case.has_key else "no such file", authorities=ROUTES[case.route][2])
    return settings, flags_of(case.env, case.write), facts


def outcome(case: Case) -> Permit | SettingsError | Unproved:
    try:
        return permit(*parts(case), findings_of(case.doctor))
    except (SettingsError, Unproved) as refusal:
        return refusal


@cache
def permitted() -> dict[Case, Permit]:
    outcomes = {case: outcome(case) for case in everything()}
    return {case: found for case, found in outcomes.items() if isinstance(found, Permit)}


def test_of_every_combination_exactly_one_reaches_the_real_hosts() -> None:
    assert [case for case, leave in permitted().items() if leave.reach == "venue"] == [LIVE]
    assert permitted()[LIVE] == Permit(mode="live", reach="venue", dialect="binanceusdm", key=KEY)


def test_every_other_permit_is_one_that_was_meant() -> None:
    for case, leave in permitted().items():
        assert case.env != "prod" or case.write == "1", case
        if leave.reach == "nowhere":
            assert (case.mode, case.exchange, leave.key) == ("paper", "paper", None)
        elif leave.reach == "demo":
            assert (case.mode, case.exchange, case.has_key, case.route) == ("demo", "ccxt:binanceusdm", True, "none")
        elif leave.reach == "stand-in":
            assert case.route == "both"
            assert case.env != "prod"
            assert case.mode == "demo" or (case.mode, case.env, case.acknowledged, case.doctor) == ("live", "test", KEY.name, "well")
    assert Counter(leave.reach for case, leave in permitted().items() if case.mode == "live") == {"venue": 1, "stand-in": 2}
    assert {leave.reach for leave in permitted().values()} == {"nowhere", "demo", "stand-in", "venue"}


def test_no_single_change_leads_from_a_permitted_rehearsal_to_the_real_hosts() -> None:
    for case, leave in permitted().items():
        if leave.reach in ("stand-in", "nowhere"):
            assert sum(one != other for one, other in zip(case, LIVE, strict=True)) >= 2, case


def test_a_refusal_names_every_condition_that_does_not_hold_on_one_line() -> None:
    for number, case in enumerate(everything()):
        if number % 7:
            continue
        found = outcome(case)
        if isinstance(found, Permit):
            continue
        text = str(found)
        missing = [one for one in [*conditions(*parts(case)), *findings_of(case.doctor)] if not one.ok]
        assert all(f"{one.condition}: {one.detail}" in text for one in missing), case
        assert all(";" in one.detail for one in missing if one.condition != "key"), case
        assert text.count("(") >= len(missing)
        assert "\n" not in text
        assert KEY.secret.reveal() not in text


def test_a_first_live_start_is_told_all_it_lacks_and_what_to_set() -> None:
    text = str(outcome(Case(feed="synthetic", symbols=(), acknowledged="", env="dev", write="0", doctor="unasked")))
    for cure in (
        "feed = 'live'",
        "symbols = ['BTCUSDT']",
        f'acknowledged = "{account_name("Kq7vT2mZx9LbW4")}"',
        "ENV=prod",
        "ALLOW_PROD_WRITE=1",
    ):
        assert cure in text
    assert all(f"{name}: the doctor has not asked" in text for name in PROBES)
    assert text.startswith(f"live trading is not permitted, {5 + len(PROBES)} conditions do not hold: (1) ")


def test_only_a_missing_answer_may_be_tried_again_by_a_supervisor() -> None:
    silent = outcome(LIVE._replace(doctor="one unanswered"))
    assert isinstance(silent, Unproved)
    assert silent.exit_code == 1
    both = outcome(LIVE._replace(doctor="one unanswered", env="dev"))
    assert isinstance(both, SettingsError)
    assert both.exit_code == 78


@pytest.mark.parametrize(
    "route", ["127.0.0.1", "localhost:8443", "10.0.0.1:8443", "0.0.0.0:8443", "[::]:8443", "127.0.0.1:0", "127.0.0.1:x"]
)
def test_a_stand_in_is_on_the_loopback_by_its_number(route: str) -> None:
    settings = settings_from({"mode": "demo", "exchange": "ccxt:a", "venue": {"route": route, "ca_file": CA}}, {})
    found = {one.condition: one for one in conditions(settings, flags_of("dev", "0"), Facts(key=KEY, authorities=1))}
    assert not found["stand-in"].ok
    assert route in found["stand-in"].detail


def test_the_loopback_of_the_newer_protocol_is_one_as_well() -> None:
    settings = settings_from({"mode": "demo", "exchange": "ccxt:a", "venue": {"route": "[::1]:8443", "ca_file": CA}}, {})
    found = {one.condition: one for one in conditions(settings, flags_of("dev", "0"), Facts(key=KEY, authorities=1))}
    assert found["stand-in"].ok


def test_in_demo_ccxt_is_left_with_no_address_of_the_real_venue() -> None:
    for mode, is_demo in (("demo", True), ("live", False)):
        access = Access(venue="binanceusdm", mode=mode, settings=Venue(), key=KEY, clock=WallClock())  # type: ignore[arg-type]
        urls = [url for name, url in built(access).urls["api"].items() if name.startswith("fapi")]
        assert urls
        assert all(url.startswith("https://demo-fapi.binance.com/") == is_demo for url in urls), urls
