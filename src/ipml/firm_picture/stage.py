"""Command ``picture``: one firm as a web page and a figure, in the manner of the talk's example."""

from dataclasses import fields
from pathlib import Path

import pandas as pd

from ipml.alignment.lexicons import open_lexicon
from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.console import console
from ipml.corpus import Corpus
from ipml.dual_attention.bundle import STAGE as MODEL_STAGE
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.keywords.stage import STAGE as KEYWORDS_STAGE
from ipml.files import safe_file_name, write_text
from ipml.firm_picture.build_picture import find_firm, make_picture
from ipml.firm_picture.content import Keyword, Picture
from ipml.firm_picture.figure import firm_figure, undrawn_lines
from ipml.firm_picture.fonts import find_fonts
from ipml.firm_picture.harmless import visible
from ipml.firm_picture.settings import PictureSettings
from ipml.firm_picture.web_page import as_html
from ipml.settings import Lexicon as LexiconSettings
from ipml.tracking import Run, Workspace

STAGE = "picture"


def draw(settings: PictureSettings, workspace: Workspace, corpus: Corpus) -> Path:
    """Draw the picture of a firm.

    Pages and words are weighted by the networks that were not trained on the firm, and the keywords are
    those of the newest run of ``ipml keywords`` with the same model.

    Parameters
    ----------
    settings, workspace
        Of ``ipml picture``.
    corpus
        The corpus the model was trained on.

    Returns
    -------
    The run's folder; it holds ``FIRM.html``, ``FIRM.png``, ``FIRM.pdf`` and the tables ``pages`` and ``keywords``.

    Raises
    ------
    InputError
        If there is no such firm, model or run of keywords, the firm has no page with a known word, or the
        dictionary cannot be read.
    """
    country, firm_id = settings.country.name, settings.firm
    firm = find_firm(corpus, country, firm_id)
    model = workspace.find_model(f"{workspace.name(MODEL_STAGE, country)}@{settings.inputs.alias}")
    bundle = Bundle.load(model.folder, workspace.reach)
    lexicon = _lexicon(settings.lexicon, bundle.settings["language"], settings.reference_language)
    lineage = model.own_lineage.merge(
        {"corpus": corpus.info.hash}, f"{model.name} version {model.version}", str(corpus.root)
    )
    if lexicon is not None:
        lineage[f"glosses-{bundle.settings['language']}-{settings.reference_language}"] = lexicon.fingerprint
    same = {name: lineage[name] for name in ("corpus", model.name)}
    keywords_run = workspace.find_run(KEYWORDS_STAGE, lineage=same, country=country)
    picture = make_picture(workspace, corpus, firm, model, bundle, keywords_run, lexicon)
    with workspace.start_run(STAGE, workspace.name(STAGE, country)) as run:
        run.add_lineage(lineage, f"{model.name} version {model.version}")
        tags = {"country": country, "firm": firm_id, "simulated": picture.simulated}
        run.set_tags({**tags, "keywords_run": keywords_run.id})
        undrawn = _save(run, picture)
    lines = [
        f"{visible(firm_id)}: {len(picture.kept)} of {len(picture.pages)} pages kept, {len(picture.keywords)} "
        f"keywords, {sum(bool(keyword.glosses) for keyword in picture.keywords)} with a gloss"
        + ("; simulated" if picture.simulated else ""),
        *undrawn,
        f"  in the run folder: {', '.join(f'{safe_file_name(firm_id)}.{ending}' for ending in ('html', 'png', 'pdf'))}",
    ]
    console.print("\n".join(lines), highlight=False, soft_wrap=True)
    return run.folder


def _lexicon(lexicon: LexiconSettings, language: str, reference: str) -> Lexicon | None:
    """Open the dictionary for the glosses, if one is given; words of the reference language need none."""
    if language == reference or lexicon.train is None:
        return None
    return open_lexicon(lexicon, "train", language)


def _save(run: Run, picture: Picture) -> list[str]:
    """Write page, figure, tables and figures; returns what is to be said of words without a glyph."""
    name = safe_file_name(picture.firm_id)
    html = run.folder / f"{name}.html"
    write_text(html, as_html(picture, run.provenance))
    run.log_file(html)
    fonts = find_fonts(picture.language)
    run.save_figure(firm_figure(picture, fonts), name)
    pages = pd.DataFrame([vars(page) for page in picture.pages]).drop(columns="words")
    run.log_table("pages", pages)
    columns = [column.name for column in fields(Keyword)]
    run.log_table("keywords", pd.DataFrame([vars(keyword) for keyword in picture.keywords], columns=columns))
    run.log_metrics(
        {
            "n_pages": len(picture.pages),
            "n_pages_kept": len(picture.kept),
            "n_pages_unread": picture.n_unread,
            "n_keywords": len(picture.keywords),
            "n_keywords_with_gloss": sum(bool(keyword.glosses) for keyword in picture.keywords),
        }
    )
    return undrawn_lines(picture, fonts)
