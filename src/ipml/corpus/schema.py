"""Columns of the three tables of a corpus. Other columns of a source are left out when it is read."""

import pyarrow as pa

FIRMS = pa.schema(
    [
        pa.field("firm_id", pa.string(), nullable=False),
        pa.field("name", pa.string()),  # in English
        pa.field("name_local", pa.string()),
        pa.field("country", pa.string(), nullable=False),  # a file of conf/country
        pa.field("firm_type", pa.string()),  # a file of conf/firm_type; null: unknown
        pa.field("industry", pa.string()),
        pa.field("has_patent", pa.bool_()),  # null: unknown
        pa.field("brands", pa.string()),  # separated by semicolons
        pa.field("corporate_group", pa.string()),  # null: none, or unknown
    ]
)

PAGES = pa.schema(
    [
        pa.field("firm_id", pa.string(), nullable=False),
        pa.field("url", pa.string()),
        pa.field("language", pa.string(), nullable=False),  # any; read are those that have word vectors
        pa.field("kind", pa.string()),  # web_page, business_summary, profile_en, ...
        pa.field("text", pa.string(), nullable=False),
        pa.field("date", pa.string()),  # ISO 8601, where the source has it
    ]
)

PATENTS = pa.schema(
    [
        pa.field("patent_id", pa.string(), nullable=False),
        pa.field("firm_id", pa.string()),  # null: of a firm outside the list
        pa.field("language", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("abstract", pa.string()),
        pa.field("claim", pa.string()),
        pa.field("ipc", pa.string()),
        pa.field("date", pa.string()),
    ]
)

# Columns that came later: without a value they leave the hash of a corpus as it was.
ADDED_COLUMNS = {"brands", "corporate_group"}

TABLES: dict[str, pa.Schema] = {"firms": FIRMS, "pages": PAGES, "patents": PATENTS}
