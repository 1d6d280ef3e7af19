"""A boot record says who started, with what."""

import msgspec

from executor.assembly import feed_of
from executor.boot import boot_id, boot_record
from executor.flags import read_flags
from executor.settings import Settings

START_US = 1_748_822_400_000_000


def test_it_carries_flags_settings_versions_and_the_universes_rules() -> None:
    settings, flags = Settings(seed=11), read_flags({"RISK_ENGINE_V6_ENABLED": "1"})
    feed = feed_of(settings, START_US)
    boot = boot_record(settings, flags, feed=feed, boots=3, time="feed", ts_us=START_US)
    assert (boot.boot, boot.pipeline, boot.time, boot.account) == (boot_id(3), "v6", "feed", "paper")
    assert boot.flags["RISK_ENGINE_V6_ENABLED"] == "1"
    assert msgspec.convert(boot.settings, Settings) == settings
    assert {one.symbol for one in boot.instruments} == set(feed.instruments)
    assert {"python", "hedge"} <= set(boot.versions)


def test_the_names_of_boots_sort_as_they_happened() -> None:
    assert sorted(boot_id(n) for n in (10, 2, 1)) == [boot_id(n) for n in (1, 2, 10)]
