"""A real Chromium for tests: Debian's own, through playwright; skipped with the reason where it is not there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
DESKTOP = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}

PATIENCE_MS = 60_000
"""How long anything may take to show: so long that only what never shows takes longer, also beside other work."""

expect.set_options(timeout=PATIENCE_MS)


def installed() -> str | None:
    """Where the browser lies; null where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser without a window, ended with the block."""
    found = installed()
    if found is None:
        pytest.skip("no chromium here; apt-get install -y --no-install-recommends chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Seen:
    """What a page said and asked for while a test looked at it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)


@contextmanager
def opened(browser: Browser, **wanted: object) -> Iterator[Seen]:
    """A fresh page, every console error and every request of it written down; `wanted` goes to the browser's context."""
    context: BrowserContext = browser.new_context(**{"viewport": DESKTOP, **wanted})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    seen = Seen(page)
    page.on("console", lambda said: seen.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", lambda request: seen.addresses.append(request.url))
    try:
        yield seen
    finally:
        context.close()


def hide(seen: Seen, *, hidden: bool) -> None:
    """Tell the page that nobody sees it, or that somebody does again."""
    seen.page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )
