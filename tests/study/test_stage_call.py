"""How a call that fails is told."""

import errno

import pytest

from ipml.study.stage_call import StageCall, perform


def failing(error):
    def run_command(*_):
        raise error

    return run_command


@pytest.mark.parametrize("log_can_be_written", [True, False])
def test_a_full_disk_is_told_in_one_line_though_the_log_cannot_be_written(tmp_path, log_can_be_written):
    log = tmp_path / ("a.log" if log_can_be_written else "none/a.log")
    call = StageCall("keywords", "keywords", None, str(log))
    error = OSError(errno.ENOSPC, "No space left on device", "/home/pages.arrow")
    outcome = perform(call, failing(error))
    assert outcome.failed.startswith("/home/pages.arrow: No space left on device; make room")
    assert log.is_file() == log_can_be_written


def test_a_fault_of_the_program_is_told_with_its_type_and_where_all_of_it_is(tmp_path):
    call = StageCall("keywords", "keywords", None, str(tmp_path / "a.log"))
    outcome = perform(call, failing(ZeroDivisionError("no\nfirms")))
    assert outcome.failed == f"ZeroDivisionError: no firms (all of it in {tmp_path / 'a.log'})"
    assert "Traceback" in (tmp_path / "a.log").read_text(encoding="utf-8")
