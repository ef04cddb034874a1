"""Shapes that functions of arrays document, checked where a call comes in: NumPy would broadcast what does not fit."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError

Kind = Literal["numbers", "yes or no", "whole numbers"]
_DTYPES: dict[str, str] = {"numbers": "fiub", "yes or no": "b", "whole numbers": "iu"}  # kinds of NumPy
_ANY = "..."


class Shapes:
    """Shapes of the arrays of one call: an axis has one size wherever its name stands.

    Parameters
    ----------
    sizes
        Sizes of axes that are known before, by name.

    Examples
    --------
    >>> shapes = Shapes()
    >>> X = shapes.check("X", [[1.0, 2.0], [3.0, 4.0]], "n d")
    >>> shapes.check("Y", [[1.0, 2.0]], "n e")
    Traceback (most recent call last):
    ipml.errors.InputError: Y: shape (1, 2); needed: (n, e), n=2 as in X
    """

    def __init__(self, **sizes: int) -> None:
        self._sizes: dict[str, tuple[Any, str]] = {axis: (size, "") for axis, size in sizes.items()}

    def check(
        self,
        name: str,
        value: npt.ArrayLike,
        pattern: str,
        kind: Kind = "numbers",
        *,
        finite: bool = True,
        empty: bool = False,
    ) -> npt.NDArray[Any]:
        """Return a value as an array of its own dtype, once its shape is that of the pattern.

        Parameters
        ----------
        name
            Of the argument, for messages.
        value
            Array, nested lists or a table of numbers.
        pattern
            Names of the axes, as ``n d``, with ``...`` in front where any further axes may stand before.
        kind
            ``numbers`` (real ones), ``yes or no`` (0 and 1 in place of booleans become such) or ``whole numbers``.
        finite
            Refuse NaN and infinity.
        empty
            Allow axes of size 0.

        Raises
        ------
        InputError
            For another shape, an axis of another size than before, or entries of another kind.
        """
        axes = pattern.split()
        needed = f"({', '.join(axes)}{',' * (len(axes) == 1)})"
        array = self._array(name, value, needed, kind)
        found = list(array.shape)
        if axes[:1] == [_ANY] and len(found) >= len(axes) - 1:
            leading = len(found) - len(axes) + 1
            found[:leading] = [tuple(found[:leading])]
        if len(found) != len(axes):
            raise InputError(f"{name}: shape {array.shape}; needed: {needed}")
        for axis, size in zip(axes, found, strict=True):
            known, where = self._sizes.setdefault(axis, (size, name))
            if size != known:
                other = f" as in {where}" if where else ""
                raise InputError(f"{name}: shape {array.shape}; needed: {needed}, {axis}={known}{other}")
        if not array.size and not empty:
            raise InputError(f"{name}: shape {array.shape}, which is empty; needed: {needed}")
        if finite and array.dtype.kind == "f" and not np.isfinite(array).all():
            place = tuple(int(at) for at in np.argwhere(~np.isfinite(array))[0])
            raise InputError(
                f"{name}: {array[place]} at {list(place)}; needed: finite numbers, shape {needed}"
            )
        return array

    @staticmethod
    def _array(name: str, value: Any, needed: str, kind: Kind) -> npt.NDArray[Any]:
        if isinstance(value, np.ma.MaskedArray):  # its hidden entries would count
            raise InputError(f"{name}: a masked array; needed: {kind}, shape {needed}, nothing hidden")
        try:
            array = np.asarray(value)
        except ValueError as error:  # rows of several lengths
            raise InputError(f"{name}: {error}; needed: {kind}, shape {needed}") from error
        if kind == "yes or no" and array.dtype.kind in "fiu" and np.isin(array, (0, 1)).all():
            array = array.astype(bool)
        if array.dtype.kind not in _DTYPES[kind]:
            raise InputError(f"{name}: shape {array.shape} of {array.dtype}; needed: {kind}, shape {needed}")
        return array
