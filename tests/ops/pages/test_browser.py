"""Dagster's guarded pages as a person sees them, in a real browser: nothing that they ask for is refused."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import chromium, opened
from tests.ops.pages.test_guard import running


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    with running(tmp_path_factory.mktemp("browsed") / "home") as found:
        yield found


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/assets", "allocator_suggestions"),
        ("/assets/nav", "Equity now with its parts"),
        ("/runs", "Runs"),
        ("/automation", "fast_states_schedule"),
    ],
)
def test_what_a_person_opens_is_shown_and_nothing_of_it_is_refused(browser, pages, path, shown):
    address = f"http://127.0.0.1:{pages.port}"
    refused = []
    with opened(browser) as seen:
        seen.page.on("response", lambda said: refused.append((said.status, said.url)) if said.status >= 400 else None)
        with seen.page.expect_response(lambda said: "/graphql" in said.url, timeout=60_000):
            seen.page.goto(address + path)
        expect(seen.page.get_by_text(re.compile(shown)).first).to_be_visible(timeout=60_000)
        assert refused == []
        assert [each for each in seen.complaints if "Failed to load" in each or "Network error" in each] == []
        assert [each for each in seen.addresses if not each.startswith((address, f"ws://127.0.0.1:{pages.port}", "data:", "blob:"))] == []
