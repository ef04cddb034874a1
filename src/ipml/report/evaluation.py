"""``ipml evaluate``: the evaluation, its figures and its tables on the screen."""

from pathlib import Path

from ipml.console import console
from ipml.evaluation.settings import EvaluateSettings
from ipml.evaluation.stage import Evaluation, evaluate
from ipml.figures import save_figure
from ipml.report.figures import accuracy_figure, angle_figure
from ipml.report.tables import accuracy_table, angle_tables, statistics_tables
from ipml.tracking import Workspace


def report_evaluation(settings: EvaluateSettings, workspace: Workspace) -> Evaluation:
    """Evaluate, draw the figures into the run, and print the tables."""
    evaluation = evaluate(settings, workspace, draw_figures)
    print_evaluation(evaluation)
    return evaluation


def draw_figures(evaluation: Evaluation) -> list[Path]:
    """Save the figures in the folder of the run; returns their paths."""
    results, simulated = evaluation.results, evaluation.simulated
    figures = {
        "angles.png": angle_figure(results, simulated, evaluation.confidence),
        "accuracies.png": accuracy_figure(results, simulated),
    }
    for name, figure in figures.items():
        save_figure(figure, evaluation.folder / name)
    return [evaluation.folder / name for name in figures]


def print_evaluation(evaluation: Evaluation) -> None:
    """Print the tables, what was left out, and where everything lies."""
    results, simulated = evaluation.results, evaluation.simulated
    for table in angle_tables(results, simulated, evaluation.confidence):
        console.print(table)
    console.print(
        "1 -> 2: technology of group 1 through the matrix of group 2. same A: what the plug-in angle would read on "
        "average if A were the same. A debiased angle below 5 degrees should not be read. p: of the same A, adjusted "
        "for the number of tests (Holm).",
        highlight=False,
    )
    for table in [accuracy_table(results, simulated), *statistics_tables(results, simulated)]:
        console.print(table)
    for note in evaluation.notes:
        console.print(note, highlight=False)
    console.print(f"figures and results: {evaluation.folder}", highlight=False, soft_wrap=True)
