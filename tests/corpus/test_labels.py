import pandas as pd
import pytest

from ipml.corpus import write_corpus
from ipml.corpus.labels import exclusions_line, labelled_firms, log_exclusions
from ipml.errors import InputError


class Log:
    """Keeps what a run is told."""

    def __init__(self):
        self.metrics, self.tables = {}, {}

    def log_metrics(self, metrics):
        self.metrics |= metrics

    def log_table(self, name, frame):
        self.tables[name] = frame


def test_a_few_firms_are_named_and_all_are_counted():
    line = exclusions_line({"no page": [f"JP-{n}" for n in range(7)], "no label": ["A"], "nothing": []})
    assert line == "  firms left out: 7 (no page: JP-0, JP-1, JP-2, JP-3, JP-4, …), 1 (no label: A)"
    assert exclusions_line({"no page": []}) == "  firms left out: none"


def test_counts_and_firms_are_logged_by_reason():
    run = Log()
    log_exclusions(run, {"no page": ["B", "A"], "no label": []})
    assert run.metrics == {"left_out/no page": 2, "left_out/no label": 0}
    expected = pd.DataFrame({"reason": ["no page"] * 2, "firm_id": ["B", "A"]}, dtype="str")
    pd.testing.assert_frame_equal(run.tables["left_out"], expected)


def corpus_of(tmp_path, *labels):
    firms = [{"firm_id": f"JP-{n}", "country": "JP", "has_patent": label} for n, label in enumerate(labels)]
    return write_corpus(tmp_path / "c", {"firms": firms, "pages": [], "patents": []}, source="planted")


def test_firms_without_a_label_are_left_out(tmp_path):
    firms, exclusions = labelled_firms(corpus_of(tmp_path, True, None, False), "JP")
    assert firms["has_patent"].tolist() == [True, False]
    assert exclusions == {"has_patent unknown": ["JP-1"]}


@pytest.mark.parametrize(
    ("labels", "country", "said"),
    [
        ((True, False), "CN", "country=CN: no firm of this country in "),
        (
            (None, None),
            "JP",
            "country=JP: has_patent is unknown for all 2 firms in .*; needed: some true and",
        ),
        ((True, None, True), "JP", "has_patent is true for all 2 firms where it is known"),
        ((False,), "JP", "has_patent is false for all 1 firms where it is known"),
    ],
)
def test_labels_of_one_kind_teach_nothing(tmp_path, labels, country, said):
    with pytest.raises(InputError, match=said) as caught:
        labelled_firms(corpus_of(tmp_path, *labels), country)
    assert "\n" not in str(caught.value)
