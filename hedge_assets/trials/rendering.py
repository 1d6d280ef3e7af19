"""A report as files: Markdown with its curves beside it, one HTML file with them inside; nothing is fetched from anywhere."""

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hedge_assets.comparing.shapes import ModelError
from hedge_assets.folds.execution_rows import HORIZONS_S
from hedge_assets.shadow.candidates import ACCOUNT
from hedge_assets.showing.markdown import word
from hedge_assets.showing.paper import TEMPLATES as PAPER
from hedge_assets.showing.paper import paper_style, policy
from hedge_assets.trials.charts import charts_of
from hedge_assets.trials.report import Report

TEMPLATES = Path(__file__).parent / "templates"
CELLS_SHOWN = 20
TITLES = {
    "nav": "NAV",
    "difference": "Profit difference, by day",
    "symbols": "Profit difference, by symbol",
    "rules": "What each rule was worth",
}
SILENCES = (
    ("holds_position", "it did not ask: it held the symbol already"),
    ("order_at_work", "it did not ask: it was working an order in the symbol"),
    ("holds_on", "the other left a position, this one kept its own"),
    ("nothing_to_close", "the other left a position, this one had none"),
    ("no_signal", "it did not ask: its own strategy saw nothing"),
    ("no_quote", "it had no quote of the symbol"),
)


def files_of(report: Report) -> dict[str, str]:
    """Every file of a report by name: the two documents, and the curves that the Markdown names."""
    charts = charts_of(report)
    return {
        "report.md": markdown(report, charts),
        "report.html": html(report, charts),
        **{f"{name}.svg": svg for name, svg in charts.items()},
    }


def markdown(report: Report, charts: Mapping[str, str]) -> str:
    """The report as Markdown; whatever could be taken for its marks is escaped."""
    images = {name: f"![{TITLES[name]}]({name}.svg)" for name in charts}
    return tidy(environment(escapes=False).get_template("report.md.j2").render(**told(report), charts=images))


def html(report: Report, charts: Mapping[str, str]) -> str:
    """The report as one HTML file."""
    paper = {"style": paper_style(TEMPLATES / "report.css"), "policy": policy()}  # charts bring styles of their own, on their parts
    return str(
        environment(escapes=True).get_template("report.html.j2").render(**told(report), **paper, charts=inlined(charts), titles=TITLES)
    )


def inlined(charts: Mapping[str, str]) -> dict[str, str]:
    """Charts as parts of one page: each names its own pieces, and says what it is to those who do not see it."""
    found = {}
    for name, svg in charts.items():
        own = re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{name}-", svg)
        found[name] = own.replace("<svg ", f'<svg role="img" aria-label="{TITLES[name]}" ', 1)
    return found


def told(report: Report) -> Mapping[str, Any]:
    """What both documents are made of."""
    one, two = report.names
    return {
        "report": report,
        "found": report.found,
        "one": one,
        "two": two,
        "sides": [(one, report.columns[one]), (two, report.columns[two]), ("live account", report.columns[ACCOUNT])],
        "error_usd": report.columns[ACCOUNT].model_error_usd,
        "cells": report.found.matrix[:CELLS_SHOWN],
        "groups": [("symbol", report.found.symbols), ("strategy", report.found.strategies), ("market regime", report.found.regimes)],
        "costs": costs_of(report),
        "silences": SILENCES,
        "faults": [(name, column.reason) for name, column in report.columns.items() if column.reason is not None],
        "is_own_model": is_own_model(report.model),
    }


def is_own_model(model: ModelError) -> bool:
    """Whether the account was filled just as the model fills, as on paper: then no error says nothing about a real exchange."""
    spread = (model.flattery_bps.low_bps, model.flattery_bps.high_bps, model.away_p95_bps, model.fee_bps.mean_bps)
    alone = model.filled_by_account_only + model.filled_by_model_only
    return model.filled_by_both > 0 and not alone and all(each == 0 for each in spread)


def costs_of(report: Report) -> list[tuple[str, Any]]:
    """Differences of costs with what they are, in words."""
    costs = report.found.overall.costs
    named = [("slippage (positive: the shadow paid more)", costs.slippage), ("fees (positive: the shadow paid more)", costs.fees)]
    marked = zip(HORIZONS_S, costs.markouts, strict=True)
    return named + [(f"markout after {after} s (positive: better for the shadow)", each) for after, each in marked]


@functools.cache
def environment(*, escapes: bool) -> Any:
    """Templates with the house's ways of writing numbers; for Markdown words are made safe by `word`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  who asks for no report does not wait for it

    made = Environment(
        loader=FileSystemLoader([TEMPLATES, PAPER]),
        autoescape=escapes,  # noqa: S701 - Markdown has marks of its own, which `word` makes safe
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "usd": lambda value: number(value, 2, signed=True),
        "size": lambda value: number(value, 0),
        "bps": lambda value: number(value, 2, signed=True),
        "share": lambda value: "–" if value is None else f"{100 * value:.1f} %",
        "ratio": lambda value: number(value, 2),
        "fall": lambda value: "–" if value is None else f"{100 * value:.2f} %",
        "word": str if escapes else word,
        "when": lambda value: f"{value:%Y-%m-%d %H:%M} UTC",
    }
    made.filters.update(filters)
    made.globals["between"] = between
    return made


def number(value: float | None, digits: int, *, signed: bool = False) -> str:
    """A number with its thousands apart; a dash for what is not known, no sign at what is shown as nothing."""
    if value is None:
        return "–"
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    return text.lstrip("+-") if not text.strip("+-0.,") else text


def between(low: float | None, high: float | None, reason: str | None = None) -> str:
    """An interval, or a dash with the reason why there is none."""
    if low is not None and high is not None:
        return f"{number(low, 2, signed=True)} to {number(high, 2, signed=True)}"
    return "–" if reason is None else f"– ({reason})"


def tidy(text: str) -> str:
    """At most one empty line between two parts."""
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip() + "\n"
