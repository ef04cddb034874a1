"""The wheel that the image installs: built from the files that `Dockerfile.gpu` copies, run far from the checkout.

Its dependencies come from the packages of the running environment, so that nothing is fetched.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.small_study import TINY

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]
pytest.importorskip("pip", reason="the wheel is built with pip")
pytest.importorskip("hatchling", reason="the wheel is built with hatchling: pip install -e '.[dev]'")


def copied_by_the_dockerfile() -> dict[str, str]:
    """Path in the checkout, and where it goes in the image, of each COPY line."""
    places = {}
    for line in (REPOSITORY / "Dockerfile.gpu").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY "):
            *sources, to = line.split()[1:]
            for source in sources:
                places[source] = f"{to}{Path(source).name}" if to.endswith("/") else to
    return places


def run(*words: str | Path, cwd: Path) -> str:
    """Output of a program that knows nothing of the checkout; what it said where it fails."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("IPML", "PYTHON"))
    }
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    context, built = tmp_path_factory.mktemp("context"), tmp_path_factory.mktemp("wheel")
    for source, to in copied_by_the_dockerfile().items():
        place = context / to
        place.parent.mkdir(parents=True, exist_ok=True)
        if (REPOSITORY / source).is_dir():
            shutil.copytree(REPOSITORY / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(REPOSITORY / source, place)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", built, context, cwd=context)
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """Folder of the programs of a fresh environment that has the wheel."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", programs / "python")
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    # Of an environment named in a .pth file the packages are found, not its own .pth files: no editable ipml.
    here = Path(
        run(
            programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder
        ).strip()
    )
    packages = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (here / "dependencies.pth").write_text("\n".join(packages) + "\n", encoding="utf-8")
    return programs


def test_every_path_that_the_dockerfile_copies_is_there_and_not_ignored() -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").split()
    for source in copied_by_the_dockerfile():
        assert (REPOSITORY / source).exists(), source
        assert Path(source).parts[0] not in ignored


def test_the_image_installs_the_tested_versions() -> None:
    assert "constraints.txt" in copied_by_the_dockerfile()
    assert "pip install --no-cache-dir -c constraints.txt ." in (REPOSITORY / "Dockerfile.gpu").read_text(
        encoding="utf-8"
    )


def test_the_wheel_holds_code_configuration_and_published_tables_and_nothing_else(wheel) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder, inside in (("conf", "ipml/conf"), ("experiments/published", "ipml/published_tables")):
        of_checkout = {
            path.relative_to(REPOSITORY / folder).as_posix() for path in (REPOSITORY / folder).rglob("*.*")
        }
        assert {
            name.removeprefix(f"{inside}/") for name in names if name.startswith(f"{inside}/")
        } == of_checkout
    assert {name.split("/")[0].split("-")[0] for name in names} == {"ipml"}
    assert not [name for name in names if name.endswith(".pyc")]


def test_help_doctor_and_a_training_work_in_an_empty_folder(installed, tmp_path) -> None:
    code = run(installed / "python", "-c", "import ipml; print(ipml.__file__)", cwd=tmp_path)
    assert Path(code.strip()).is_relative_to(installed.parent)
    assert "train" in run(installed / "ipml", "--help", cwd=tmp_path)
    findings = json.loads(run(installed / "ipml", "doctor", "format=json", cwd=tmp_path))
    assert {finding["name"]: finding["mark"] for finding in findings}["packages"] == "ok"
    run(installed / "ipml", "train", "debug=fast", "country=JP", *TINY, cwd=tmp_path)
    assert list(tmp_path.glob("runs/**/metrics.json"))
    assert (tmp_path / "mlruns" / "mlflow.db").is_file()
