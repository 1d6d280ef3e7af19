import json

import pytest
from click.testing import CliRunner

from executor.errors import HedgeError
from hedge_assets.cli import hedge
from tests.hedge_assets.builders import T0, account, boot, decision, fill, heartbeat, intent, quote, submit
from tests.hedge_assets.journals import write


def run(*arguments, **environ):
    return CliRunner().invoke(hedge, ["explain", *[str(each) for each in arguments]], env=environ)


@pytest.fixture
def root(tmp_path):
    write(
        tmp_path, [boot(T0, time="wall"), quote(T0), intent(T0), decision(T0), submit(T0), fill(T0 + 1), account(T0 + 2), heartbeat(T0 + 2)]
    )
    return tmp_path


def test_an_intent_is_told_in_plain_text_where_nobody_watches(root):
    result = run("i1", "--data", root)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("intent i1: momentum entry buy BTCUSDT; v5 approved 0.1, 0.1 filled in 1 fill\n")
    assert "\x1b" not in result.output


def test_machines_get_one_object(root):
    told = json.loads(run("i1", "--json", "--data", root).output)
    assert [each["at"] for each in told["children"] if each["what"] in ("intent", "submit", "fill")] == ["orders#2", "orders#4", "orders#5"]


def test_what_is_unknown_is_one_line_and_exit_code_1(root):
    result = run("nope", "--data", root)
    assert (result.exit_code, isinstance(result.exception, HedgeError), result.exception.exit_code) == (1, True, 1)
    assert "\n" not in str(result.exception)


def test_a_folder_without_journals_is_refused_with_the_cure(tmp_path):
    result = run("i1", "--data", tmp_path)
    assert str(result.exception).startswith("no journals at ")
