"""Names that many parts share: those that have a file in ``conf/``."""

from ipml.codes import code_names

COUNTRIES = tuple(code_names("country"))
FIRM_TYPES = tuple(code_names("firm_type"))
