"""Projects are generated through the real command line with the real hook, which installs the stack and trains.

The tests of a class share one project and run in one process.
"""

import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.generated import CACHES_AND_RESULTS, SCRIPTS, Generated, assert_validated, generate
from support.helpers import PACKAGE, PROJECT, TEMPLATE, commit, constant, copy_template, run, sources
from support.images import FORMATS, write_voc
from support.pages import PAGES, blocks, follow

pytestmark = pytest.mark.generation


@pytest.fixture(scope="class")
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """A project on its demo images."""
    of: Any = request.cls
    return generate(tmp_path_factory.mktemp(of.task) / "output", task=of.task, logger=of.logger, validate="require")


OPTIONAL = ["evaluate", "predict", "doctor", "export", "report", "serve", "shards", "tune"]


def without_commands(project: Generated, commands: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Generated:
    """A copy of a project from which commands were deleted, with their tests and their lines in pyproject.toml."""
    without = project.copy(folder / "without")
    monkeypatch.setenv("PYTHONPATH", str(without.folder / "src"))  # before the source that is installed there
    pyproject = without.folder / "pyproject.toml"
    lines = pyproject.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.partition(' = "')[0] not in commands]
    assert len(kept) == len(lines) - len(commands)
    pyproject.write_text("".join(kept), encoding="utf-8")
    for command in commands:
        (without.folder / "src" / PACKAGE / "commands" / f"{command}.py").unlink()
        (without.folder / "tests" / "commands" / f"test_{command}.py").unlink()
    return without


def without_formats(project: Generated, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Generated:
    """A copy of a project from which all formats but that of the demo images were deleted, as the page `remove` says."""
    without = project.copy(folder / "without")
    monkeypatch.setenv("PYTHONPATH", str(without.folder / "src"))  # before the source that is installed there
    look = f"from pathlib import Path; from {PACKAGE}.data.readers import find_format, name_of"
    kept = project.check("python", "-c", f"{look}; print(name_of(find_format(Path('data/demo'))))").strip()
    formats = without.folder / "src" / PACKAGE / "data" / "formats"
    listing = formats / "__init__.py"
    text = listing.read_text(encoding="utf-8")
    for name in (path.stem for path in sorted(formats.glob("[!_]*.py")) if path.stem != kept):
        (formats / f"{name}.py").unlink()
        (without.folder / "tests" / "data" / "formats" / f"test_{name}.py").unlink()
        text = re.sub(rf"(?m)^ +{name},\n|\b{name}, |, {name}\b", "", text)
    listing.write_text(re.sub(rf"= \(\s*{kept},?\s*\)", f"= ({kept},)", text), encoding="utf-8")
    return without


def assert_tests_pass(project: Generated, which: str) -> None:
    """Runs the own tests of a project with a certain mark; they leave nothing behind."""
    result = project.run("python", "-m", "pytest", "-q", "-m", which)
    assert result.returncode == 0, result.stdout[-6000:]
    assert re.search(r"\d+ passed", result.stdout)
    known = {name.split("/")[0] for name in project.files} | CACHES_AND_RESULTS
    assert {path.name for path in project.folder.iterdir()} <= known


class OnDemoImages:
    task: str
    logger: str

    def test_is_validated_by_the_hook(self, project: Generated) -> None:
        assert_validated(project.printed)

    def test_generation_writes_nothing_in_unexpected_places(self, project: Generated) -> None:
        assert project.files == sources(task=self.task, logger=self.logger).keys()
        assert (project.folder / "uv.lock").is_file()

    def test_names_of_what_is_installed_are_refused_as_names(self, project: Generated) -> None:
        names = "import importlib.metadata as m; print(*{d.name for d in m.distributions()}, *m.packages_distributions())"
        installed = {re.sub(r"[-.]", "_", name.lower()) for name in project.check("python", "-c", names).split()}
        # Nobody calls a project nvidia-cublas; and those names change with each release.
        possible = {name for name in installed if re.fullmatch(r"(?!nvidia_|opentelemetry_)[a-z]\w*", name)}
        assert possible - constant(TEMPLATE / "hooks" / "pre_gen_project.py", "TAKEN") == {PACKAGE}

    def test_its_quick_tests_pass(self, project: Generated) -> None:
        assert_tests_pass(project, "not slow")

    @pytest.mark.exhaustive
    def test_its_slow_tests_pass(self, project: Generated) -> None:
        assert_tests_pass(project, "slow")

    @pytest.mark.parametrize("command", ["ruff check", "ruff format --check", "pyright", "pyright --pythonplatform=Windows"])
    def test_is_clean(self, command: str, project: Generated) -> None:
        result = project.run(*command.split())
        assert result.returncode == 0, result.stdout[-6000:]

    @pytest.mark.exhaustive
    def test_formats_can_be_deleted(self, project: Generated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """With their tests and their names; those of the one that is left do not need them."""
        without = without_formats(project, tmp_path, monkeypatch)
        for check in ("ruff check", "ruff format --check", "pyright", "python -m pytest -q --collect-only"):
            without.check(*check.split())
        tests = ["tests/data/formats", "tests/data/test_faults.py", "tests/data/test_readers.py"]
        without.check("python", "-m", "pytest", "-q", "-x", *tests)


class TestClassification(OnDemoImages):
    task, logger = "classification", "tensorboard"

    def test_its_slow_tests_pass(self, project: Generated) -> None:  # of one task on each push
        assert_tests_pass(project, "slow")

    @pytest.mark.parametrize(
        "commands", [pytest.param([each], marks=pytest.mark.exhaustive, id=each) for each in OPTIONAL] + [OPTIONAL]
    )
    def test_commands_can_be_deleted(
        self, commands: list[str], project: Generated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With their tests and their lines in pyproject.toml; nothing that is left refers to them."""
        without = without_commands(project, commands, tmp_path, monkeypatch)
        walk = f"import importlib, pkgutil, {PACKAGE} as p; print(p.__file__)\n"
        walk += "for module in pkgutil.walk_packages(p.__path__, 'my_vision_project.'): importlib.import_module(module.name)"
        assert without.check("python", "-c", walk).startswith(str(without.folder))
        for check in ("ruff check", "ruff format --check", "pyright", "python -m pytest -q --collect-only"):
            without.check(*check.split())

    @pytest.mark.exhaustive
    def test_what_is_left_without_optional_commands_works(
        self, project: Generated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without = without_commands(project, OPTIONAL, tmp_path, monkeypatch)
        without.check("python", "-m", "pytest", "-q", "-x", "tests/config", "tests/commands", "tests/results")
        assert "from the checkpoint" not in without.check("validate")


class TestDetection(OnDemoImages):
    task, logger = "detection", "mlflow"

    def test_its_wheel_works_where_there_is_no_source(self, project: Generated, tmp_path: Path) -> None:
        uv = [sys.executable, "-m", "uv"]
        project.check(*uv, "build", "--wheel", "--out-dir", str(tmp_path))
        [wheel] = tmp_path.glob("*.whl")
        installed = tmp_path / "installed"
        look = "import sys, sysconfig; print(sys.executable, sysconfig.get_path('purelib'), sep='\\n')"
        python, packages = project.check("python", "-c", look).splitlines()
        project.check(*uv, "venv", "--python", python, str(installed))
        own_python = str(installed / SCRIPTS / "python")
        project.check(*uv, "pip", "install", "--no-deps", "--python", own_python, str(wheel))
        # All else comes from the environment of the project, whose own .pth files are not followed from here.
        own_packages = Path(project.check(own_python, "-c", look).splitlines()[1])
        (own_packages / "of_the_project.pth").write_text(f"{packages}\n")

        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()

        def call(*command: str) -> tuple[int, str]:
            result = run([str(installed / SCRIPTS / command[0]), *command[1:]], cwd=elsewhere, env=project.environment)
            return result.returncode, result.stdout

        status, said = call("python", "-c", f"import {PACKAGE}; print({PACKAGE}.__file__)")
        assert (status, Path(said.strip()).parent) == (0, own_packages / PACKAGE)
        status, said = call("train", "--help")
        assert status == 0, said
        assert "train experiment=sample" in said
        status, said = call("train", "trainer.max_epoch=1")
        assert status == 2, said
        assert "trainer.max_epochs" in said
        assert "Traceback" not in said


class TestSegmentation(OnDemoImages):
    task, logger = "segmentation", "wandb"


class OnOwnImages:
    task: str

    def test_is_validated_on_them(self, tmp_path: Path) -> None:
        """As the first steps of the docs say."""
        images = tmp_path / "o'brien's photos"
        found, write = next(iter(FORMATS[self.task].items()))
        write(images)
        generation, *steps = (block.text for block in blocks(PAGES["first-steps"]))
        [line] = [line for line in generation.splitlines() if f"task={self.task}" in line]
        answers = dict(word.split("=") for word in line.replace("~/photos", "$images").split() if "=" in word)
        assert answers == {"task": self.task, "data_dir": "$images"}
        made = generate(tmp_path / "output", task=self.task, logger="csv", data_dir=str(images), validate="require")
        assert_validated(made.printed)
        validation = made.folder / "outputs" / "validate"
        used = yaml.safe_load((validation / "train" / "config.yaml").read_text(encoding="utf-8"))
        assert used["data"]["root"] == str(images)
        assert f"Data: {found} in {images}" in (validation / "validate.log").read_text(encoding="utf-8")
        photo = next(path for path in sorted(images.rglob("*")) if path.suffix in (".jpg", ".png"))
        follow(made, "".join(steps), *(shlex.quote(f'"{path}"') for path in (images, photo)))
        assert {"doctor.html", "pictures"} <= {path.name for path in (made.folder / "outputs").glob("*/*")}
        assert not (made.folder / "data").exists(), "no demo images are written where there are real ones"


class TestClassificationOnOwnImages(OnOwnImages):
    task = "classification"


class TestDetectionOnOwnImages(OnOwnImages):
    task = "detection"


class TestSegmentationOnOwnImages(OnOwnImages):
    task = "segmentation"


class TestFailure:
    def test_project_stays_and_the_broken_file_is_named(self, tmp_path: Path) -> None:
        images = tmp_path / "photos"
        write_voc(images, count=4, lists=True)
        broken = images / "JPEGImages" / "1.jpg"  # one of the two that train: each batch has it
        broken.write_bytes(broken.read_bytes()[:100])

        made = generate(tmp_path / "output", task="detection", logger="csv", data_dir=str(images), validate="auto")
        assert made.files == sources(task="detection", logger="csv").keys()
        last_lines = made.printed.strip().splitlines()[-40:]
        assert any(str(broken) in line for line in last_lines), made.printed[-4000:]
        assert "Traceback" not in "\n".join(last_lines)
        assert any("validation failed" in line for line in last_lines)
        log = made.folder / "outputs" / "validate" / "validate.log"
        assert last_lines[-2] == f"Full log:  {log}"
        assert re.fullmatch(rf"Repeat it: cd {re.escape(str(made.folder))} && (python -m )?uv run validate", last_lines[-1])
        assert str(broken) in log.read_text(encoding="utf-8")


@pytest.mark.skipif(not shutil.which("git"), reason="cruft needs git")
class TestUpdate:
    def test_project_of_an_older_template_is_updated_and_still_validates(self, tmp_path: Path) -> None:
        template = copy_template(tmp_path / "template")
        commit(template, "v1")
        project = generate(tmp_path / "output", template, task="segmentation", logger="csv", validate="skip")
        notes = project.folder / "notes.md"
        notes.write_text("our notes")
        commit(project.folder)
        settings = template / PROJECT.name / "configs" / "trainer" / "default.yaml"
        changed = settings.read_text(encoding="utf-8").replace("gradient_clip_val: 1.0", "gradient_clip_val: 0.5")
        settings.write_text(changed, encoding="utf-8")
        commit(template, "v2")

        project.check(sys.executable, "-m", "cruft", "update", "--skip-apply-ask", "--checkout", "v2")
        assert (project.folder / "configs" / "trainer" / "default.yaml").read_text(encoding="utf-8") == changed
        assert notes.read_text() == "our notes"
        project.check("uv", "sync")
        project.check("validate")
        used = yaml.safe_load((project.folder / "outputs/validate/train/config.yaml").read_text(encoding="utf-8"))
        assert used["trainer"]["gradient_clip_val"] == 0.5
