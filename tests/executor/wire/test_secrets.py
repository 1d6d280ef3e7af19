"""A key is read from one guarded file and shows itself nowhere."""

import copy
import json
import os
import pickle
import pprint
import resource
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.errors import SettingsError
from executor.wire.secrets import ED25519, MOST_BYTES, PEM_FOOT, PEM_HEAD, Key, Secret, account_name, key_of, read_key

KEY, SECRET, PASSWORD = "Kq7vT2mZx9LbW4", "s3Nf8RjYp0HdQaU6", "pw-Gz5EwXc1"
PEM = f"{PEM_HEAD}\n{b64encode(ED25519 + bytes(range(32))).decode()}\n{PEM_FOOT}\n"


def put(path: Path, content: str | bytes | None = None, mode: int = 0o400) -> str:
    text = json.dumps({"key": KEY, "secret": SECRET}) if content is None else content
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return str(path)


def refusal(key_file: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        read_key(key_file, environ or {})
    text = str(caught.value)
    assert caught.value.exit_code == 78
    assert "\n" not in text
    assert caught.value.__cause__ is None
    assert not any(secret in text for secret in (KEY, SECRET, PASSWORD))
    return text


def test_a_private_file_is_read_whole(tmp_path: Path) -> None:
    for mode in (0o400, 0o600):
        key = read_key(put(tmp_path / f"{mode}.json", json.dumps({"key": KEY, "secret": SECRET, "password": PASSWORD}), mode), {})
        assert key.texts() == (KEY, SECRET, PASSWORD)
        assert key.name == account_name(KEY)
        assert not key.is_pem


def test_a_file_without_password_has_none_and_a_pem_secret_is_known_as_such(tmp_path: Path) -> None:
    key = read_key(put(tmp_path / "a.json", json.dumps({"key": KEY, "secret": PEM})), {})
    assert key.password is None
    assert key.is_pem
    assert key.secret.reveal() == PEM


def test_the_process_managers_credential_is_taken_where_no_file_is_named(tmp_path: Path) -> None:
    put(tmp_path / "hedge-key.json")
    assert read_key("", {"CREDENTIALS_DIRECTORY": str(tmp_path)}).name == account_name(KEY)
    assert "LoadCredential" in refusal("")
    assert "No such file" in refusal("", {"CREDENTIALS_DIRECTORY": str(tmp_path / "none")})


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o640, 0o660, 0o644, 0o606, 0o700, 0o500, 0o200, 0o4400])
def test_a_file_that_others_may_touch_or_of_another_mode_is_refused(tmp_path: Path, mode: int) -> None:
    text = refusal(put(tmp_path / "a.json", None, mode))
    assert ("chmod 0400" in text and f"{mode:04o}" in text) or "Permission denied" in text


def test_what_is_no_plain_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    put(tmp_path / "real.json")
    (tmp_path / "link").symlink_to(tmp_path / "real.json")
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir()
    assert "symbolic link" in refusal(str(tmp_path / "link"))
    assert "no plain file" in refusal(str(tmp_path / "pipe"))
    assert "no plain file" in refusal(str(tmp_path / "folder"))
    assert "No such file" in refusal(str(tmp_path / "nothing"))
    assert "no name of a file" in refusal("a\0b")
    assert "0400" in refusal("/dev/null")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "a.json")
    os.chown(path, 12345, 12345)
    assert "uid 12345" in refusal(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount what a process manager hands over")
def test_roots_0440_is_taken_inside_the_credentials_folder_only_and_not_where_others_write_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o550)
    put(folder / "hedge-key.json", None, 0o440)
    environ = {"CREDENTIALS_DIRECTORY": str(folder)}
    assert read_key("", environ).name == account_name(KEY)
    assert read_key(str(folder / "hedge-key.json"), environ).name == account_name(KEY)
    assert "0440" in refusal(str(folder / "hedge-key.json"))
    assert "0440" in refusal(put(tmp_path / "beside.json", None, 0o440), environ)
    folder.chmod(0o777)
    assert "0440" in refusal("", environ)
    folder.chmod(0o550)
    (folder / "hedge-key.json").chmod(0o444)
    assert "0444" in refusal("", environ)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "key and secret"),
        (json.dumps({"key": KEY}), "key and secret"),
        (json.dumps({"key": KEY, "secret": SECRET, "passphrase": PASSWORD}), "key and secret"),
        (json.dumps({KEY: SECRET}), "key and secret"),
        (json.dumps({"key": KEY, "secret": 7}), "key and secret"),
        (json.dumps({"key": "", "secret": SECRET}), "key has 0 characters"),
        (json.dumps({"key": KEY, "secret": "abc"}), "secret has 3 characters"),
        (json.dumps({"key": KEY + "\n", "secret": SECRET}), "not printable"),
        (json.dumps({"key": KEY + " ", "secret": SECRET}), "spaces"),
        (json.dumps({"key": KEY, "secret": SECRET + "\u202e"}), "not printable"),
        (json.dumps({"key": KEY, "secret": SECRET, "password": PASSWORD + "\t"}), "password"),
        (json.dumps({"key": KEY, "secret": "-----BEGIN PRIVATE KEY-----"}), "no unencrypted Ed25519 key"),
        (json.dumps({"key": KEY, "secret": PEM.replace("MC4C", "MC5C")}), "no unencrypted Ed25519 key"),
        (json.dumps({"key": KEY, "secret": PEM.replace("PRIVATE", "RSA PRIVATE")}), "no unencrypted Ed25519 key"),
        (json.dumps({"key": KEY, "secret": SECRET}) + " " * MOST_BYTES, f"at most {MOST_BYTES}"),
    ],
)
def test_what_is_in_the_file_is_refused_in_words_that_show_nothing_of_it(tmp_path: Path, content: str | bytes, words: str) -> None:
    assert words in refusal(put(tmp_path / "a.json", content))


@given(st.binary(max_size=200))
def test_whatever_rubbish_a_file_holds_is_refused_in_one_line(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = put(tmp_path_factory.mktemp("key") / "a.json", content)
    with pytest.raises(SettingsError, match=r"\A[^\n]*\Z"):
        read_key(path, {})


def shown(key: Key) -> list[str]:
    return [
        repr(key),
        str(key),
        f"{key}",
        f"{key.key} {key.secret!r:>40} {key.password!s}",
        format(key.secret, ">30"),
        pprint.pformat(msgspec.structs.asdict(key)),
        repr(msgspec.structs.astuple(key)),
        repr([getattr(key, name) for name in key.__struct_fields__]),
        repr({name: getattr(key.secret, name) for name in Secret.__slots__}),
        repr(dir(key.secret)),
        msgspec.json.encode(key, enc_hook=str).decode(),
        repr(msgspec.to_builtins(key, enc_hook=repr)),
        repr(ValueError(key, key.secret)),
        json.dumps(key, default=str),
    ]


@pytest.mark.parametrize("secret", [SECRET, PEM])
def test_nothing_that_lists_or_prints_a_key_shows_it(secret: str) -> None:
    key = key_of(KEY, secret, PASSWORD)
    for text in shown(key):
        assert not any(one in text for one in (KEY, SECRET, PASSWORD, PEM.splitlines()[1])), text
    assert account_name(KEY) in repr(key)


@pytest.mark.parametrize(
    "way",
    [msgspec.json.encode, msgspec.msgpack.encode, msgspec.to_builtins, pickle.dumps, copy.deepcopy, json.dumps],
    ids=lambda way: way.__name__,
)
def test_a_key_is_not_encoded_pickled_or_copied(way: object) -> None:
    with pytest.raises(TypeError) as caught:
        way(key_of(KEY, SECRET, PASSWORD))  # type: ignore[operator]
    assert SECRET not in str(caught.value)


def test_the_name_of_an_account_is_short_and_the_same_every_time() -> None:
    assert account_name("abc") == "ba7816bf8f"
    assert account_name(KEY) not in KEY


def test_once_a_key_is_read_no_core_file_is_written_and_no_other_process_may_look_in(tmp_path: Path) -> None:
    code = (
        "import ctypes, resource, sys; from executor.wire.secrets import read_key\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (4096, 4096)) if resource.getrlimit(resource.RLIMIT_CORE)[1] != 0 else None\n"
        "read_key(sys.argv[1], {})\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    done = subprocess.run([sys.executable, "-c", code, put(tmp_path / "a.json")], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["(0,", "0)", "0"]
    assert resource.RLIM_INFINITY != 0
