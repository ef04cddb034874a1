"""The planted truth, saved beside the corpus so that every stage can be scored against it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load_file, save

from ipml.checksums import check_files, has_checksums, write_checksums
from ipml.errors import InputError
from ipml.files import read_json, write_json
from ipml.simulation.concepts import PRODUCT_PAGE
from ipml.simulation.content import Content, CountryTexts
from ipml.simulation.plan import WorldPlan, industry_names
from ipml.simulation.texts import PAGE_KINDS

SETTINGS_FILE = "settings.json"
_TABLES = ("angles", "words", "firms", "pages")
_TENSORS = "truth.safetensors"
WORLD_REMEDY = "delete the folder of the world, and it is simulated again"


@dataclass(frozen=True)
class Truth:
    """What was planted in a simulated world.

    Attributes
    ----------
    settings
        Settings of the world.
    groups
        (country, firm type) of the g groups, the first axis of the arrays below.
    industries
        Names, in the order of the arrays.
    conversion_matrices
        True A, shape (g, d, d).
    concordances
        M, shape (g, p, t): the products (rows) that a technology (column) becomes.
    product_centres, technology_centres
        C_p (d, p) and C_t (d, t), in the reference language's space: mean vector of the product words of one
        topic, and of patents wholly on one topic, general words included. C_t has full column rank:
        A = C_p M C_t^+.
    mean_technologies
        Mean technology mixture of a group in each industry, shape (g, industries, t).
    industry_shares
        Share of each industry among a group's firms, shape (g, industries).
    rotations
        By language: R (d, d), which takes a vector of the reference language's space to the language's, where the
        settings neither stretch nor bend it.
    angles
        True angles in degrees: ``country_1``, ``firm_type_1``, ``country_2``, ``firm_type_2``, ``industry``
        (also ``all`` and ``mean``), ``forward``, ``backward``, ``mean``.
    words
        ``language``, ``word``, ``concept``, ``topic``, ``probability`` within the topic, ``has_vector``; a word of two
        meanings has two rows.
    firms
        ``firm_id``, ``country``, ``firm_type``, ``industry``, ``has_patent``, ``patents_at`` (firm of its
        corporate group that holds the patents on what it invents), ``different`` (without patents, and sells
        products unlike those of firms with patents), the mixtures ``technologies`` and
        ``products``, and ``product_words`` with their ``counts`` on the firm's product pages.
    pages
        ``firm_id``, ``url``, ``kind`` (``product``, ``investor``, ``career``, ``privacy``, ``news``),
        ``n_words``, ``n_product_words``; rows as in the corpus.
    common_effects, own_effects
        What each industry makes more or less of beside A, as normal scores of the products: shapes (industries, p) and
        (g, industries, p). They are chance: drawn anew for each world, 0 on average, and not in the angles. None in a
        world of a version that drew none.
    """

    settings: dict[str, Any]
    groups: list[tuple[str, str]]
    industries: list[str]
    conversion_matrices: npt.NDArray[np.float64]
    concordances: npt.NDArray[np.float64]
    product_centres: npt.NDArray[np.float64]
    technology_centres: npt.NDArray[np.float64]
    mean_technologies: npt.NDArray[np.float64]
    industry_shares: npt.NDArray[np.float64]
    rotations: dict[str, npt.NDArray[np.float64]]
    angles: pd.DataFrame
    words: pd.DataFrame
    firms: pd.DataFrame
    pages: pd.DataFrame
    common_effects: npt.NDArray[np.float64] | None = None
    own_effects: npt.NDArray[np.float64] | None = None

    def translations(self, pair: str) -> pd.DataFrame:
        """All correct translations of a pair such as ``ja-en``: columns ``source`` and ``target``."""
        sides = {}
        for side, code in zip(("source", "target"), pair.split("-"), strict=True):
            words = self.words[self.words["language"] == code]
            sides[side] = words[["concept", "word"]].rename(columns={"word": side})
        return sides["source"].merge(sides["target"], on="concept")[["source", "target"]]


def load_truth(root: Path | str) -> Truth:
    """Read the truth of the simulated world in ``root``.

    Raises
    ------
    InputError
        If there is none, or a file of it is not the one that was written.
    """
    folder = Path(root) / "truth"
    if not (folder / SETTINGS_FILE).is_file():
        raise InputError(f"data.root={root}: not a simulated world, it has no planted truth")
    if has_checksums(folder):
        check_files(folder, WORLD_REMEDY)
    kept = read_json(folder / SETTINGS_FILE)
    settings = kept["world"]
    saved: dict[str, Any] = load_file(folder / _TENSORS)
    saved |= {name: pq.read_table(folder / f"{name}.parquet").to_pandas() for name in _TABLES}
    rotations = {code: saved.pop(f"rotation-{code}") for code in saved["words"]["language"].unique()}
    industries = industry_names(settings["firms"]["industries"])
    groups = saved_groups(kept) or groups_of_angles(saved["angles"])
    return Truth(settings=settings, groups=groups, industries=industries, rotations=rotations, **saved)


def saved_groups(kept: dict[str, Any]) -> list[tuple[str, str]]:
    """Country and firm type of each group in the order of the arrays, by the contents of `SETTINGS_FILE`.

    Empty for a world of a version that could make the published groups alone, and did not name them there.
    """
    codes = kept.get("codes", {"countries": [], "firm_types": []})
    return [(country, firm_type) for country in codes["countries"] for firm_type in codes["firm_types"]]


def groups_of_angles(angles: pd.DataFrame) -> list[tuple[str, str]]:
    """Find the same in the table of true angles, which has all groups if there are two or more."""
    groups = angles[["country_1", "firm_type_1"]].drop_duplicates()
    return [(country, firm_type) for country, firm_type in groups.itertuples(index=False)]


def write_truth(folder: Path, plan: WorldPlan, content: Content, settings: dict[str, Any]) -> None:
    """Write the truth of a world into a new folder."""
    folder.mkdir()
    flat = {
        "conversion_matrices": plan.conversion_matrices(),
        "concordances": plan.concordance,
        "mean_technologies": plan.population.technologies,
        "industry_shares": plan.population.industry_shares,
        "own_effects": plan.population.own_effects,
    }
    tensors = {name: array.reshape(len(plan.codes.groups), *array.shape[2:]) for name, array in flat.items()}
    tensors["common_effects"] = plan.population.common_effects
    tensors |= {"product_centres": plan.product_centres, "technology_centres": plan.technology_centres}
    tensors |= {f"rotation-{code}": language.rotation for code, language in plan.languages.items()}
    saved = save({name: np.ascontiguousarray(array) for name, array in tensors.items()})
    (folder / _TENSORS).write_bytes(saved)  # `save_file` lets nobody else read it
    frames = {
        "angles": plan.angles(),
        "words": _words(plan),
        "firms": _firms(content),
        "pages": pd.concat([_pages(content, texts) for texts in content.texts.values()], ignore_index=True),
    }
    for name in _TABLES:
        pq.write_table(pa.Table.from_pandas(frames[name], preserve_index=False), folder / f"{name}.parquet")
    write_json(folder / SETTINGS_FILE, settings)
    write_checksums(folder, (_TENSORS, SETTINGS_FILE, *(f"{name}.parquet" for name in _TABLES)))


def _words(plan: WorldPlan) -> pd.DataFrame:
    names = np.array(plan.concepts.topic_names, dtype=object)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "language": code,
                    "word": language.words,
                    "concept": language.concept,
                    "topic": names[language.topic],
                    "probability": language.probability,
                    "has_vector": language.has_vector,
                }
            )
            for code, language in plan.languages.items()
        ],
        ignore_index=True,
    )


def _firms(content: Content) -> pd.DataFrame:
    firms = content.firms
    planted = pd.concat([_product_words(content, texts) for texts in content.texts.values()])
    frame = pd.DataFrame(content.firm_rows())[["firm_id", "country", "firm_type", "industry", "has_patent"]]
    holder = firms.corporate_groups.holder
    frame["patents_at"] = [firms.firm_id[at] if at != row else None for row, at in enumerate(holder)]
    frame["different"] = firms.different
    frame["technologies"] = list(firms.technologies)
    frame["products"] = list(firms.products)
    for column in ("product_words", "counts"):
        frame[column] = [planted[column].get(row, []) for row in range(len(frame))]
    return frame


def _product_words(content: Content, texts: CountryTexts) -> pd.DataFrame:
    """Distinct product words on the product pages of each firm, the commonest first, with their counts."""
    language = content.plan.languages[texts.language]
    page = texts.pages.rows()
    is_product = np.isin(language.topic, content.plan.concepts.topics_of(PRODUCT_PAGE))
    keep = (texts.page_kind[page] == 0) & is_product[texts.pages.ids]
    spelled = language.spelling[texts.pages.ids[keep]]
    pairs = pd.DataFrame({"firm": texts.page_firm[page[keep]], "id": spelled})
    counts = pairs.value_counts(["firm", "id"], sort=False).reset_index(name="counts")
    counts = counts.sort_values(["firm", "counts", "id"], ascending=[True, False, True])
    counts["product_words"] = np.array(language.words, dtype=object)[counts["id"]]
    return counts.groupby("firm")[["product_words", "counts"]].agg(list)


def _pages(content: Content, texts: CountryTexts) -> pd.DataFrame:
    language = content.plan.languages[texts.language]
    is_product = np.isin(language.topic, content.plan.concepts.topics_of(PRODUCT_PAGE))
    return pd.DataFrame(
        {
            "firm_id": np.array(content.firms.firm_id, dtype=object)[texts.page_firm],
            "url": content.urls(texts),
            "kind": np.array(PAGE_KINDS, dtype=object)[texts.page_kind],
            "n_words": np.diff(texts.pages.offsets),
            "n_product_words": np.bincount(
                texts.pages.rows(), weights=is_product[texts.pages.ids], minlength=len(texts.page_kind)
            ).astype(np.int64),
        }
    )
