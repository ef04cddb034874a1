"""What is said after a command, once and always in one way: its run's folder, its run in MLflow, what comes next."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from ipml.cli.config_groups import groups_of
from ipml.console import console
from ipml.overrides import top_key, top_keys
from ipml.provenance import command_line
from ipml.settings import CommandSettings
from ipml.study.stage_call import LastStage

if TYPE_CHECKING:
    from ipml.tracking import StoredRun, Workspace

# Words that go on to the next command, if it has such keys: where the data and the runs are, not what was chosen.
_EVERYWHERE = frozenset({"namespace", "reference_language", "tracking", "paths", "hydra"})
_CARRIED = _EVERYWHERE | {"data", "embeddings", "lexicon"}
_SILENT = ("registry", "doctor", "completion")  # answer a question; programs read some of them

Words = list[str]
Following = Callable[[Any, "StoredRun | None"], Words]


def say_what_follows(
    command: str, settings: CommandSettings, words: Sequence[str], run_ids: Sequence[str], result: Any
) -> None:
    """Print the folder of a command's run, the way to it in MLflow, and the next command of the method.

    Parameters
    ----------
    words
        Overrides of the command.
    run_ids
        Of the runs that it opened, in that order: the first is its own, the others stand under it.
    result
        What its function returned; of a study its last stage, which stands for it.
    """
    if command in _SILENT or getattr(settings, "dry_run", False):
        return
    if isinstance(result, LastStage):
        command, settings, words = result.command, result.settings, result.words
        run_ids = [result.run_id] if result.run_id else []
    run, lines = None, []
    if run_ids:
        workspace = _workspace(settings)
        run = workspace.get_run(run_ids[0])
        lines += [f"run folder: {run.folder}", f"MLflow: {workspace.run_link(run.id)}"]
    lines.append(f"next: {next_command(command, settings, words, run)}")
    console.print("\n".join(lines), highlight=False, soft_wrap=True)


def next_command(
    command: str, settings: CommandSettings, words: Sequence[str], run: "StoredRun | None" = None
) -> str:
    """Write the command that comes next in the method, with what says where data and runs are."""
    following, *own = _FOLLOWING[command](settings, run)
    taken = (
        _EVERYWHERE | top_keys(following) | {group.key.partition("@")[0] for group in groups_of(following)}
    )
    # An experiment has the words of its sweep; a choice of a group must not stand twice.
    kept = (_EVERYWHERE if command == "sweep" else _CARRIED & taken) - {top_key(word) for word in own}
    carried = [word for word in words if top_key(word) in kept]
    return command_line(following, [*own, *carried])


def _workspace(settings: CommandSettings) -> "Workspace":
    # With MLflow, which takes seconds where the command has not loaded it.
    from ipml.tracking import Workspace

    return Workspace(settings)


def _after_training(settings: Any, run: "StoredRun | None") -> Words:
    country = settings.country.name
    if settings.debug is not None:
        firm_type = [f"firm_type={settings.firm_type}"] if settings.firm_type else []
        return ["train", f"model={settings.model.stage}", f"country={country}", *firm_type]
    stage = settings.model.stage
    if stage == "dual_attn":
        return ["keywords", f"country={country}"]
    return ["vectors", f"country={country}"] if "alignment" in stage else ["promote"]


def _after_keywords(settings: Any, run: "StoredRun | None") -> Words:
    country = settings.country.name
    if settings.country.language == settings.reference_language or not _has_own_space(settings, run):
        return ["vectors", f"country={country}"]
    return ["train", "model=alignment", f"country={country}"]


def _has_own_space(settings: CommandSettings, run: "StoredRun | None") -> bool:
    """Whether the word vectors of the model behind a run are to be aligned."""
    models = [] if run is None else [name for name in run.lineage.items() if "dual_attn" in name[0]]
    for name, version in models:
        workspace = _workspace(settings)
        trained = workspace.find_version(f"{name}/{version}")
        return workspace.parameters_of(str(trained.run_id)).get("embeddings.shared_space") != "true"
    return True


def _after_vectors(settings: Any, run: "StoredRun | None") -> Words:
    mapping = ["model=mapping", f"country={settings.country.name}"]
    return ["train", *mapping, f"firm_type={settings.data.firm_types[0]}"]


def _after_evaluation(settings: Any, run: "StoredRun | None") -> Words:
    from ipml.evaluation.specifications.stage import pair_name

    groups = [(country, firm_type) for firm_type in settings.firm_types for country in settings.countries]
    pairs = [
        (one, other) for one, other in combinations(groups, 2) if (one[0] == other[0]) != (one[1] == other[1])
    ]
    if run is not None:  # what it compared: a group without a model or with too few firms is left out
        compared = set(_workspace(settings).load_table(run.id, "results")["group"])
        pairs = [pair for pair in pairs if pair_name(*pair) in compared]
    if not pairs:
        return ["registry"]
    pairs.sort(key=lambda pair: pair[0][1] != pair[1][1])  # countries first
    from ipml.tracking.promotion_record import CHAMPION

    alias = settings.inputs.alias
    own = [] if alias == CHAMPION else [f"inputs.alias={alias}"]
    return ["differences", f"pair=[{','.join('-'.join(group) for group in pairs[0])}]", *own]


def _after_ingest(settings: Any, run: "StoredRun | None") -> Words:
    return _train_on(settings, settings.data.countries[0])


def _after_score(settings: Any, run: "StoredRun | None") -> Words:
    # The model may be another corpus's, and its keywords are of its own corpus.
    return _train_on(settings, settings.country.name)


def _train_on(settings: Any, country: str) -> Words:
    """Words that train the first model on a corpus which the command names without ``data=corpus``."""
    return [
        "train",
        "model=dual_attn",
        f"country={country}",
        "data=corpus",
        f"data.root={settings.data.root}",
    ]


def _after_promotion(settings: Any, run: "StoredRun | None") -> Words:
    own = [f"namespace={settings.namespace}"] if settings.study is not None and settings.namespace else []
    return ["evaluate", *own]


def _after_sweep(settings: Any, run: "StoredRun | None") -> Words:
    return ["registry"] if run is None else ["train", f"experiment={run.folder / 'best.yaml'}"]


def _of_country(command: str, *own: str) -> Following:
    """Have a command follow that takes the same country."""
    return lambda settings, run: [command, *own, f"country={settings.country.name}"]


_FOLLOWING: Mapping[str, Following] = {
    "ingest": _after_ingest,
    "compare_keywords": _of_country("train", "model=dual_attn"),
    "train": _after_training,
    "score": _after_score,
    "faithfulness": _of_country("keywords"),
    "keywords": _after_keywords,
    "picture": _of_country("vectors"),
    "aligned_vectors": lambda settings, run: ["vectors"],
    "vectors": _after_vectors,
    "promote": _after_promotion,
    "evaluate": _after_evaluation,
    "differences": lambda settings, run: ["specification_curve", f"pair=[{','.join(settings.pair)}]"],
    "specification_curve": lambda settings, run: ["registry"],
    "sweep": _after_sweep,
    "run": lambda settings, run: ["promote"],
}
