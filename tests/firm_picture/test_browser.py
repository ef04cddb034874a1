"""The page of a firm in a real browser, whose scripts are on: hostile text must do nothing there either."""

import re
import shutil
import subprocess

import pytest

from ipml.firm_picture.web_page import as_html
from tests.firm_picture.pictures import picture
from tests.firm_picture.test_web_page import HOSTILE

pytestmark = pytest.mark.slow
_QUIET = [
    f"--disable-{name}"
    for name in ("gpu", "quic", "sync", "background-networking", "component-update", "dev-shm-usage")
]
_ACTS = "<script>document.title = 'it ran'</script>"


@pytest.fixture
def shown(tmp_path):
    """Shows a page in headless Chromium: its document afterwards, as text."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("no Chromium: apt install chromium")

    def show(html: str) -> str:
        page = tmp_path / "page.html"
        page.write_text(html, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--no-first-run", f"--user-data-dir={tmp_path / 'profile'}"]
        command = [browser, *options, *_QUIET, "--dump-dom", page.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout

    return show


def title(document: str) -> str:
    return re.search(r"<title>(.*?)</title>", document, re.DOTALL)[1]


def test_the_browser_would_run_a_script(shown):
    assert title(shown(f"<title>quiet</title>{_ACTS}")) == "it ran"


def test_no_text_of_a_firm_is_run(shown):
    text = _ACTS + "".join(HOSTILE)
    document = shown(as_html(picture(text, url="https://x.example/")))
    assert title(document).startswith(
        "&lt;script&gt;document.title = "
    )  # a script would have made it "it ran"
    assert "<script" not in document
    assert "&lt;script&gt;document.title" in document
