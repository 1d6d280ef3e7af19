"""A file's day is drawn as it was told, and is drawn anew when something new is told or a minute is over."""

from hedge_assets.health.incident_log import LOG
from hedge_assets.health.incidents import Incident
from hedge_assets.health.looks import LooksLog
from hedge_assets.settings import Place
from ops.dashboard.days import MINUTE_US, Days
from tests.ops.dashboard.desks import keep_incidents

SECOND = 1_000_000
NOW_US = 1_780_000_000 * SECOND // MINUTE_US * MINUTE_US
HOUR_US = 3_600 * SECOND
EVIL = "<img src=x onerror=y>"


def missing(at_us, **given):
    told = {"cause": "missing", "subject": "nav", "severity": "error", "seen_by": "watch", "reason": f"no file {EVIL}", **given}
    return Incident(id=str(at_us), opened_us=at_us, **told)


def watched(root, since_us, until_us):
    log = LooksLog(Place(root=root).watch)
    for at_us in range(since_us, until_us + 1, 5 * SECOND):
        log.look(at_us, is_told=True)


def test_what_was_missing_for_an_hour_is_a_tall_stretch_of_an_hour_and_its_words_are_text(tmp_path):
    keep_incidents(tmp_path, [missing(NOW_US - HOUR_US)])
    watched(tmp_path, NOW_US - 2 * HOUR_US, NOW_US)
    nav, positions = Days(Place(root=tmp_path), ["nav", "positions"]).at(NOW_US)
    assert (nav.worst, positions.worst) == ("missing", "")
    assert nav.ok_frac is not None
    assert abs(nav.ok_frac - 0.5) < 0.01
    assert positions.ok_frac == 1.0
    assert 'class="missing"' in nav.svg
    assert "nobody looked" in nav.svg
    assert "<img" not in nav.svg


def test_a_day_that_nobody_looked_at_is_not_called_well(tmp_path):
    (day,) = Days(Place(root=tmp_path), ["nav"]).at(NOW_US)
    assert (day.ok_frac, day.worst) == (None, "")
    assert 'class="ok"' not in day.svg


def test_within_a_minute_nothing_is_drawn_anew_but_for_news(tmp_path):
    keep_incidents(tmp_path, [missing(NOW_US - HOUR_US)])
    days = Days(Place(root=tmp_path), ["nav"])
    first = days.at(NOW_US)
    assert days.at(NOW_US + 59 * SECOND) is first
    assert days.at(NOW_US + 60 * SECOND) is not first
    before = days.at(NOW_US + 61 * SECOND)
    path = Place(root=tmp_path).watch / LOG
    path.write_bytes(path.read_bytes() + b"\n")
    assert days.at(NOW_US + 62 * SECOND) is not before
