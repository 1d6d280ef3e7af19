"""What must appear in no text is taken out of it: of log lines, tracebacks, what is printed, and what is journaled.

Two nets. One knows the secrets: no six letters of one that follow each other are left, in none of the forms in which they
travel. The other knows none, and hides what follows a telling name (`signature=`, `X-MBX-APIKEY`, `listenKey`) and PEM blocks.
"""

import html
import json
import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator
from itertools import permutations
from urllib.parse import quote, quote_plus

GRAM = 6
HIDDEN = "[***]"
"""Shorter than what is searched for, so that the mark itself is never a part of a secret."""

LONGEST = 8_192
"""Characters of one line of a log: a venue's answers can be megabytes."""

DETAIL = 500
"""Characters of an error's text in a journal."""

_NAMES = (
    r"signature|api-?_?key|secret(?:-?_?key)?|password|passphrase|listen-?_?key|private-?_?key"
    r"|ok-access-(?:key|sign)|x-bapi-sign|(?:api|access)-?_?sign|access-?_?token"
)
NAMED = re.compile(
    rf"""(?P<name>{_NAMES})                              # what announces a secret, as it ends
    (?P<gap>(?:\\*["']|%22|%27)?\s*(?:[:=]|%3a|%3d|(?<=["']),)\s*b?(?:\\*["']|%22|%27)?)
    (?P<value>(?:[^\s"'&,;<>(){{}}\[\]\\]|\\[/u])+)""",
    re.IGNORECASE | re.VERBOSE,
)
PEM = re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL)
STREAM = re.compile(r"(?P<way>/(?:ws|stream|private)/|\b(?:basic|bearer)\s)(?P<value>[A-Za-z0-9+/=._~-]{20,})", re.IGNORECASE)
"""A listen key as part of a websocket's address, or what a header of authorization hands over."""

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\ufffb]")
"""What would begin a new line, move the cursor, or turn the direction in which a line is read."""

LOWERED = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class Censor:
    """Takes the secrets it knows out of texts. Letters' case does not matter; a cut secret is found as well."""

    __slots__ = ("_grams",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._grams: frozenset[str] = frozenset()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Know these as well from now on. What was read a moment ago is told to the censor that was there from the start."""
        self._grams |= {gram for form in forms(secrets) for gram in _grams_of(form.translate(LOWERED))}

    def __repr__(self) -> str:
        return "Censor(hidden)"

    def text(self, text: str) -> str:
        """The text without secrets; lines and everything else as they were."""
        return self._unknown(self._known(text))

    def line(self, text: str, longest: int = LONGEST) -> str:
        """The text without secrets, as one line that shows what cannot be seen, and not longer than that."""
        cut = text if len(text) <= longest else f"{text[:longest]}... ({len(text)} characters)"
        return UNSEEN.sub(_spelt, self.text(cut))

    def error(self, error: BaseException) -> str:
        """What went wrong as it may be journaled (`Fault.detail`, `Unknown.reason`): the error's kind and its text on one line."""
        said = self.line(str(error), DETAIL)
        return f"{type(error).__name__}: {said}" if said else type(error).__name__

    def _known(self, text: str) -> str:
        """Every run of letters that a secret holds, of `GRAM` letters or more, becomes one mark."""
        return without_runs(text, self._grams, GRAM) if self._grams else text

    def _unknown(self, text: str) -> str:
        text = PEM.sub(HIDDEN, text)
        text = STREAM.sub(rf"\g<way>{HIDDEN}", text)
        return NAMED.sub(rf"\g<name>\g<gap>{HIDDEN}", text)


def without_runs(text: str, grams: Collection[str], size: int) -> str:
    """A text in which every run of letters that is made of these grams, each of `size` letters in lower case, is one mark."""
    low, kept, done, at = text.translate(LOWERED), list[str](), 0, 0
    while at <= len(low) - size:
        if low[at : at + size] not in grams:
            at += 1
            continue
        end = at + size
        while end < len(low) and low[end - size + 1 : end + 1] in grams:
            end += 1
        kept += [text[done:at], HIDDEN]
        done = at = end
    return "".join([*kept, text[done:]])


def redacted(text: str, secrets: Iterable[str]) -> str:
    """The text without secrets and without what is named like one."""
    return Censor(secrets).text(text)


def forms(secrets: Iterable[str]) -> Iterator[str]:
    """Every form in which secrets travel: as they are, in URLs, in JSON, in Python's own words, and as base64 or hex."""
    texts = [one for secret in secrets for one in _bodies(secret)]
    for text in texts:
        yield from _spellings(text)
        yield text.encode("utf-8", "surrogatepass").hex()
        yield from _base64s(text.encode("utf-8", "surrogatepass"))
    for first, second in permutations(texts, 2):
        yield from _base64s(f"{first}:{second}".encode("utf-8", "surrogatepass"))


def _bodies(secret: str) -> Iterator[str]:
    """The parts of a secret that are secret: of a PEM block its lines, whose head and foot the whole world knows."""
    if not secret.startswith("-----BEGIN "):
        yield secret
        return
    lines = [line.strip() for line in secret.splitlines() if line.strip() and not line.startswith("-----")]
    yield from lines
    if len(lines) > 1:
        yield "".join(lines)


def _spellings(text: str) -> Iterator[str]:
    yield text
    yield html.escape(text)
    for escaped in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]):
        yield escaped
        yield escaped.replace("/", "\\/")
        yield json.dumps(escaped)[1:-1]
    for way in (quote, quote_plus):
        once = way(text, errors="surrogatepass")
        yield once
        yield way(text, safe="", errors="surrogatepass")
        yield quote(once, safe="")


def _base64s(content: bytes) -> Iterator[str]:
    """Base64 of some bytes wherever they begin in what was encoded; letters that hold a neighbour's bits are left out."""
    for before in range(3):
        encoded = b64encode(bytes(before) + content).decode().rstrip("=")[(0, 2, 3)[before] :]
        whole = encoded if (before + len(content)) % 3 == 0 else encoded[:-1]
        yield encoded
        yield whole
        yield whole.replace("+", "-").replace("/", "_")
        yield quote(whole, safe="")


def _grams_of(form: str) -> Iterator[str]:
    return (form[at : at + GRAM] for at in range(len(form) - GRAM + 1))


def _spelt(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape", "surrogatepass").decode()
