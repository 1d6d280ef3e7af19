"""How all accounts are: for each, whether anybody need act, on what first, and how it trades."""

from collections.abc import Mapping

from pydantic import Field

from hedge_assets.census import Census
from hedge_assets.document import Document, Shape
from hedge_assets.spec import Check, Group, Pace, StateSpec
from hedge_assets.states.health import Health
from hedge_assets.states.risk_snapshot import RiskSnapshot


class AccountHealth(Shape):
    """One account; nulls where its own files do not say. `worst` is what to look at first, null where nothing is wrong."""

    account: str
    is_well: bool | None
    files: int | None
    unhealthy: int | None
    conditions: int | None = Field(description="named conditions that are errors now")
    worst: str | None
    mode: str | None = Field(description="the risk mode that v6 would be in")
    halted: bool | None
    halted_reason: str | None


class DeskHealth(Document):
    """`n` counts accounts whose own health is known. It judges what the accounts' files say; the watch looks at the files themselves."""

    accounts: int
    unwell: int = Field(description="accounts on which somebody must act, those that say nothing included")
    halted: int
    rows: tuple[AccountHealth, ...] = Field(description="those that are not well first, then in the settings' order")


def desk_health(health: Mapping[str, Health], risk_snapshot: Mapping[str, RiskSnapshot], census: Census) -> DeskHealth:
    """The accounts' own words, the worst first."""
    rows = [row(account, health.get(account), risk_snapshot.get(account), census) for account in census.accounts]
    unwell = [each for each in rows if not each.is_well]
    words = [f"{each.account}: {each.worst}" for each in unwell]
    return DeskHealth(
        status="ok",
        n=len(health),
        reason=f"{len(unwell)} of {len(rows)} accounts need attention: {'; '.join(words)[:400]}" if unwell else None,
        event_us=min((each.event_us for each in health.values() if each.event_us is not None), default=None),
        accounts=len(rows),
        unwell=len(unwell),
        halted=sum(each.halted is True for each in rows),
        rows=tuple(sorted(rows, key=lambda each: each.is_well is True)),
    )


def row(account: str, known: Health | None, risk: RiskSnapshot | None, census: Census) -> AccountHealth:
    """One account's line."""
    if known is None:
        worst: str | None = f"health is not known: {census.absent.get('health', {}).get(account, 'not there')}"
    else:
        worst = worst_of(known)
    return AccountHealth(
        account=account,
        is_well=None if known is None else worst is None,
        files=known.n if known else None,
        unhealthy=known.unhealthy if known else None,
        conditions=sum(each.severity == "error" for each in known.conditions) if known else None,
        worst=worst,
        mode=risk.mode if risk else None,
        halted=risk.halted if risk else None,
        halted_reason=risk.halted_reason if risk else None,
    )


def worst_of(known: Health) -> str | None:
    """The first condition that is an error, else the first file that is ill; null where nobody need act."""
    condition = next((each for each in known.conditions if each.severity == "error"), None)
    if condition is not None:
        return f"{condition.condition.replace('_', ' ')} ({condition.subject}): {condition.reason}"
    file = next((each for each in known.files if each.state not in ("ok", "empty")), None)
    return None if file is None else f"{file.name} is {file.state}: {file.reason or 'no reason given'}"


def rows_are_counted(document: DeskHealth) -> str | None:
    """The counts are the rows'."""
    unwell = sum(not each.is_well for each in document.rows)
    if (len(document.rows), unwell) == (document.accounts, document.unwell):
        return None
    return f"accounts was {document.accounts} and unwell {document.unwell}, the rows give {len(document.rows)} and {unwell}"


STATE = StateSpec(
    build=desk_health,
    file="desk_health.json",
    group=Group.HEALTH,
    pace=Pace.FAST,
    event_deadlines=None,  # it must be able to say that everything else is dead
    may_be_empty=False,
    checks=(Check("rows_are_counted", rows_are_counted),),
)
