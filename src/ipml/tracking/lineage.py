"""What a result was made from: corpus, vectors, tokenizers and model versions, by name.

A lineage is a flat table, for example ``{"corpus": "3f…", "embeddings-ja": "9a…", "alignment-ja-en": "2"}``.
Two results belong together only if no name has two values.
"""

from collections.abc import Mapping

from ipml.errors import LineageError

TAG_PREFIX = "lineage."


class Lineage(dict[str, str]):
    """Names and versions of everything a result was made from."""

    def merge(self, other: Mapping[str, str], mine: str, theirs: str) -> "Lineage":
        """Join two lineages.

        Parameters
        ----------
        other
            The lineage to join.
        mine, theirs
            What the two belong to, for the message.

        Raises
        ------
        LineageError
            If a name has two values; the message names both.
        """
        for name in sorted(self.keys() & other.keys()):
            if self[name] != other[name]:
                raise LineageError(
                    f"{mine} was made with {name} {self[name]} but {theirs} with {name} {other[name]}; "
                    "they cannot be compared: train or promote them together"
                )
        return Lineage({**self, **other})

    def as_tags(self) -> dict[str, str]:
        """MLflow tags that `from_tags` reads back."""
        return {f"{TAG_PREFIX}{name}": value for name, value in self.items()}

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> "Lineage":
        """Read the lineage out of a run's tags."""
        return cls({k.removeprefix(TAG_PREFIX): v for k, v in tags.items() if k.startswith(TAG_PREFIX)})
