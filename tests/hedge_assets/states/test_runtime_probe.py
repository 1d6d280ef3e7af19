"""With which flags and versions each service runs, and whether they agree."""

from executor.flags import read_flags
from hedge_assets.document import moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.services import Services
from hedge_assets.states.runtime_probe import STATE, runtime_probe
from hedge_assets.version import package_version
from tests.hedge_assets.builders import MINUTE, SECOND, T0, boot, fault, halt, heartbeat
from tests.hedge_assets.golden import assert_golden

TEST = {"ENV": "test"}
FLAGS = read_flags(TEST).as_text()
SAME = {"flags": FLAGS, "versions": {"hedge": package_version()}}
flags_agree = STATE.checks[0].holds


def build(records=(), *, environ=TEST):
    account, services = Account(), Services()
    for record in records:
        account.take(record)
        services.take(record)
    return runtime_probe(services, account, now_us=T0 + MINUTE, flags=read_flags(environ))


def test_before_the_first_boot_only_this_side_is_known():
    document = build()
    assert (document.status, document.n, document.agree) == ("empty", 1, None)
    assert document.reason == "no boot record: the executor has not started here"
    assert [service.service for service in document.services] == ["telemetry"]
    assert flags_agree(document) is None


def test_equal_flags_and_versions_agree():
    document = build([boot(**SAME), heartbeat(T0 + SECOND)])
    assert (document.status, document.n, document.agree) == ("ok", 2, True)
    assert document.services[0].last_sign_ts == moment(T0 + SECOND)
    assert flags_agree(document) is None


def test_a_flag_set_on_one_side_only_is_named_by_a_check_that_keeps_the_document():
    document = build([boot(**SAME)], environ={**TEST, "INTEL_V6_ENABLED": "0"})
    assert document.agree is False
    assert flags_agree(document) == "INTEL_V6_ENABLED is 1 in the executor and 0 here; start both with the same environment"
    assert not STATE.checks[0].gate


def test_a_flag_that_one_side_does_not_know_is_a_disagreement():
    document = build([boot(**{**SAME, "flags": {**FLAGS, "NEW_FLAG": "1"}})])
    assert [(each.name, each.telemetry) for each in document.disagreements] == [("NEW_FLAG", "unset")]
    assert document.reason.startswith("NEW_FLAG is")


def test_another_version_is_a_disagreement():
    document = build([boot(flags=FLAGS, versions={"hedge": "9.9"})])
    assert [(each.kind, each.name, each.executor) for each in document.disagreements] == [("version", "hedge", "9.9")]


def test_the_pipeline_that_trades_must_be_the_one_its_flag_names():
    document = build([boot(**SAME, pipeline="v6")])
    assert [(each.kind, each.executor, each.telemetry) for each in document.disagreements] == [("pipeline", "v6", "v5")]


def test_the_newest_boot_counts():
    document = build([boot(boot="b1", flags={}), boot(T0 + SECOND, boot="b2", **SAME)])
    assert document.services[0].boot == "b2"
    assert document.boots == 2


def test_halts_and_faults_are_told():
    document = build([boot(**SAME), fault(), halt(T0 + 1, rule="operator", detail="asked")])
    assert (document.faults, document.halted) == (1, "operator: asked")


def test_the_agreed_document():
    document = build([boot(**SAME), heartbeat(T0 + SECOND)])
    versionless = tuple(each.model_copy(update={"versions": {"hedge": "0.1.0"}}) for each in document.services)
    assert_golden("runtime_probe", document.model_copy(update={"services": versionless}))
