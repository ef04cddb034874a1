"""Names that many parts share."""

COUNTRIES = ("JP", "US", "CN")
LANGUAGES = ("ja", "en", "zh")
FIRM_TYPES = ("high_growth", "established", "multinational")
