import os
import re
import string
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import SettingsError
from ops.dashboard.page_token import CREDENTIAL, LEAST_LETTERS, MOST_LETTERS, digest, token_from, token_of

TOKEN = "0f9Kq7vT2mZx9LbW4-s3Nf8RjYp0HdQaU6"
LETTERS = string.ascii_letters + string.digits + "._~-"


def put(path, text=TOKEN + "\n", mode=0o400):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return f"file:{path}"


def refusal(named, environ=None):
    with pytest.raises(SettingsError) as caught:
        token_from(named, environ or {})
    said = str(caught.value)
    assert caught.value.exit_code == 78
    assert "\n" not in said
    assert "openssl rand" in said or "chmod" in said
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    return said


def test_a_token_is_found_in_a_private_file_in_a_variable_or_among_the_process_managers_credentials(tmp_path):
    put(tmp_path / CREDENTIAL)
    for found in (
        token_from(put(tmp_path / "token", mode=0o600), {}),
        token_from("env:PAGE_TOKEN", {"PAGE_TOKEN": TOKEN}),
        token_from("", {"CREDENTIALS_DIRECTORY": str(tmp_path)}),
    ):
        assert found.is_right(TOKEN)
        assert not found.is_right(TOKEN[:-1])


def test_where_none_is_named_there_is_none(tmp_path):
    assert token_from("", {}) is None
    assert token_from("", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) is None


@pytest.mark.parametrize("named", [TOKEN, "file:", "env:", "vault:x", "file", "-"])
def test_a_token_that_is_written_where_its_place_belongs_is_refused_and_not_shown(named):
    assert "write file:PATH or env:NAME" in refusal(named)


@pytest.mark.parametrize("mode", [0o440, 0o644, 0o604, 0o700])
def test_a_file_that_others_may_read_is_refused(tmp_path, mode):
    assert f"{mode:04o}" in refusal(put(tmp_path / "token", mode=mode))


def test_what_is_no_plain_file_is_refused_and_never_waited_for(tmp_path):
    put(tmp_path / "token")
    (tmp_path / "link").symlink_to(tmp_path / "token")
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "the token's file" in refusal(f"file:{tmp_path}/nothing")
    assert "symbolic link" in refusal(f"file:{tmp_path}/link")
    assert "no plain file" in refusal(f"file:{tmp_path}/pipe")
    assert "no plain file" in refusal(f"file:{tmp_path}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        TOKEN[: LEAST_LETTERS - 1],
        "a" * 40,
        "abcabcab" * 5,
        TOKEN * 20,
        TOKEN + " x",
        TOKEN + "+/=",
        TOKEN + "\0",
        TOKEN + "é",
        b"\xff" * 40,
    ],
)
def test_a_token_that_could_be_guessed_or_does_not_survive_an_address_is_refused_and_not_shown(tmp_path, text):
    refusal(put(tmp_path / "token", text))
    if isinstance(text, str) and "\0" not in text:
        refusal("env:PAGE_TOKEN", {"PAGE_TOKEN": text})


def test_a_variable_that_is_not_set_is_refused_by_its_name():
    assert "'PAGE_TOKEN'" in refusal("env:PAGE_TOKEN")


tokens = st.text(LETTERS, min_size=LEAST_LETTERS, max_size=MOST_LETTERS).filter(lambda text: len(set(text)) >= 8)


@given(tokens, st.text())
def test_one_text_is_right_and_every_other_is_wrong(text, other):
    token = token_of(text)
    assert token.is_right(text)
    assert token.is_right(other) == (other == text)


@given(tokens, tokens, st.text(LETTERS))
def test_a_signature_is_of_one_text_by_one_token(one, other, text):
    signed = token_of(one).signature(text)
    assert re.fullmatch(r"[0-9a-f]{64}", signed)
    assert (token_of(other).signature(text) == signed) == (one == other)
    assert token_of(one).signature(text + "x") != signed


def test_a_token_shows_neither_itself_nor_what_it_is_compared_by():
    token = token_of(TOKEN)
    for shown in (repr(token), str(token), f"{token}", repr([token])):
        assert TOKEN not in shown
        assert repr(digest(TOKEN))[2:-1] not in shown
