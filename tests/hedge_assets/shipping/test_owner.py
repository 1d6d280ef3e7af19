"""One prefix, one data root: two accounts never mix, and a root that lost its word is known by its journals."""

import shutil

import pytest

from executor.errors import SettingsError
from hedge_assets.object_store import Objects
from hedge_assets.shipping.owner import claim, is_continued
from hedge_assets.shipping.shipper import Shipper
from tests.hedge_assets.shipping.desks import Writer, packed_only, shipper


@pytest.fixture
def objects():
    return Objects("memory:///", deadline_s=5.0)


@pytest.fixture
def alpha(tmp_path):
    return journals(tmp_path / "alpha")


@pytest.fixture
def beta(tmp_path):
    return journals(tmp_path / "beta", boots=2)


def journals(root, boots=1):
    writer = Writer(root)
    for _ in range(boots - 1):
        writer.end()
        writer.begin()
    writer.loops(3)
    writer.end()
    return root


def contents(objects):
    return {path: objects.get(path) for path in objects.listed("")}


def test_a_second_data_root_is_refused_and_nothing_there_is_another(alpha, beta, objects):
    shipper(alpha, objects).turn()
    before = contents(objects)
    with pytest.raises(SettingsError, match="another data root ships to it; give each account a prefix of its own"):
        shipper(beta, objects).turn()
    assert contents(objects) == before
    shipper(alpha, objects).turn()


def test_a_copy_of_a_data_root_under_another_account_is_refused(alpha, objects):
    Shipper(alpha / "raw", objects, part_bytes=1 << 21, account="alpha").turn()
    with pytest.raises(SettingsError, match="it is of account 'alpha', this is 'beta'"):
        Shipper(alpha / "raw", objects, part_bytes=1 << 21, account="beta").turn()


def test_a_root_that_lost_its_word_goes_on_by_its_journals_and_keeps_the_word_again(alpha, objects):
    shipper(alpha, objects).turn()
    word = (alpha / "ship" / "owner").read_bytes()
    shutil.rmtree(alpha / "ship")
    shipper(alpha, objects).turn()
    assert (alpha / "ship" / "owner").read_bytes() == word == objects.get("note/owner")


def test_a_prefix_without_an_owner_is_taken_by_whoever_has_its_journals(alpha, beta, objects):
    shipper(alpha, objects).turn()
    objects.delete(["note/owner"])
    with pytest.raises(SettingsError, match="it has journals that are not this data root's"):
        claim(beta / "raw", "", objects)
    assert objects.get("note/owner") is None
    claim(alpha / "raw", "", objects)
    assert objects.get("note/owner") is not None


def test_an_owner_that_cannot_be_read_is_nobody_to_go_on_from(alpha, objects):
    objects.put("note/owner", b"{")
    with pytest.raises(SettingsError, match="note/owner there cannot be read"):
        shipper(alpha, objects).turn()


def test_a_root_that_lost_its_word_and_was_cut_back_where_a_segment_ends_is_not_known_by_its_journals(tmp_path, objects):
    writer = Writer(tmp_path / "alpha")
    writer.loops(40)
    ship = shipper(tmp_path / "alpha", objects)
    while ship.turn().sealed:
        pass
    writer.end()
    assert is_continued(tmp_path / "alpha" / "raw", objects)
    assert not is_continued(packed_only(tmp_path / "alpha", tmp_path / "cut back") / "raw", objects)
