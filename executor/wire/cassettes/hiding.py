"""What never gets onto a cassette: the account's secrets in any form in which they travel, and what is named like a secret.

A log may lose a word that only looks like a part of a secret; a recording may not, or it would not play. So a run of letters is
hidden from eight on (`wire.redaction` hides from six), and digits alone only where they are a whole secret: prices are digits too.
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import msgspec

from executor.wire.cassettes.lines import Asked
from executor.wire.redaction import HIDDEN, LOWERED, NAMED, PEM, STREAM, forms, without_runs
from executor.wire.reply import Request

GRAM = 8
TAUGHT = 20
"""What is named like a secret and as long as that is one: shorter may be a word of a sentence."""

CLEAN = 4_096
"""So many words that were found clean are remembered."""

TELLING = ("key", "secret", "sign", "pass", "token", "-----begin", "/ws/", "/stream/", "/private/", "basic", "bearer")
"""Without one of these, in small letters, nothing is named like a secret."""

SECRET_NAMES = re.compile(
    r"signature|sign|api-?_?key|secret(?:-?_?key)?|password|passphrase|listen-?_?key|private-?_?key|access-?_?key(?:-?_?id)?|[a-z-]*token",
    re.IGNORECASE,
)
"""Parameters whose value is hidden whatever it is."""


class Hiding:
    """Takes secrets out of what is kept. What was hidden by its name once is known from then on, wherever it stands."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._grams: set[str] = set()
        self._wholes: set[str] = set()
        self._letters = {"-", "_", "+", "/", "=", "%", "\\"}
        self._clean: set[str] = set()
        self._word = re.compile("")
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Know these as well from now on."""
        for form in forms(secrets):
            low = form.translate(LOWERED)
            grams = {gram for at in range(len(low) - GRAM + 1) if not (gram := low[at : at + GRAM]).isdecimal()}
            self._grams |= grams
            self._letters |= {letter for letter in low if not letter.isalnum()} if grams else set()
            if not grams and low:
                self._wholes.add(low)
        self._clean.clear()
        others = re.escape("".join(sorted(self._letters)))
        self._word = re.compile(rf"[A-Za-z0-9{others}]{{{GRAM},}}")

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self.is_clean(text):
            return text
        text = self._unnamed(text)
        for whole in self._wholes:
            text = re.sub(re.escape(whole), HIDDEN, text, flags=re.IGNORECASE)
        return self._word.sub(self._judged, text) if self._grams else text

    def is_clean(self, text: str) -> bool:
        """Whether a text, which may be many of them, surely holds nothing to hide."""
        low, clean = text.lower(), self._clean
        if any(word in low for word in TELLING) or any(whole in low for whole in self._wholes):
            return False
        return not self._grams or all(word.isdecimal() or word in clean for word in set(self._word.findall(text)))

    def asked(self, request: Request, *, is_gated: bool) -> Asked:
        """A request as it is kept."""
        body = None if request.body is None else self.body(request.body)
        return Asked(method=request.method, url=self.address(request.url), body=body, is_gated=is_gated)

    def address(self, url: str) -> str:
        """An address whose secret parameters are hidden."""
        parts = urlsplit(url)
        return self.text(urlunsplit(parts._replace(query=self.form(parts.query)))) if parts.query else self.text(url)

    def form(self, query: str) -> str:
        """Parameters as they are sent, those named like a secret hidden."""
        found = parse_qsl(query, keep_blank_values=True)
        return "&".join(f"{name}={HIDDEN if SECRET_NAMES.fullmatch(name) else quote(value, safe='')}" for name, value in found)

    def body(self, body: bytes) -> str:
        """What was sent as a body: parameters, or JSON."""
        text = body.decode("utf-8", "replace")
        if not text.startswith(("{", "[")):
            return self.text(self.form(text)) if "=" in text else self.text(text)
        try:
            told = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return self.text(text)
        return self.text(msgspec.json.encode(self._plain(told)).decode())

    def _plain(self, told: Any) -> Any:
        if isinstance(told, dict):
            return {name: HIDDEN if SECRET_NAMES.fullmatch(name) else self._plain(value) for name, value in told.items()}
        return [self._plain(one) for one in told] if isinstance(told, list) else told

    def _unnamed(self, text: str) -> str:
        def hidden(match: re.Match[str]) -> str:
            value = match["value"]
            if len(value) >= TAUGHT:
                self.learn([value])
            return f"{match['name']}{match['gap']}{HIDDEN}"

        return NAMED.sub(hidden, STREAM.sub(rf"\g<way>{HIDDEN}", PEM.sub(HIDDEN, text)))

    def _judged(self, match: re.Match[str]) -> str:
        """A word without the runs of letters that a secret holds."""
        word = match.group()
        if word.isdecimal() or word in self._clean:
            return word
        judged = without_runs(word, self._grams, GRAM)
        if judged == word:
            if len(self._clean) >= CLEAN:
                self._clean.clear()
            self._clean.add(word)
        return judged
