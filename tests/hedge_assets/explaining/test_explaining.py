"""Explanations of a whole run, against plain readings of the same journals."""

import json
from decimal import Decimal

import pytest

from executor.clock import FixedClock
from executor.errors import HedgeError
from executor.records.orders import Ended, PolicyChanged, SuggestionRefused
from executor.records.trading import Policy, RouterPolicy, RuleCheck
from executor.settings import Settings, Synthetic
from hedge_assets.explaining.explaining import explained
from hedge_assets.explaining.tree import WIDTH, page, plain
from hedge_assets.refreshing.refresh import refresh
from hedge_assets.settings import Place
from tests.hedge_assets.builders import SECOND, T0, account, ack, approved, boot, decision, fill, heartbeat, intent, quote, submit, vetoed
from tests.hedge_assets.journals import write
from tests.recomputed import lines
from tests.runs import FLAGS, NAMES, STATES, document, ran, refreshed

MADE = Settings(synthetic=Synthetic(symbols=("BTCUSDT", "ENAUSDT"), step_ms=5_000))
LOOPS = 2_400


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("whole")
    ran(root, MADE, LOOPS)
    refreshed(root)
    return root


def explain(root, word):
    return explained(Place(root=root), STATES, word, flags=FLAGS)


def said(tree, what):
    return [each for each in tree.children if each.what == what]


def walk(tree):
    yield tree
    for child in tree.children:
        yield from walk(child)


def test_every_record_of_an_intent_is_in_its_chain_and_only_those(root):
    orders = list(lines(root, "orders"))
    names = [record["intent_id"] for record in orders if record["kind"] == "intent"][:40:4]
    for name in names:
        own = {f"orders#{r['seq']}" for r in orders if name in (r.get("intent_id"), r.get("client_id", "--").split("-")[1])}
        tree = explain(root, name)
        assert {each.at for each in tree.children if each.what not in ("quote", "shadow") and each.at} == own
        assert all(len(line) <= WIDTH for line in page(tree).split("\n"))


def test_each_of_an_orders_names_leads_to_the_same_chain_with_its_own_line_marked(root):
    (fills,) = [[r for r in lines(root, "orders") if r["kind"] == "fill"]]
    filled = fills[len(fills) // 2]
    trees = {name: explain(root, filled[name]) for name in ("client_id", "order_id", "trade_id")}
    marked = {name: [each.what for each in tree.children if each.is_asked] for name, tree in trees.items()}
    assert marked == {"client_id": ["submit"], "order_id": ["ack"], "trade_id": ["fill"]}
    assert len({tree.text for tree in trees.values()}) == 1
    assert [each.at for each in explain(root, f"orders#{filled['seq']}").children if each.is_asked] == [f"orders#{filled['seq']}"]


def test_rules_sizes_and_policies_are_those_of_the_decision(root):
    entries = {r["intent_id"] for r in lines(root, "orders") if r["kind"] == "intent" and r["purpose"] == "entry"}
    made = [r for r in lines(root, "orders") if r["kind"] == "decision" and r["qty"] is not None and r["intent_id"] in entries][3]
    tree = explain(root, made["intent_id"])
    (risk,), (size,), (features,) = (said(tree, what) for what in ("risk", "size", "features"))
    assert [rule.data for rule in risk.children] == made["verdict"]["checks"]
    assert features.data == made["slice"]
    assert f"{made['slice']['nav_usd']:,.2f} USD" in size.text
    wanted = float(size.text.split("wanted ")[1].split(" USD")[0].replace(",", ""))
    assert wanted == pytest.approx(made["verdict"]["budget_usd"], abs=0.01)


def test_trades_and_costs_are_those_of_the_states(root):
    group = next(row for row in document(root, "expectancy_v6.json")["windows"][-1]["symbols"] if row["key"] == "BTCUSDT")
    exits = {r["intent_id"] for r in lines(root, "orders") if r["kind"] == "intent" and r["purpose"] == "exit" and r["symbol"] == "BTCUSDT"}
    trades = {}
    for name in sorted(exits):
        for each in said(explain(root, name), "trade"):
            trades[each.data.get("intent_id")] = each.data
    closed = [each for each in trades.values() if "closed_us" in each]
    assert len(closed) == group["n"] > 1
    assert float(sum(Decimal(each["net"]) for each in closed)) == pytest.approx(group["net_usd"])


def test_a_groups_expectancy_leads_to_its_trades_and_each_trade_back_to_it(root):
    tree = explain(root, "expectancy.windows.all.symbols.BTCUSDT.expectancy_usd")
    group = next(row for row in document(root, "expectancy_v6.json")["windows"][-1]["symbols"] if row["key"] == "BTCUSDT")
    assert tree.data == group["expectancy_usd"]
    (behind,) = said(tree, "behind it")
    assert behind.text.startswith(f"{group['n']} trades of symbols/BTCUSDT")
    name = behind.children[0].text.split()[2].rstrip(":")
    (states,) = said(explain(root, name), "states")
    entered = next(each.text for each in states.children if each.what == "expectancy")
    assert "the trade counts in windows 24h, 7d, 30d, all under overall, symbols/BTCUSDT" in entered


@pytest.mark.parametrize("state", [state.name for state in STATES])
def test_every_state_can_be_explained_from_its_file(root, state):
    tree = explain(root, f"{state}.n")
    assert tree.data == document(root, next(each.spec.file for each in STATES if each.name == state))["n"]
    json.dumps(plain(tree))


def test_a_value_on_a_data_root_that_was_never_refreshed_is_built_from_the_journals(root, tmp_path):
    (tmp_path / "raw").symlink_to(root / "raw")
    tree = explain(tmp_path, "expectancy.windows.all.overall.net_usd")
    assert tree.data == document(root, "expectancy_v6.json")["windows"][-1]["overall"]["net_usd"]
    assert said(tree, "behind it")[0].children
    assert list(tmp_path.iterdir()) == [tmp_path / "raw"]
    with pytest.raises(HedgeError, match=r"there is no health\.json, and the journals alone do not give it"):
        explain(tmp_path, "health.n")


def test_what_is_nowhere_is_told_what_was_looked_through(root):
    with pytest.raises(HedgeError, match=r"'nope' is nowhere: looked for it in ticks 1\.\.\d+ in \d segments; orders 1\.\.") as caught:
        explain(root, "nope")
    assert "\n" not in str(caught.value)
    with pytest.raises(HedgeError, match="there is no orders#99999999: the journal has orders 1"):
        explain(root, "orders#99999999")


ROUTED = Policy(router=RouterPolicy(offset_bps=1.5), version="autotune-7")


def steered(root):
    changed = PolicyChanged(
        T0 + 1, suggestion="router", symbol="BTCUSDT", before=Policy(), after=ROUTED, version="autotune-7",
        reason="offset 2 asked, 1.5 by max_offset_step_bps", rule="quote_wider", n=40,
        expected_bps=0.8, expected_low_bps=0.1, expected_high_bps=1.5,
    )  # fmt: skip
    refused = SuggestionRefused(T0 + 2, suggestion="router", version="autotune-7", symbol="ETHUSDT", reason="below sample")
    asked = [
        intent(T0 + SECOND),
        decision(T0 + SECOND, policy=ROUTED),
        submit(T0 + SECOND, "venue-name-1"),
        ack(T0 + SECOND, "venue-name-1"),
    ]
    write(root, [boot(T0, time="wall"), quote(T0), changed, refused, *asked, fill(T0 + 2 * SECOND, "venue-name-1")])
    write(root, [account(T0 + 3 * SECOND), heartbeat(T0 + 3 * SECOND)])


def test_a_suggestion_in_force_leads_from_the_order_to_its_change_and_back(tmp_path):
    steered(tmp_path)
    (policy,) = said(explain(tmp_path, "i1"), "policy")
    changed = next(each for each in policy.children if each.what == "changed")
    assert (changed.at, "1.5 by max_offset_step_bps" in changed.text, "n 40" in changed.text) == ("orders#2", True, True)
    assert any("is not known any more" in each.text for each in policy.children if each.what == "made by")
    tree = explain(tmp_path, "autotune-7")
    assert tree.text == "suggestion autotune-7: 1 changes of policy, 1 refusals, 1 decisions"
    assert "hedge explain i1" in said(tree, "steered")[0].children[0].text


def test_a_version_that_only_a_file_or_the_record_of_runs_has_is_known(tmp_path):
    steered(tmp_path)
    refresh(Place(root=tmp_path), STATES, NAMES, clock=FixedClock(T0 + 4 * SECOND), flags=FLAGS)
    path = tmp_path / "state/router_policy_suggestions_v6.json"
    version = json.loads(path.read_text())["version"]
    (made,) = said(explain(tmp_path, version), "made by")
    assert (made.at, "raw/orders 1..8" in made.text, "still in its file" in made.text) == ("tables/runs.jsonl", True, True)
    runs = tmp_path / "tables/runs.jsonl"
    kept = runs.read_bytes()
    runs.unlink()
    (made,) = said(explain(tmp_path, version), "made by")
    assert (made.at, "raw/orders 1..8" in made.text) == ("state/router_policy_suggestions_v6.json", True)
    runs.write_bytes(kept)
    path.unlink()
    (made,) = said(explain(tmp_path, version), "made by")
    assert (made.at, "has been replaced since" in made.text) == ("tables/runs.jsonl", True)


def test_an_order_whose_name_does_not_hold_its_intents_is_followed_all_the_same(tmp_path):
    steered(tmp_path)
    tree = explain(tmp_path, "o-venue-name-1")
    assert [each.what for each in tree.children if each.at and each.what in ("submit", "ack", "fill")] == ["submit", "ack", "fill"]


def test_a_veto_sends_nothing_and_says_by_which_rule(tmp_path):
    checks = (RuleCheck("whitelist", "pass"), RuleCheck("burst", "pass", 1.0, 10.0), RuleCheck("cooldown", "veto", 5.0, 60.0))
    write(tmp_path, [boot(T0, time="wall"), quote(T0), intent(T0), decision(T0, verdict=vetoed(checks=checks)), heartbeat(T0)])
    tree = explain(tmp_path, "i1")
    assert tree.text.endswith("v5 vetoed it by cooldown (5, limit 60)")
    assert [each.text.split() for each in said(tree, "risk")[0].children] == [
        ["pass", "whitelist"],
        ["pass", "burst", "1", "(limit", "10)"],
        ["veto", "cooldown", "5", "(limit", "60)"],
    ]
    assert said(tree, "orders")[0].text == "none was sent"
    assert not said(tree, "trade")


def test_a_fallback_says_what_it_cost_beyond_taking_at_once(tmp_path):
    decided = decision(T0)
    sent = [submit(T0, "h-i1-1", step="fallback"), fill(T0 + SECOND, "h-i1-1", price="50100")]
    write(tmp_path, [boot(T0, time="wall"), quote(T0), intent(T0), decided, *sent, heartbeat(T0 + SECOND)])
    cost_bps = (50_100 - decided.slice.ask) / decided.slice.mid * 1e4
    (judged,) = said(explain(tmp_path, "i1"), "judged")
    assert f"{cost_bps:+.2f} bps beyond taking at once" in judged.text


def test_a_boot_record_that_was_pruned_is_told_from_one_of_another_version(tmp_path):
    write(tmp_path, [quote(T0), intent(T0), decision(T0), heartbeat(T0)])
    assert "names the limits is not in the journal" in said(explain(tmp_path, "i1"), "size")[0].text
    write(tmp_path, [boot(T0, time="wall", settings={"limits": 3}), intent(T0, "i2"), decision(T0, "i2"), heartbeat(T0)])
    assert "settings are of another version" in said(explain(tmp_path, "i2"), "size")[0].text


def test_rules_that_do_not_apply_share_a_line(tmp_path):
    checks = (RuleCheck("min_qty", "pass", 2.0, 1.0), RuleCheck("halted", "exempt"), RuleCheck("burst", "exempt"))
    write(tmp_path, [boot(T0, time="wall"), quote(T0), intent(T0), decision(T0, verdict=approved(checks=checks)), heartbeat(T0)])
    (risk,) = said(explain(tmp_path, "i1"), "risk")
    assert [each.text for each in risk.children][1:] == ["exempt halted, burst (2 rules)"]
    assert [each["rule"] for each in risk.children[1].data] == ["halted", "burst"]


def test_a_fill_that_comes_after_the_end_is_told_and_another_intents_like_name_is_not(tmp_path):
    late = Ended(
        T0 + SECOND, intent_id="i1", symbol="BTCUSDT", filled_qty=Decimal(0), unfilled_qty=Decimal("0.1"), reason="unknown is dead"
    )
    before = [boot(T0, time="wall"), quote(T0), intent(T0), decision(T0), submit(T0, "h-i1-1"), intent(T0, "i12"), decision(T0, "i12")]
    write(tmp_path, [*before, submit(T0, "h-i12-1", "i12"), late, fill(T0 + 2 * SECOND, "h-i1-1"), heartbeat(T0 + 2 * SECOND)])
    for word in ("i1", "h-i1-1"):
        tree = explain(tmp_path, word)
        assert [each.at for each in tree.children if each.what in ("intent", "submit", "ended", "fill")] == [
            "orders#2",
            "orders#4",
            "orders#8",
            "orders#9",
        ]


def test_a_version_suggested_again_later_is_told_from_the_refresh_that_was_followed(tmp_path):
    write(tmp_path, [boot(T0, time="wall"), quote(T0), account(T0), heartbeat(T0)])
    place = Place(root=tmp_path)
    refresh(place, STATES, NAMES, clock=FixedClock(T0 + SECOND), flags=FLAGS)
    path = tmp_path / "state/router_policy_suggestions_v6.json"
    version = json.loads(path.read_text())["version"]
    routed = Policy(router=RouterPolicy(offset_bps=1.5), version=version)
    put = PolicyChanged(T0 + SECOND, suggestion="router", symbol="BTCUSDT", before=Policy(), after=routed, version=version, reason="r")
    write(tmp_path, [put, intent(T0 + SECOND), decision(T0 + SECOND, policy=routed), account(T0 + SECOND), heartbeat(T0 + SECOND)])
    refresh(place, STATES, NAMES, clock=FixedClock(T0 + 9 * SECOND), flags=FLAGS)
    assert json.loads(path.read_text())["version"] == version
    (policy,) = said(explain(tmp_path, "i1"), "policy")
    (made,) = [each for each in policy.children if each.what == "made by"]
    assert ("raw/orders 1..1," in made.text, made.ts_us) == (True, T0 + SECOND)
    (tmp_path / "tables/runs.jsonl").unlink()
    (policy,) = said(explain(tmp_path, "i1"), "policy")
    assert "made again since it was taken" in next(each.text for each in policy.children if each.what == "made by")


@pytest.mark.parametrize("content", ["{}", '{"n":1,"inputs":3}', "[]", "", '{"inputs":[{}]}'])
def test_what_lies_unsound_under_a_files_name_is_said_and_the_journals_asked(root, tmp_path, content):
    (tmp_path / "raw").symlink_to(root / "raw")
    (tmp_path / "state").mkdir()
    for file in ("nav.json", "health.json"):
        (tmp_path / "state" / file).write_text(content)
    tree = explain(tmp_path, "nav.nav_usd")
    assert "nav.json is not sound (" in said(tree, "document")[0].text
    with pytest.raises(HedgeError, match=r"^health\.json is not sound \(.*it tells of the machine"):
        explain(tmp_path, "health.n")


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_every_field_of_every_file_is_explained_with_what_is_behind_it_in_words_that_fit(root, state):
    for field in document(root, state.spec.file):
        tree = explain(root, f"{state.name}.{field}")
        text = page(tree)
        assert said(tree, "behind it"), field
        assert ("which no journal keeps" in text) == (not state.is_rebuildable)
        assert ("(ts_us=" in text, max(len(line) for line in text.split("\n")) <= WIDTH) == (False, True)


def test_a_record_of_no_intent_stands_alone(tmp_path):
    write(tmp_path, [boot(T0), fill(T0, "by-hand")])
    assert explain(tmp_path, "by-hand").text == "orders#2 belongs to no intent of ours"
