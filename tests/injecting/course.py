"""Files made ill and well again, many at once, each at its own pace, until every observer showed every change.

What was shown and was not so is noted as well.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.injecting.ills import Ill
from tests.injecting.observers import Observer, Sighting
from tests.injecting.patients import Patient, now_us

TURN_S = 0.02


@dataclass
class Case:
    """One injection: since when it was ill and well again, and when each observer showed either (microseconds)."""

    patient: Patient
    ill: Ill
    ill_us: int
    shown_ill: dict[str, int] = field(default_factory=dict)
    well_us: int | None = None
    shown_well: dict[str, int] = field(default_factory=dict)


@dataclass
class Course:
    """`slack_us` is how much older than its own time a sighting's look may be; a case that takes longer than `patience_s` ends it all."""

    patients: Sequence[Patient]
    observers: Sequence[Observer]
    chance: Random
    slack_us: int = 0
    patience_s: float = 90.0
    wait_s: float = 0.2
    cases: list[Case] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    looks: dict[str, int] = field(default_factory=dict)
    due_us: dict[str, int] = field(default_factory=dict)
    current: dict[str, Case] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    def run(self, wanted: int) -> None:
        """Until so many injections were made, seen and cured. The first comes when every observer has shown all as well."""
        self.until_all_is_well()
        while len(self.cases) < wanted or self.current:
            self.hear()
            for patient in self.patients:
                self.treat(patient, may_begin=len(self.cases) < wanted)
            time.sleep(TURN_S)
        self.hear()

    def run_each(self, times: int) -> None:
        """Until every ill was injected so often. Files take them in turn: no ill is ahead of another by more than there are files."""
        kinds = max(len(patient.ills) for patient in self.patients)
        self.run(kinds * times + (kinds - 1) * len(self.patients))

    def times(self) -> dict[str, int]:
        """How often each ill was injected."""
        return dict(Counter(case.ill.name for case in self.cases))

    def until_all_is_well(self) -> None:
        end_s = time.monotonic() + 2 * self.patience_s
        for observer in self.observers:
            shown: dict[str, str] = {}
            while not all(shown.get(patient.name) == patient.well for patient in self.patients):
                while observer.sightings:
                    words = observer.sightings.popleft().words
                    shown = {patient.name: patient.read(words.get(patient.name)) for patient in self.patients}
                assert time.monotonic() < end_s, f"{observer.name} never showed all as well: {observer.fault}, {shown}"
                time.sleep(TURN_S)

    def treat(self, patient: Patient, *, may_begin: bool) -> None:
        """What is due for one file: harm it, heal it, or keep it young."""
        case, at_us = self.current.get(patient.name), now_us()
        if case is None:
            due_us = self.due_us.setdefault(patient.name, at_us + self.pause_us())
            if may_begin and at_us >= due_us:
                self.begin(patient)
            else:
                patient.renew()
            return
        shown = case.shown_ill if case.well_us is None else case.shown_well
        if len(shown) < len(self.observers):
            since_us = case.ill_us if case.well_us is None else case.well_us
            missing = sorted({each.name for each in self.observers} - set(shown))
            assert at_us - since_us < self.patience_s * 1e6, f"{missing} did not show {patient.name} {case.ill.name}, cured: {case.well_us}"
        elif at_us >= self.due_us.setdefault(patient.name, at_us + self.pause_us()):
            self.due_us.pop(patient.name)
            if case.well_us is None:
                case.well_us = patient.heal()
            else:
                del self.current[patient.name]

    def begin(self, patient: Patient) -> None:
        """The next ill of this file, in turn."""
        number = self.done.get(patient.name, self.chance.randrange(len(patient.ills)))
        self.done[patient.name] = number + 1
        ill = patient.ills[number % len(patient.ills)]
        self.due_us.pop(patient.name)
        self.current[patient.name] = case = Case(patient, ill, patient.harm(ill, self.chance))
        self.cases.append(case)

    def pause_us(self) -> int:
        return round(self.chance.uniform(0, self.wait_s) * 1e6)

    def hear(self) -> None:
        """Take what the observers showed since the last turn."""
        for observer in self.observers:
            assert observer.fault is None, f"{observer.name}: {observer.fault}"
            while observer.sightings:
                self.weigh(observer.name, observer.sightings.popleft())

    def weigh(self, who: str, seen: Sighting) -> None:
        """Date what it shows, and note what it shows that was not so."""
        self.looks[who] = self.looks.get(who, 0) + 1
        for patient in self.patients:
            word = patient.read(seen.words.get(patient.name))
            looked_us = seen.looked_us.get(patient.name, seen.seen_us) - self.slack_us
            truths = patient.truths(looked_us, seen.seen_us)
            if word not in truths:
                self.false.append(f"{who} showed {patient.name} as {word}, it was {' or '.join(sorted(truths))}")
            case = self.current.get(patient.name)
            if case is None:
                continue
            if case.well_us is None and word == case.ill.word and seen.seen_us >= case.ill_us:
                case.shown_ill.setdefault(who, seen.seen_us)
            elif case.well_us is not None and word == patient.well and looked_us + self.slack_us >= case.well_us:
                case.shown_well.setdefault(who, seen.seen_us)

    def delays_s(self, who: str, of: Callable[[Case], bool] = lambda _: True) -> tuple[list[float], list[float]]:
        """How long each ill, and each cure, took to be shown."""
        chosen = [case for case in self.cases if of(case)]
        ills = sorted((case.shown_ill[who] - case.ill_us) / 1e6 for case in chosen)
        return ills, sorted((case.shown_well[who] - (case.well_us or 0)) / 1e6 for case in chosen)


def quantile(values: Sequence[float], frac: float) -> float:
    """The value that so large a part lies at or below."""
    return values[min(len(values) - 1, int(frac * len(values)))]


def table(course: Course) -> str:
    """Delays in seconds by observer and ill."""
    lines = [f"{'shown by':16s} {'ill':16s} {'n':>5s} {'p50':>7s} {'p99':>7s} {'max':>7s}   {'cure p50':>8s} {'p99':>7s} {'max':>7s}"]
    names = ["all", *dict.fromkeys(case.ill.name for case in course.cases)]
    for observer in course.observers:
        for name in names:
            ills, cures = course.delays_s(observer.name, lambda case, name=name: name in ("all", case.ill.name))  # type: ignore[misc]
            told = [f"{quantile(values, frac):7.3f}" for values in (ills, cures) for frac in (0.5, 0.99, 1.0)]
            lines.append(f"{observer.name:16s} {name:16s} {len(ills):5d} {' '.join(told[:3])}   {' '.join(told[3:]):>24s}")
    return "\n".join([*lines, f"looks {course.looks}, shown and not so: {len(course.false)}", *course.false[:10]])
