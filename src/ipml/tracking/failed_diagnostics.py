"""What a registered model says of itself: the tag ``diagnostics`` of the run that made it."""

from ipml.tracking.runs import StoredRun

TAG = "diagnostics"
PASSED, FAILED, NOT_JUDGED = "passed", "failed: ", "not judged"


def failed_diagnostics(run: StoredRun) -> str | None:
    """Names of the diagnostics that a model failed, joined by commas; empty if it passed, None if nobody knows.

    Models of stages without diagnostics, and those of before there were any, have no tag.
    """
    tag = run.tags.get(TAG)
    if tag is None or tag == NOT_JUDGED:
        return None
    return tag.removeprefix(FAILED) if tag.startswith(FAILED) else ""
