"""Which stages run and why, without running any."""

import pytest

from ipml.study.decisions import Fingerprint, decide
from ipml.study.graph import Stage
from ipml.study.results import StageRecord, StageResult

PARTS = Fingerprint("settings", "data", "code")


class Finished:
    """A study of which every stage has finished, in order; ``made`` says which name each stage writes."""

    def __init__(self, needs, made):
        self.stages = [Stage("command", (), label, label, {}, tuple(of)) for label, of in needs.items()]
        self.fingerprints = {label: PARTS for label in needs}
        self.records = {}
        for label, of in needs.items():
            given = (
                StageResult(f"run of {label}", f"run of {label}", "stage", made[label])
                if made.get(label)
                else StageResult(label)
            )
            results = {need: self.records[need].result.key for need in of}
            self.records[label] = StageRecord("settings", "data", "code", results, given, 1.0)
        self.newest = {made[label]: label for label in needs if made.get(label)}  # the last of a name stays

    def decide(self, **options):
        return decide(self.stages, self.records, self.fingerprints, self.newest.values(), **options)


@pytest.fixture
def chain():
    """Words make vectors, vectors two maps; promote makes no run, evaluate reads what it promoted."""
    needs = {"words": [], "vectors": ["words"], "map-a": ["vectors"], "map-b": ["vectors"]}
    needs |= {"promote": ["map-a", "map-b"], "evaluate": ["promote"]}
    return Finished(needs, {label: label for label in needs if label != "promote"})


@pytest.fixture
def coming_back():
    """Two choices of the vectors after each other, each with its map, and a curve over both."""
    needs = {
        "vectors": [],
        "map": ["vectors"],
        "vectors 2": ["map"],
        "map 2": ["vectors 2"],
        "curve": ["map 2"],
    }
    return Finished(needs, {label: label.split()[0] for label in needs})


def test_nothing_changed(chain):
    assert chain.decide() == {}
    assert chain.decide(last="evaluate") == {"evaluate": "prints the study's result"}


@pytest.mark.parametrize(
    ("part", "reason"), [("settings", "config changed"), ("data", "input changed"), ("code", "code changed")]
)
def test_a_change_runs_the_stage_and_all_that_stand_on_it(chain, part, reason):
    chain.fingerprints["map-a"] = Fingerprint(**{**vars(PARTS), part: "another"})
    assert chain.decide() == {"map-a": reason, "promote": "input changed", "evaluate": "input changed"}


def test_what_never_finished_runs(chain):
    del chain.records["map-b"], chain.newest["map-b"]
    assert chain.decide()["map-b"] == "never run"
    assert "map-a" not in chain.decide()


def test_a_stage_made_from_another_result_than_is_there_now_runs(chain):
    """As after a kill between the second finish of vectors and that of a map."""
    again = StageRecord(
        "settings",
        "data",
        "code",
        {"words": "run of words"},
        StageResult("r2", "r2", "stage", "vectors"),
        1.0,
    )
    chain.records["vectors"] = again
    assert set(chain.decide()) == {"map-a", "map-b", "promote", "evaluate"}


def test_what_is_asked_for_runs(chain):
    assert chain.decide(asked={"map-a"})["map-a"] == "asked for by from"
    both = chain.decide(asked={"vectors", "map-a"}, last="evaluate")
    assert both["map-a"] == "asked for by from"  # also where what it needs runs
    assert both["evaluate"] == "prints the study's result"


def test_a_result_that_something_newer_has_replaced_is_made_again_before_it_is_read(chain):
    del chain.newest["vectors"]  # another command has made vectors since
    assert chain.decide() == {}
    chain.fingerprints["map-a"] = Fingerprint("another", "data", "code")
    reasons = chain.decide()
    assert reasons["vectors"] == "a newer result has taken its place"
    assert reasons["map-b"] == "input changed"
    assert "words" not in reasons


def test_what_evaluation_reads_is_looked_at_through_promotion(chain):
    del chain.newest["map-b"]
    reasons = chain.decide(last="evaluate")
    assert reasons["map-b"] == "a newer result has taken its place"
    assert reasons["promote"] == "input changed"


def test_a_study_that_comes_back_to_a_stage_is_kept_as_a_whole(coming_back):
    assert coming_back.decide(last="curve") == {"curve": "prints the study's result"}


def test_the_first_of_two_choices_is_made_again_before_what_reads_it(coming_back):
    coming_back.fingerprints["map"] = Fingerprint("another", "data", "code")
    reasons = coming_back.decide(last="curve")
    assert reasons["vectors"] == "a newer result has taken its place"
    assert set(reasons) == {"vectors", "map", "vectors 2", "map 2", "curve"}


def test_the_last_choice_can_change_alone(coming_back):
    coming_back.fingerprints["map 2"] = Fingerprint("another", "data", "code")
    assert set(coming_back.decide()) == {"map 2", "curve"}
