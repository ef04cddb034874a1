"""Products of bytes, where the machine has them and they are exact."""

import torch

_LARGEST = 127


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
