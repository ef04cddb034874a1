"""Upper bounds on the cosines of all pairs of rows, from a product of small whole numbers.

A unit row x becomes step · c + e, c whole numbers of −127 to 127 and e the rest. By Cauchy and Schwarz

    x · y  ≤  step² · (c_x · c_y) + ‖step · c_x‖ ‖e_y‖ + ‖e_x‖,

and where a processor multiplies bytes the product costs a third of one in float32. What depends on y alone,
a penalty too, is written into further columns of its codes, so that the product is all of the bound but ‖e_x‖.

A rotation comes first: it changes no product, and afterwards the numbers of a row are of one size, so that
one step fits all rows and few numbers are cut off.
"""

import math
from dataclasses import dataclass

import torch

_LARGEST = 127
_CUT_AT = 4.5  # standard deviations of the numbers of a rotated unit row; a larger step would be coarser
_COLUMNS = 16  # a multiple of it: products of bytes are faster with whole registers
_ROUNDING = 1e-5  # more than float32 loses in all that is compared with a bound
_ROWS = 2**14
_SEED = 0  # of the rotation; no result depends on it


@dataclass(frozen=True)
class Bounds:
    """Codes of queries and targets: their product times ``unit`` plus ``shift`` is the bound.

    Attributes
    ----------
    queries, targets
        Shapes (n, c) and (m, c), int8.
    unit
        What 1 in the product stands for.
    shift
        To be added to a query's bounds, shape (n,).
    """

    queries: torch.Tensor
    targets: torch.Tensor
    unit: float
    shift: torch.Tensor

    def of(self, part: slice) -> "Bounds":
        """Those of some queries."""
        return Bounds(self.queries[part], self.targets, self.unit, self.shift[part])


def upper_bounds(X: torch.Tensor, Y: torch.Tensor, penalty: torch.Tensor) -> Bounds:
    """Codes whose product bounds x · y − penalty(y) from above, for all pairs of rows.

    Parameters
    ----------
    X, Y
        Rows of length 1 (or 0), shapes (n, e) and (m, e), float32.
    penalty
        Shape (m,).
    """
    e = X.shape[1]
    rotation = torch.linalg.qr(torch.randn(e, e, generator=torch.Generator().manual_seed(_SEED)))[0]
    step = min(_CUT_AT / math.sqrt(e), 1) / _LARGEST
    x_codes, x_rest = _encode(X, rotation.to(X.device), step)
    y_codes, y_rest = _encode(Y, rotation.to(Y.device), step)
    longest = 1 + float(x_rest.max())
    offset = longest * y_rest - penalty + _ROUNDING
    middle = float(offset.max() + offset.min()) / 2
    digits, weights = _digits(torch.ceil((offset - middle).double() / step**2).long())
    columns = -(-(e + len(weights)) // _COLUMNS) * _COLUMNS
    queries = X.new_zeros(len(X), columns, dtype=torch.int8)
    queries[:, :e] = x_codes
    queries[:, e : e + len(weights)] = weights
    targets = Y.new_zeros(len(Y), columns, dtype=torch.int8)
    targets[:, :e] = y_codes
    targets[:, e : e + len(weights)] = digits
    return Bounds(queries, targets, step**2, x_rest + middle)


def _encode(rows: torch.Tensor, rotation: torch.Tensor, step: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes (n, e) of the rotated rows, int8, and the length of what they leave, (n,)."""
    codes = torch.empty(rows.shape, dtype=torch.int8, device=rows.device)
    rest = rows.new_empty(len(rows))
    for start in range(0, len(rows), _ROWS):
        part = slice(start, start + _ROWS)
        rotated = rows[part] @ rotation
        whole = torch.round(rotated / step).clamp_(-_LARGEST, _LARGEST)
        codes[part] = whole.to(torch.int8)
        rest[part] = (rotated - step * whole).norm(dim=1)
    return codes, rest


def _digits(numbers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Columns (m, d) of −127 to 127 and weights (d,) with columns @ weights = the whole numbers (m,); int8."""
    high = torch.round(numbers / _LARGEST).long()
    columns = [numbers - _LARGEST * high]
    while bool((high != 0).any()):
        columns.append(high.clamp(-_LARGEST, _LARGEST))
        high = high - columns[-1]
    weights = torch.full((len(columns),), _LARGEST, dtype=torch.int8, device=numbers.device)
    weights[0] = 1
    return torch.stack(columns, dim=1).to(torch.int8), weights


def has_byte_products(device: torch.device, n_columns: int) -> bool:
    """Whether a trial of `byte_product` with the largest numbers is exact.

    Some processors without instructions for bytes add in 16 bits and cut the sums off. Graphics processors are
    not tried: they have a fast float32 product.

    Parameters
    ----------
    device
        Where the product is to be computed.
    n_columns
        Length of the rows.
    """
    if device.type != "cpu":
        return False
    rows = torch.full((32, n_columns), _LARGEST, dtype=torch.int8)
    expected = torch.full((32, 32), _LARGEST**2 * n_columns, dtype=torch.int32)
    out = torch.empty_like(expected)
    try:
        return all(torch.equal(byte_product(rows, sign * rows, out), sign * expected) for sign in (1, -1))
    except RuntimeError:
        return False


def byte_product(X: torch.Tensor, Y: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    """Write X Yᵀ of int8 rows (n, c) and (m, c) into the first n rows of ``out``, int32.

    One ``out`` serves for many products: new memory for each would cost as much time as the product.
    """
    return torch._int_mm(X, Y.T, out=out[: len(X)])
