"""Methods of alignment, one a file: each a `LinearMap` that ``conf/aligner`` describes."""
