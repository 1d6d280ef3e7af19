import pytest

from hedge_assets.object_store import ObjectError, Objects


@pytest.fixture(params=["file", "memory"])
def objects(request, tmp_path):
    return Objects("memory:///" if request.param == "memory" else f"file://{tmp_path}/store", deadline_s=5.0)


def test_what_is_put_is_there_and_made_once_only_when_that_is_asked(objects):
    assert objects.get("a/b") is None
    assert objects.put_new("a/b", b"1")
    assert not objects.put_new("a/b", b"2")
    assert objects.get("a/b") == b"1"
    objects.put("a/b", b"3")
    assert objects.get("a/b") == b"3"


def test_a_folder_lists_what_lies_below_it_behind_a_name(objects):
    for name in ("a/1", "a/2/3", "ab/1"):
        objects.put(name, b"xy")
    assert objects.listed("a") == {"a/1": 2, "a/2/3": 2}
    assert objects.listed("a", after="a/1") == {"a/2/3": 2}
    assert objects.listed("none") == {}
    objects.delete(["a/1"])
    objects.delete([])
    assert objects.listed("a") == {"a/2/3": 2}


def test_a_path_that_would_leave_the_prefix_is_refused(objects):
    with pytest.raises(ObjectError) as failed:
        objects.put("../x", b"1")
    assert failed.value.fault == "refused"
