"""Countries, firm types and languages of the default world."""

from ipml.codes import code_names
from ipml.simulation import read_world_codes

CODES = read_world_codes(code_names("country"), code_names("firm_type"), "en")
