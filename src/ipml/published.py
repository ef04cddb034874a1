"""Published figures, cited from Motohashi, RIETI BBL, 2025-07-02, to stand beside our own.

They lie in ``experiments/published`` of a checkout, or in ``published_tables`` of an installed package.
"""

from pathlib import Path

import pandas as pd

from ipml.errors import choice_error

TABLES = ("firms", "page_attention", "keywords", "alignment", "mapping", "ip_diff")
LABEL = "published (other data)"


def published_directory() -> Path:
    """Return the folder with the published tables."""
    package = Path(__file__).resolve().parent
    installed = package / "published_tables"
    return installed if installed.is_dir() else package.parents[1] / "experiments" / "published"


def published_table(name: str) -> pd.DataFrame:
    """Read a published table; `InputError` for a name that is not in ``TABLES``."""
    if name not in TABLES:
        raise choice_error("published table", name, TABLES)
    return pd.read_csv(published_directory() / f"{name}.csv")


def published_pages_kept() -> tuple[int, int]:
    """Pages with attention, and all pages, of the one firm that the source shows."""
    weights = published_table("page_attention")["weight"]
    return int((weights > 0).sum()), len(weights)


def published_angles() -> dict[str, tuple[float, float]]:
    """Published angles by the label of the comparison, as ``JP-US established``.

    Returns
    -------
    For each comparison the mean and the standard deviation over industries, in degrees. The direction is
    not stated in the source.
    """
    angles = {}
    for row in published_table("ip_diff").to_dict("records"):
        if row["kind"] == "country_established":
            label = f"{row['group']} established"
        else:
            label = f"{row['group']} high_growth-established"
        angles[label] = (float(row["mean_degrees"]), float(row["sd_degrees"]))
    return angles


def published_accuracies() -> dict[str, tuple[float, int]]:
    """Published test accuracy and number of test firms of each mapping, by group as ``JP established``."""
    return {
        f"{row['country']} {row['firm_type']}": (float(row["test_accuracy"]), int(row["test_firms"]))
        for row in published_table("mapping").to_dict("records")
    }
