"""A small corpus in the JSON-lines shape, in English words with vectors of their own."""

import json
from pathlib import Path

import numpy as np

PRODUCT = ["pump", "valve", "sensor", "laser", "motor", "robot", "battery", "wafer"]
SERVICE = ["hotel", "loan", "retail", "travel", "insurance", "ticket", "staffing", "lease"]
GENERAL = ["company", "contact", "news", "group", "annual", "people", "policy", "about"]


def write_raw_corpus(root: Path, n_firms: int = 60, country: str = "US", language: str = "en") -> Path:
    """Write firms, pages, patents and ``words.vec``; firms with patents speak of products."""
    generator = np.random.default_rng(0)
    root.mkdir(parents=True)
    firms, pages, patents = [], [], []
    for number in range(n_firms):
        firm_id, has_patent = f"{country}-{number:04d}", bool(number % 2)
        words = PRODUCT if has_patent else SERVICE
        firms.append(
            {
                "firm_id": firm_id,
                "name": f"Firm {number}",
                "country": country,
                "firm_type": "established",
                "industry": f"industry {number % 3}",
                "has_patent": has_patent,
            }
        )
        for kind in range(3):
            own = generator.choice(words, 12) if kind == 0 else []
            text = " ".join([*own, *generator.choice(GENERAL, 30)])
            pages.append(
                {
                    "firm_id": firm_id,
                    "url": f"http://{number}/{kind}",
                    "lang": language,
                    "kind": "web_page",
                    "text": text,
                }
            )
        if has_patent:
            patents.append(
                {
                    "patent_id": f"P{number}",
                    "firm_id": firm_id,
                    "lang": language,
                    "title": " ".join(generator.choice(PRODUCT, 4)),
                }
            )
    for name, rows in {"firms": firms, "pages": pages, "patents": patents}.items():
        write_rows(root / f"{name}.jsonl", rows)
    lines = [
        f"{w} " + " ".join(f"{v:.4f}" for v in generator.normal(size=8)) for w in PRODUCT + SERVICE + GENERAL
    ]
    (root / "words.vec").write_text(f"{len(lines)} 8\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return root


def write_rows(path: Path, rows: list[dict]) -> None:
    """Write rows as JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def read_rows(path: Path) -> list[dict]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
