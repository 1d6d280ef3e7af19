from executor.flags import read_flags
from hedge_assets.settings import Place
from hedge_assets.stack.mirroring import with_mirror
from hedge_assets.stack.programs import Ports, stack


def names(tmp_path, **environ):
    made = stack(tmp_path, arguments=(), config=None, ports=Ports())
    return [each.name for each in with_mirror(made, Place(root=tmp_path), read_flags(environ)).programs]


def test_the_mirror_is_started_last_and_only_where_it_is_wanted(tmp_path):
    assert "mirror" not in names(tmp_path)
    assert names(tmp_path, FIRESTORE_ENABLED="1")[-1] == "mirror"


def test_one_that_may_not_is_started_all_the_same_so_that_it_says_why(tmp_path):
    assert names(tmp_path, FIRESTORE_ENABLED="1", ENV="prod", ALLOW_PROD_WRITE="1")[-1] == "mirror"
