"""With which flags and versions each service runs, and whether they agree."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from executor.flags import Flags
from hedge_assets.document import Document, Shape, moment
from hedge_assets.folds.account import Account
from hedge_assets.folds.in_force import newest_of
from hedge_assets.folds.services import Services
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.version import package_version

PRODUCT = "hedge"
LIVE_PIPELINES = {"0": "v5", "1": "v6"}


class Service(Shape):
    """One service as it started. `pipeline`, `boot` and `settings_hash` are the executor's alone."""

    service: str
    running_since_ts: datetime | None = Field(description="when it booted; null where the service writes no such fact")
    last_sign_ts: datetime | None = Field(description="its newest heartbeat, or this probe's own time")
    flags: dict[str, str]
    versions: dict[str, str]
    boot: str | None = None
    pipeline: str | None = None
    exchange: str | None = None
    feed: str | None = None
    time: str | None = None
    settings_hash: str | None = None


class Disagreement(Shape):
    """One flag or version on which two services differ; `unset` where one does not know it."""

    kind: str
    name: str
    executor: str
    telemetry: str


class RuntimeProbe(Document):
    """`n` counts services seen. `agree` is null while only one of them is known."""

    agree: bool | None
    services: tuple[Service, ...]
    disagreements: tuple[Disagreement, ...]
    boots: int = Field(description="executor starts since the beginning")
    faults: int = Field(description="failures the executor survived since the beginning")
    halted: str | None = Field(description="why new risk is halted; null when it is not")


def runtime_probe(services: Services, account: Account, *, now_us: int, flags: Flags) -> RuntimeProbe:
    """The executor as its newest boot record says, and this side as it is."""
    mine = Service(
        service="telemetry",
        running_since_ts=None,
        last_sign_ts=moment(now_us),
        flags=flags.as_text(),
        versions={PRODUCT: package_version()},
    )
    executor = executor_of(services, account)
    found = () if executor is None else (*differences("flag", executor.flags, mine.flags), *version_differences(executor, mine))
    return RuntimeProbe(
        status="ok" if executor else "empty",
        n=1 if executor is None else 2,
        reason=in_words(found) if executor else "no boot record: the executor has not started here",
        event_us=newest_of(services, account),
        agree=None if executor is None else not found,
        services=(mine,) if executor is None else (executor, mine),
        disagreements=found,
        boots=services.boots_total,
        faults=services.faults_total,
        halted=None if services.halted is None else f"{services.halted.rule}: {services.halted.detail}",
    )


def executor_of(services: Services, account: Account) -> Service | None:
    """The executor's newest boot and heartbeat; null before any boot."""
    if not services.boots:
        return None
    boot = services.boots[-1]
    beat_us = services.last_beat_us if account.heartbeat is None else account.heartbeat.ts_us
    return Service(
        service="executor",
        running_since_ts=moment(boot.ts_us),
        last_sign_ts=None if beat_us is None else moment(beat_us),
        flags=boot.flags,
        versions=boot.versions,
        boot=boot.boot,
        pipeline=boot.pipeline,
        exchange=boot.exchange,
        feed=boot.feed,
        time=boot.time,
        settings_hash=boot.settings_hash,
    )


def differences(kind: str, executor: dict[str, str], telemetry: dict[str, str]) -> tuple[Disagreement, ...]:
    """Names on which the two sides differ, also those only one side knows."""
    names = sorted({*executor, *telemetry})
    pairs = [(name, executor.get(name, "unset"), telemetry.get(name, "unset")) for name in names]
    return tuple(Disagreement(kind=kind, name=name, executor=ours, telemetry=theirs) for name, ours, theirs in pairs if ours != theirs)


def version_differences(executor: Service, telemetry: Service) -> tuple[Disagreement, ...]:
    """The product's version must be one; and the pipeline that trades must be the one its flag names."""
    product = differences("version", *({PRODUCT: each.versions.get(PRODUCT, "unset")} for each in (executor, telemetry)))
    flagged = LIVE_PIPELINES.get(executor.flags.get("RISK_ENGINE_V6_ENABLED", ""))
    if flagged is None or executor.pipeline == flagged:
        return product
    return (
        *product,
        Disagreement(kind="pipeline", name="RISK_ENGINE_V6_ENABLED", executor=executor.pipeline or "unset", telemetry=flagged),
    )


def in_words(found: Sequence[Disagreement]) -> str | None:
    """What two services differ on and what to do; null when they agree."""
    if not found:
        return None
    words = [f"{each.name} is {each.executor} in the executor and {each.telemetry} here" for each in found]
    return "; ".join(words) + "; start both with the same environment"


def disagreeing(document: RuntimeProbe) -> str | None:
    """Both services were started with the same flags and version."""
    return in_words(document.disagreements)


STATE = StateSpec(
    build=runtime_probe,
    file="v6_runtime_probe.json",
    group=Group.HEALTH,
    pace=Pace.FAST,
    checks=(Check(name="flags_agree", holds=disagreeing, gate=False),),
)
