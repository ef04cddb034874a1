"""The corpus that is meant and the corpus of the champions, on models that were registered as the stages do it."""

import pytest

from ipml.errors import LineageError
from ipml.evaluation.corpus_check import check_corpus
from ipml.settings.namespace import default_namespace

WANTED = [("JP", "established")]


def check(registry, *overrides):
    settings, workspace = registry.settings(*overrides), registry.workspace(*overrides)
    found = registry.read_groups("countries=[JP]", "firm_types=[established]", *overrides)
    check_corpus(workspace, settings.data, found, WANTED, settings.inputs.alias)


def register(registry, namespace, corpus_hash=None):
    """Register a mapping that is champion and challenger."""
    registry.add_country("JP", ["established"], corpus_hash, namespace=namespace)


def test_champions_of_another_corpus_than_the_newest_models_are_refused(registry):
    register(registry, "again")
    check(registry, "namespace=again")
    register(registry, "again", "another")
    workspace = registry.workspace("namespace=again")
    workspace.client.set_registered_model_alias("again.mapping-JP-established", "champion", "1")
    with pytest.raises(LineageError) as refused:
        check(registry, "namespace=again")
    assert (
        f"are of corpus {registry.corpus_hash}, the newest models of these groups of corpus another"
        in str(refused.value)
    )
    assert "`ipml promote" in str(refused.value)
    # It is what the command names, whatever was trained since.
    check(registry, "namespace=again", "data=corpus", f"data.root={registry.world}")


def test_champions_of_another_corpus_than_the_one_named_are_refused(registry):
    register(registry, "old", "before")
    named = ["namespace=old", "data=corpus", f"data.root={registry.world}"]
    with pytest.raises(LineageError) as refused:
        check(registry, *named)
    for part in (
        "are of corpus before, ",
        f"is corpus {registry.corpus_hash}; train again (data=corpus data.root=",
    ):
        assert part in str(refused.value)
    register(registry, "old")
    workspace = registry.workspace("namespace=old")
    workspace.client.set_registered_model_alias("old.mapping-JP-established", "champion", "1")
    with pytest.raises(LineageError, match=r"`ipml promote data=corpus data\.root=\S+ margin=null`"):
        check(registry, *named)


@pytest.mark.parametrize(
    ("root", "namespace"),
    [
        ("data/mine", "mine"),
        ("data/mine/", "mine"),
        ("x/../mine/.", "mine"),
        ("2024_11", "2024_11"),
        ("データ", "データ"),
        ("my firms", "my_firms-c9d919de"),
        ("my:firms", "my_firms-45c32ac7"),
        ("caf\u0065\u0301", "café"),
    ],
)
def test_the_namespace_of_a_corpus_is_the_name_of_its_folder(root, namespace):
    assert default_namespace("corpus", root) == namespace
    assert default_namespace("simulated", root) == ""


def test_no_two_names_get_one_namespace():
    names = ["a b", "a  b", "a_b", "a'b", "a@b", "-a_b", "x" * 80, "x" * 81, "..a"]
    assert len({default_namespace("corpus", f"data/{name}") for name in names}) == len(names)
