"""What a frozen encoder says of a page does not change: it is kept, so that later epochs and folds need not ask."""

from collections.abc import Callable

import torch
from torch import Tensor

Encode = Callable[[Tensor, Tensor], Tensor]


class HiddenStateCache:
    """Hidden states of pages, on the CPU, up to a limit.

    Pages beyond the limit are encoded each time: every epoch reads all pages, so that dropping old ones for new
    ones would drop each before it is read again.

    Parameters
    ----------
    limit
        Bytes of hidden states.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.used = 0
        self._states: dict[bytes, Tensor] = {}

    def __len__(self) -> int:
        """Count the pages that are kept."""
        return len(self._states)

    def hidden_states(self, ids: Tensor, mask: Tensor, pages_at_a_time: int, encode: Encode) -> Tensor:
        """Hidden state of each piece, page after page without padding, (sum of mask, d).

        Parameters
        ----------
        ids, mask
            Pieces of P pages, padded, (P, L); mask 1 for a piece.
        pages_at_a_time
            Pages that are encoded together.
        encode
            Makes the hidden states (p, l, d) of some pages.
        """
        keys = [row[kept].numpy().tobytes() for row, kept in zip(ids.cpu(), mask.cpu().bool(), strict=True)]
        unknown = torch.tensor([row for row, key in enumerate(keys) if key not in self._states])
        found: dict[bytes, Tensor] = {}
        for rows in unknown.split(pages_at_a_time) if len(unknown) else ():
            for row, states in zip(rows.tolist(), page_states(ids[rows], mask[rows], encode), strict=True):
                found[keys[row]] = states
                self._keep(keys[row], states)
        return torch.cat([found[key] if key in found else self._states[key].to(ids.device) for key in keys])

    def _keep(self, key: bytes, states: Tensor) -> None:
        size = states.numel() * states.element_size()
        if key not in self._states and self.used + size <= self.limit:
            self._states[key] = states.cpu()
            self.used += size


def page_states(ids: Tensor, mask: Tensor, encode: Encode) -> list[Tensor]:
    """Hidden states of the pieces of each page, (pieces, d), from padded pages (P, L)."""
    longest = int(mask.sum(1).max())
    ids, mask = ids[:, :longest], mask[:, :longest]
    return [states[kept] for states, kept in zip(encode(ids, mask), mask.bool(), strict=True)]
