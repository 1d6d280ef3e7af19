import json

from hedge_assets.mirror.copies import Where, copy_of
from hedge_assets.mirror.heartbeat import heartbeat, text
from tests.hedge_assets.builders import SECOND, T0
from tests.hedge_assets.mirror.desks import Page, written


def test_it_names_the_newest_content_of_every_file_and_what_gives_none(tmp_path):
    copies = {
        "nav": copy_of("nav", written(tmp_path, "nav", 1.0), Page),
        "risk": copy_of("risk", written(tmp_path, "risk", 2.0, account="other", written_us=T0 + SECOND), Page),
    }
    beat = heartbeat(copies, {"health": "state/health.json: absent"}, now_us=T0 + 2 * SECOND, every_s=60.0)
    told = json.loads(beat.content)
    assert beat.where == Where("other", "mirror", "heartbeat")
    assert told["states"]["nav"] == {"digest": copies["nav"].digest, "written_ts": "2026-01-05T00:00:00.000000Z"}
    assert (told["n"], told["reason"], told["every_s"]) == (2, "health: state/health.json: absent", 60.0)
    assert beat.facts["written_ts"] == "2026-01-05T00:00:02.000000Z"


def test_a_file_that_cannot_be_read_now_has_no_newest_content_and_the_status_says_so(tmp_path):
    copies = {name: copy_of(name, written(tmp_path, name, 1.0), Page) for name in ("nav", "risk")}
    told = json.loads(heartbeat(copies, {"nav": "state/nav.json: absent"}, now_us=T0, every_s=60.0).content)
    assert (told["status"], told["n"], list(told["states"])) == ("partial", 1, ["risk"])
    told = json.loads(heartbeat(copies, {}, now_us=T0, every_s=60.0).content)
    assert (told["status"], told["n"], list(told["states"])) == ("ok", 2, ["nav", "risk"])


def test_there_is_none_while_nobody_has_an_account():
    assert heartbeat({}, {}, now_us=T0, every_s=60.0) is None
    assert text(None) is None
