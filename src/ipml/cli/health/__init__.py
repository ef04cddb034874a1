"""Whether this machine can do what a study needs, as findings of one line each."""
