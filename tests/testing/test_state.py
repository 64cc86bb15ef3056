"""States at rest: the file, its journal, its secrets; the graph; the deployment format."""

from __future__ import annotations

import json
import math
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.testing import ResourceState, Secret, Stack, StateFileError
from pulumi_daily.testing._file import StateFile
from pulumi_daily.testing._format import Hidden, Shown, deployment, relink, secrets_provider, states_of
from pulumi_daily.testing._state import Graph, Record, make_urn, urn_name, urn_qualified_type, urn_type
from pulumi_daily.testing._wire import equal

CANARY = "canary-7f3a"


def state(name: str, *needs: str, **values) -> ResourceState:
    return ResourceState(urn=urn(name), type="toy:index:T", dependencies=[urn(n) for n in needs], **values)


def urn(name: str) -> str:
    return make_urn("p", "s", "", "toy:index:T", name)


def names(states):
    return [s.name for s in states]


# --- the file -----------------------------------------------------------------------------------------------------


def test_what_is_saved_is_what_is_loaded(tmp_path):
    states = [
        state("a", id="1", inputs={"n": 1.0, "pw": Secret(CANARY)}, outputs={"o": {"in": Secret([CANARY])}}),
        state("b", "a", protect=True, delete=True, property_dependencies={"n": [urn("a")]}),
    ]
    StateFile(tmp_path / "s.json").save(states)
    loaded = StateFile(tmp_path / "s.json").load()
    assert [s.__dict__ for s in loaded] == [s.__dict__ for s in states]


def test_every_file_is_for_its_owner_alone(tmp_path):
    """Also one that was open to others before: it is made anew."""
    for name in ("s.json", "s.json.journal", "s.json.tmp"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o666)
    file = StateFile(tmp_path / "s.json")
    file.begin([])
    file.put(0, state("a", inputs={"pw": Secret(CANARY)}))
    found = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    assert found == {"s.json": 0o600, "s.json.journal": 0o600}
    file.save([])
    assert [p.name for p in tmp_path.iterdir()] == ["s.json"]


NO_FLOAT = {"4dabf18193072939515e22adb298388d": "8ad145fe-0d11-4827-bfd7-1abcbf086f5c", "value": "00"}
CUT = {"deployment": {"resources": [{"urn": urn("a"), "type": "t", "inputs": {"number": NO_FLOAT}}]}}


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"deployment": {"resources": [{}]}}', json.dumps(CUT)])
def test_what_is_no_deployment_is_refused(tmp_path, text):
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(StateFileError):
        StateFile(tmp_path / "s.json").load()


@pytest.mark.parametrize("ciphertext", ["v1:abc", "[secret]"])
def test_a_state_without_secret_values_is_refused_with_what_to_do(ciphertext):
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": ciphertext}
    resource = {"urn": urn("a"), "type": "t", "inputs": {"pw": secret}}
    with pytest.raises(StateFileError, match=r"show_secrets=True.*--show-secrets"):
        Stack(lambda: None, state={"deployment": {"resources": [resource]}})


# --- the journal --------------------------------------------------------------------------------------------------

STEPS = st.lists(st.sampled_from(["add", "done-new", "done-base", "touch"]), max_size=12)


@given(STEPS, st.integers(0, 3))
def test_a_crash_loses_nothing(tmp_path_factory, steps, base_size):
    path = tmp_path_factory.mktemp("state") / "s.json"
    base = [state(f"base{i}", id=str(i)) for i in range(base_size)]
    file = StateFile(path)
    record = Record(base, journal=file)
    added = []
    for i, step in enumerate(steps):
        if step == "add":
            added.append(state(f"new{i}", id="x"))
            record.add(added[-1])
        elif step == "done-new" and added:
            record.done(added.pop(0))
        elif step == "done-base" and base:
            record.done(base.pop())
        elif step == "touch" and (base or added):
            (base or added)[0].delete = True
            record.touch((base or added)[0])
    file.close()  # and no save: the process is gone
    assert [s.__dict__ for s in StateFile(path).load()] == [s.__dict__ for s in record.states()]


def test_half_a_line_is_the_one_that_was_being_written(tmp_path):
    path = tmp_path / "s.json"
    file = StateFile(path)
    record = Record([], journal=file)
    record.add(state("a"))
    record.add(state("b"))
    file.close()
    journal = tmp_path / "s.json.journal"
    journal.write_text(journal.read_text()[:-20])
    assert names(StateFile(path).load()) == ["a"]


def test_a_journal_whose_end_is_in_the_file_is_not_replayed(tmp_path):
    path = tmp_path / "s.json"
    file = StateFile(path)
    record = Record([], journal=file)
    record.add(state("a"))
    journal = (tmp_path / "s.json.journal").read_text()
    file.save(record.states())
    (tmp_path / "s.json.journal").write_text(journal)  # as if it had died before it could remove it
    assert names(StateFile(path).load()) == ["a"]


def test_a_preview_keeps_no_record(tmp_path):
    record = Record([state("a")], live=False, journal=StateFile(tmp_path / "s.json"))
    record.add(state("b"))
    record.done(state("a"))
    assert names(record.states()) == ["a"]
    assert not (tmp_path / "s.json").exists()


# --- the deployment format ----------------------------------------------------------------------------------------


def test_an_export_marks_and_hides_secrets():
    states = [state("a", inputs={"pw": Secret(CANARY)})]
    hidden = deployment(states, Hidden())
    assert CANARY not in json.dumps(hidden)
    assert hidden["deployment"]["resources"][0]["inputs"]["pw"]["ciphertext"] == "[secret]"
    shown = deployment(states, Shown())
    assert states_of(shown, Hidden())[0].inputs == {"pw": Secret(CANARY)}


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), 1e308, -0.5])
def test_every_number_survives_an_export_that_is_json(number):
    text = json.dumps(deployment([state("a", outputs={"n": [number]})], Shown()), allow_nan=False)
    assert states_of(json.loads(text), Hidden())[0].outputs == {"n": [number]}


def test_not_a_number_is_exported_as_the_cli_does():
    exported = deployment([state("a", outputs={"n": float("nan")})], Shown())
    [resource] = exported["deployment"]["resources"]
    assert resource["outputs"]["n"]["value"] == "7ff8000000000000"
    assert math.isnan(states_of(exported, Hidden())[0].outputs["n"])


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (None, {"type": "passphrase"}),
        ("encryptionsalt: v1:abc\n", {"type": "passphrase", "state": {"salt": "v1:abc"}}),
        (
            "secretsprovider: awskms://key\nencryptedkey: k\n",
            {"type": "cloud", "state": {"url": "awskms://key", "encryptedkey": "k"}},
        ),
    ],
)
def test_an_export_names_the_secrets_provider_of_the_stack_file(tmp_path, file, said):
    if file is not None:
        (tmp_path / "Pulumi.dev.yaml").write_text(file)
    found = secrets_provider(tmp_path, "dev")
    assert found == {**found, **said}
    assert found["state"]


def test_removed_resources_leave_no_reference_behind():
    gone = state("gone")
    child = state("child", parent=urn("gone"))
    user = state("user", "gone", "child", property_dependencies={"a": [urn("gone")], "b": [urn("child")]})
    user.deleted_with = gone.urn
    child, user = relink([child, user])
    assert child.parent == ""
    assert user.dependencies == [urn("child")]
    assert user.property_dependencies == {"b": [urn("child")]}
    assert user.deleted_with == ""


# --- names --------------------------------------------------------------------------------------------------------


def test_the_types_of_parents_are_part_of_a_name_but_not_the_stacks():
    stack = make_urn("p", "s", "", "pulumi:pulumi:Stack", "p-s")
    group = make_urn("p", "s", stack, "toy:index:Group", "g")
    thing = make_urn("p", "s", group, "toy:index:Thing", "a::b")
    assert group == "urn:pulumi:s::p::toy:index:Group::g"
    assert thing == "urn:pulumi:s::p::toy:index:Group$toy:index:Thing::a::b"
    assert (urn_name(thing), urn_type(thing)) == ("a::b", "toy:index:Thing")
    assert urn_qualified_type(thing) == "toy:index:Group$toy:index:Thing"


# --- the graph ----------------------------------------------------------------------------------------------------


@given(st.lists(st.sets(st.integers(0, 30), max_size=3), max_size=20), st.data())
def test_nothing_is_deleted_before_what_depends_on_it(edges, data):
    states = []
    for i, needs in enumerate(edges):
        states.append(state(str(i), *(str(n % i) for n in needs if i)))
    doomed = [s for s in states if data.draw(st.booleans())]
    groups = Graph(states).deletion_order(doomed)
    assert sorted(names(s for g in groups for s in g)) == sorted(names(doomed))
    at = {s.urn: i for i, group in enumerate(groups) for s in group}
    for s in doomed:
        for needed in s.dependencies:
            assert at.get(needed, len(groups)) > at[s.urn]


def test_to_depend_on_a_component_is_to_depend_on_what_it_holds():
    group = state("g", custom=False)
    inside = state("in", parent=group.urn)
    deeper = state("deep", parent=inside.urn)
    user = state("u", "g")
    graph = Graph([group, inside, deeper, user])
    assert [names(g) for g in graph.deletion_order([group, inside, deeper, user])] == [
        ["u"],
        ["deep"],
        ["in"],
        ["g"],
    ]
    assert {"g", "in"} <= set(names(graph.needed_by(user)))


@given(st.lists(st.sets(st.integers(0, 30), max_size=3), min_size=1, max_size=20))
def test_dependents_are_found_directly_or_not(edges):
    states = []
    for i, needs in enumerate(edges):
        states.append(state(str(i), *(str(n % i) for n in needs if i)))
    wanted = {states[0].urn}
    for s in states[1:]:
        if wanted & set(s.dependencies):
            wanted.add(s.urn)
    found = Graph(states).depending_on(states[0], set())
    assert {s.urn for s in found} == wanted - {states[0].urn}
    assert names(found) == sorted(names(found), key=int)


def test_copies_share_nothing():
    original = state("a", inputs={"o": {"l": [1]}})
    twin = original.copy(id="new")
    twin.inputs["o"]["l"].append(2)
    twin.dependencies.append("x")
    assert equal(original.inputs, {"o": {"l": [1]}})
    assert original.dependencies == []
    assert (twin.id, original.id) == ("new", "")
