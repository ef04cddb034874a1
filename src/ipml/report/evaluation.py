"""``ipml evaluate``: the evaluation, its figures and its tables on the screen."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from ipml.console import console
from ipml.evaluation.settings import EvaluateSettings
from ipml.evaluation.stage import Evaluation, evaluate
from ipml.report.figures import accuracy_figure, angle_figure
from ipml.report.tables import accuracy_table, angle_tables, link_table, statistics_tables
from ipml.tracking import Workspace


def report_evaluation(settings: EvaluateSettings, workspace: Workspace) -> Evaluation:
    """Evaluate, draw the figures into the run, and print the tables."""
    evaluation = evaluate(settings, workspace, draw_figures)
    print_evaluation(evaluation)
    return evaluation


def draw_figures(evaluation: Evaluation) -> Mapping[str, Figure]:
    """Draw the figures, by name."""
    results, simulated = evaluation.results, evaluation.simulated
    return {
        "angles": angle_figure(results, simulated, evaluation.confidence),
        "accuracies": accuracy_figure(results, simulated),
    }


def print_evaluation(evaluation: Evaluation) -> None:
    """Print the tables and what was left out."""
    results, simulated = evaluation.results, evaluation.simulated
    for table in angle_tables(results, simulated, evaluation.confidence):
        console.print(table)
    console.print(
        "1 -> 2: technology of group 1 through the matrix of group 2. same A: what the plug-in angle would read on "
        "average if A were the same. A debiased angle below 5 degrees should not be read. p: of the same A, adjusted "
        "for the number of tests (Holm). R² of A: what it explains of single test firms; near 0, the angle is "
        "one between means and little else.",
        highlight=False,
    )
    link = link_table(results, simulated)
    shown = [accuracy_table(results, simulated), *([] if link is None else [link])]
    for table in [*shown, *statistics_tables(results, simulated)]:
        console.print(table)
    for note in evaluation.notes:
        console.print(note, highlight=False)
