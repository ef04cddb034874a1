"""What is wrong with a class of one's own is a line that names the key of the configuration."""

import pytest
import torch

from ipml.errors import InputError
from ipml.targets import check_targets, make


class Own:
    """Takes a number above 0."""

    def __init__(self, size, /, share, *, power=1):
        if share <= 0:
            raise ValueError("share must be above 0\nin truth")
        self.size, self.share, self.power = size, share, power


HERE = f"{__name__}.Own"


def test_an_object_is_made_with_what_it_is_given():
    made = make("model.own", {"_target_": HERE, "_partial_": True, "share": 2}, 3)
    assert (made.size, made.share, made.power) == (3, 2, 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"share": -1}, f"model.own._target_={HERE}: share must be above 0"),
        ({}, f"model.own._target_={HERE}: Own.__init__() missing 1 required positional argument: 'share'"),
    ],
)
def test_what_a_class_refuses_is_one_line_with_the_key(settings, message):
    with pytest.raises(InputError) as caught:
        make("model.own", {"_target_": HERE, "_partial_": True, **settings}, 3)
    assert str(caught.value) == message
    with pytest.raises(InputError, match=r"^a\._target_=torch\.optim\.Adam: Invalid learning rate: -1$"):
        make("a", {"_target_": "torch.optim.Adam", "_partial_": True, "lr": -1}, [torch.zeros(1)])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"_target_": HERE, "size": 1},
            f"a.0.size: {HERE} takes no such argument; its arguments: share, power",
        ),
        (
            {"_target_": HERE, "own": 1},
            f"a.0.own: {HERE} takes no such argument; its arguments: share, power",
        ),
        ({"_target_": "nothing.Here"}, "a.0._target_=nothing.Here: No module named 'nothing'"),
        (
            {"_target_": "torch.optim.Adm"},
            "a.0._target_=torch.optim.Adm: module 'torch.optim' has no attribute 'Adm'",
        ),
    ],
)
def test_a_class_that_there_is_not_and_an_argument_too_many_are_found_before_anything_is_made(
    settings, message
):
    check_targets({"_target_": "builtins.dict", "further": 1})
    check_targets({"a": {"0": {"_target_": HERE, "share": 1, "_partial_": True}}, "b": [1, {"c": None}]})
    with pytest.raises(InputError) as caught:
        check_targets({"a": {"0": settings}})
    assert str(caught.value) == message
