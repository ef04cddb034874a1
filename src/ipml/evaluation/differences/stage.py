"""Stage ``differences``: name what the registered mappings of two groups convert most differently."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.console import track
from ipml.corpus import Corpus
from ipml.errors import InputError, LineageError
from ipml.evaluation.differences.decomposition import (
    Differences,
    cross_validated_matrix,
    null_sizes,
    take_apart,
)
from ipml.evaluation.differences.names import (
    FIRM,
    IPC,
    PATENT,
    DifferenceRow,
    as_table,
    class_means,
    extreme_rows,
    size_rows,
    word_rows,
)
from ipml.evaluation.earlier_runs import VectorsRun
from ipml.evaluation.pairs import Group
from ipml.evaluation.read_groups import RegisteredGroups, read_groups
from ipml.evaluation.settings import DifferencesSettings
from ipml.settings import read_pair
from ipml.text import open_language
from ipml.tracking import Workspace
from ipml.vectors.settings import TextMeans
from ipml.vectors.stage import STAGE as VECTORS
from ipml.vectors.stage import load_vectors, patents_of_run
from ipml.vectors.texts.encoders import WORD_VECTORS, encoder_settings

STAGE = "differences"


def name_differences(
    settings: DifferencesSettings, workspace: Workspace, corpus: Corpus
) -> tuple[pd.DataFrame, Path]:
    """Take the difference of two groups' conversions apart, and name its parts.

    Parameters
    ----------
    settings
        Of ``ipml differences``.
    workspace
        Where the models are, and the run will be.
    corpus
        The corpus that the mappings were made from.

    Returns
    -------
    tidy rows (`names.DifferenceRow`), as they are saved, and the folder of the run

    Raises
    ------
    InputError
        If one of the groups has no mapping, or too few firms.
    LineageError
        If the mappings do not belong together, or were made from another corpus.
    """
    wanted = read_pair(settings.pair)
    found = read_groups(workspace, wanted, settings.inputs.alias, settings.min_firms)
    if found.left_out:
        name, reason = next(iter(found.left_out.items()))
        raise InputError(f"pair: {name}: {reason}")
    if found.lineage["corpus"] != corpus.info.hash:
        raise LineageError(
            f"the mappings of {workspace.shown_namespace} are of corpus {found.lineage['corpus']}, "
            f"data.root={corpus.root} is corpus {corpus.info.hash}; name theirs: data=corpus data.root=…, or the "
            "data.… overrides of their world"
        )
    groups = found.groups[" ".join(wanted[0])], found.groups[" ".join(wanted[1])]
    with workspace.start_run(STAGE, workspace.name(STAGE, *("-".join(key) for key in wanted))) as run:
        run.set_tags({"simulated": found.simulated})
        run.add_lineage(found.lineage, "the mappings")
        results = as_table(list(_rows(settings, workspace, corpus, found, groups)))
        run.log_table("differences", results, csv=True)
    return results, run.folder


def _rows(
    settings: DifferencesSettings,
    workspace: Workspace,
    corpus: Corpus,
    found: RegisteredGroups,
    groups: tuple[Group, Group],
) -> Iterator[DifferenceRow]:
    first, second = groups
    samples = first.sample, second.sample
    A1, A2 = (cross_validated_matrix(sample) for sample in samples)
    T1, T2 = (sample.technology_vectors for sample in samples)
    parts = take_apart(A1 - A2, T1, T2)
    row = DifferenceRow(
        f"{first.name} - {second.name}", 0, "", 0.0, "", simulated=found.simulated,
        models=f"{first.model} {second.model}",
    )  # fmt: skip
    counts = settings.parts, settings.names
    yield from size_rows(parts, null_sizes(*samples, settings.null_draws, settings.seed), settings.parts, row)
    runs = [found.models[g.name].lineage[workspace.name(VECTORS, g.country)] for g in groups]
    words, vectors = reference_words(workspace, runs[0], settings.max_words)
    if words:
        yield from word_rows(parts, (A1, A2), words, vectors, counts, row)
    firm_ids = [
        load_vectors(workspace, run).of_type(group.firm_type).firms["firm_id"].tolist()
        for group, run in zip(groups, runs, strict=True)
    ]
    names = corpus.firms().set_index("firm_id")["name"]
    firms = pd.DataFrame({"identifier": [*firm_ids[0], *firm_ids[1]]})
    firms["name"] = names.reindex(firms["identifier"]).to_numpy()
    firms["name"] = firms["name"].fillna(firms["identifier"])
    firms["country"] = [first.country] * len(T1) + [second.country] * len(T2)
    coordinates = parts.coordinates(np.concatenate([T1, T2]))
    yield from extreme_rows(firms, coordinates, counts, replace(row, what=FIRM))
    patents = [
        _patents(workspace, corpus, run, group, set(ids), parts)
        for run, group, ids in track(list(zip(runs, groups, firm_ids, strict=True)), "patents")
    ]
    table = pd.concat([frame for frame, _ in patents], ignore_index=True)
    coordinates = np.concatenate([of_group for _, of_group in patents])
    named = table.drop(columns="ipc")
    yield from extreme_rows(named, coordinates, counts, replace(row, what=PATENT))
    classes, means = class_means(table["ipc"].tolist(), coordinates)
    yield from extreme_rows(classes, means, counts, replace(row, what=IPC))


def reference_words(
    workspace: Workspace, run_id: str, limit: int
) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Most frequent words of the reference language with their vectors at length 1; none of an encoder of texts.

    They are those of the word vectors that a run of ``vectors`` was made with.
    """
    made_with = workspace.load_settings(run_id, VectorsRun)
    embeddings = made_with.embeddings
    vectors = open_language(embeddings, workspace.settings.reference_language).vectors
    words = list(vectors.words or [])[:limit]
    if isinstance(made_with.vectors, TextMeans):
        codes = [made_with.language, made_with.patents.language]
        if encoder_settings(made_with.vectors, embeddings, codes)["kind"] != WORD_VECTORS:
            words = []  # the texts lie in another space
    if not words:
        return [], np.zeros((0, vectors.dimension))
    known, of_words = vectors.select(words)
    lengths = np.linalg.norm(of_words, axis=1, keepdims=True)
    named = [word for word, is_known in zip(words, known, strict=True) if is_known]
    return named, np.asarray(of_words / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float64)


def _patents(
    workspace: Workspace, corpus: Corpus, run_id: str, group: Group, firm_ids: set[str], parts: Differences
) -> tuple[pd.DataFrame, npt.NDArray[np.float64]]:
    """Patents of a group's firms, and how much of each part they have, shape (m, k)."""
    patents = patents_of_run(workspace, corpus, run_id)
    mine = np.array([firm in firm_ids for firm in patents.table["firm_id"].to_pylist()], dtype=bool)
    chosen = np.flatnonzero(patents.known & mine)
    origin = 0.0 if group.centre is None else group.centre
    coordinates = parts.coordinates(patents.vectors[chosen] - origin)
    table = patents.table.take(chosen).select(["patent_id", "title", "ipc"]).to_pandas()
    table = table.rename(columns={"patent_id": "identifier", "title": "name"}).assign(country=group.country)
    table["name"] = table["name"].fillna(table["identifier"])
    table["ipc"] = table["ipc"].astype(object).where(table["ipc"].notna(), None)
    return table, np.asarray(coordinates)
