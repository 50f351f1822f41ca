"""The images of the generated projects are built and run, with docker or podman, whichever answers.

Containers run as a compose file or a cluster would run them: as a user whom the image does not know, on a read-only root file
system, without a network or capabilities. The tests of a class share the images of one task.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.helpers import PACKAGE, TEMPLATE, environment, render, run
from support.images import FORMATS
from support.pages import blocks

pytestmark = [
    pytest.mark.container,
    pytest.mark.skipif(os.name == "nt", reason="users and mounts of these containers are POSIX"),
]

SUPPORT = TEMPLATE / "tests" / "support" / "container"
CALLER = (os.getuid() or 12345, os.getgid() or 12345) if hasattr(os, "getuid") else (12345, 12345)
CPU_WHEELS = "https://download.pytorch.org/whl/cpu/"
SECRET = "swordfish-4711"
WRITE_DEMO = [
    "python",
    "-c",
    f"from pathlib import Path; from {PACKAGE}.data.demo import write_demo; write_demo(Path('data/demo'))",
]
# Within the container, since there is no network to ask it from outside.
ASK = """
import pathlib, sys, urllib.request
photo = pathlib.Path(sys.argv[1])
head = f"--x\\r\\nContent-Disposition: form-data; name=file; filename={photo.name}\\r\\n\\r\\n".encode()
kind = {"Content-Type": "multipart/form-data; boundary=x"}
request = urllib.request.Request("http://127.0.0.1:8000/predict", head + photo.read_bytes() + b"\\r\\n--x--\\r\\n", kind)
print(urllib.request.urlopen(request, timeout=60).read().decode())
"""
IN_THE_IMAGE = {"configs", "src", "tests", "LICENSE", "README.md", "pyproject.toml", "uv.lock"}
SHORT = ["experiment=sample", "data.num_workers=2", "trainer.limit_train_batches=4", "trainer.limit_val_batches=2"]


@dataclass(frozen=True)
class Engine:
    """docker or podman."""

    name: str

    def environment(self, **changes: str) -> dict[str, str]:
        return environment(CONTAINERS_CONF=str(SUPPORT / "containers.conf"), **changes)

    def run(self, *arguments: str, timeout: int = 600) -> subprocess.CompletedProcess[str]:
        return run([self.name, *arguments], env=self.environment(), timeout=timeout)

    def do(self, *arguments: str, timeout: int = 600) -> str:
        result = self.run(*arguments, timeout=timeout)
        assert result.returncode == 0, f"{self.name} {' '.join(arguments)}\n{result.stdout[-6000:]}"
        return result.stdout

    def build(self, folder: Path, target: str, tag: str, **arguments: str) -> float:
        """Builds a stage, and returns the seconds that it took."""
        given = [f"--build-arg={name}={value}" for name, value in arguments.items()]
        start = time.monotonic()
        self.do("build", "--target", target, "--tag", tag, *given, str(folder), timeout=3600)
        return time.monotonic() - start

    def layers(self, image: str) -> list[str]:
        return json.loads(self.do("image", "inspect", image))[0]["RootFS"]["Layers"]

    def megabytes(self, image: str) -> int:
        return json.loads(self.do("image", "inspect", image))[0]["Size"] // 10**6


@pytest.fixture(scope="session")
def engine() -> Engine:
    for name in ("docker", "podman"):
        engine = Engine(name)
        if shutil.which(name) and engine.run("info").returncode == 0:
            return engine
    pytest.skip("no container engine runs here: neither `docker info` nor `podman info` answers")


@pytest.fixture(scope="session")
def base(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Says where the image comes from that the Dockerfile names; a stand-in is removed at the end."""
    dockerfile = (render(tmp_path_factory.mktemp("base")) / "Dockerfile").read_text(encoding="utf-8")
    version, name = re.search(r"ARG PYTHON=(\S+)", dockerfile), re.search(r"FROM (\S+) AS", dockerfile)
    assert version
    assert name
    image = name[1].replace("${PYTHON}", version[1])
    if engine.run("image", "inspect", image).returncode == 0:
        yield "found here"
    elif engine.run("pull", f"docker.io/library/{image}").returncode == 0:
        yield "official"
    elif not shutil.which("debootstrap") or os.getuid():
        pytest.skip(f"no registry gives {image}, and making a stand-in needs root and debootstrap")
    else:
        made = run([str(SUPPORT / "base-image.sh"), engine.name, image], timeout=900)
        assert made.returncode == 0, made.stdout[-4000:]
        yield "made from Debian's packages"
        engine.run("rmi", "--force", image)


def index_answers() -> bool:
    try:
        with urllib.request.urlopen(CPU_WHEELS, timeout=10):
            return True
    except OSError:
        return False


def make_project(output: Path, **answers: str) -> Path:
    """A project as it is after some work: locked, and with much beside it that must not get into an image."""
    project = render(output, validate="skip", **answers)
    locked = run([sys.executable, "-m", "uv", "lock"], cwd=project, timeout=300)
    assert locked.returncode == 0, locked.stdout
    for name in (".env", ".git/config", ".venv/bin/python", "data/photo.jpg", "outputs/best.ckpt", "notes/key.pem", "id_rsa"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(f"KEY={SECRET}\n")
    return project


@dataclass(frozen=True)
class Built:
    engine: Engine
    project: Path
    tag: str
    seconds: dict[str, float]
    data: Path
    outputs: Path

    @property
    def train(self) -> str:
        return f"{self.tag}:train"

    @property
    def runtime(self) -> str:
        return f"{self.tag}:runtime"

    def options(self, *more: str) -> list[str]:
        """How each container is run here."""
        nameless = ["--passwd=false"] if self.engine.name == "podman" else []  # docker gives a strange user no name either
        strict = ["--read-only", "--tmpfs=/tmp", "--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
        mounts = [f"--volume={self.data}:/app/data:ro", f"--volume={self.outputs}:/app/outputs"]
        return ["--shm-size=2g", "--env=WANDB_MODE=offline", f"--user={CALLER[0]}:{CALLER[1]}", *strict, *mounts, *nameless, *more]

    def run(self, image: str, *command: str, more: tuple[str, ...] = ()) -> str:
        """Runs a command to its end, and returns what it says."""
        return self.engine.do("run", "--rm", *self.options(*more), image, *command, timeout=1800)


@pytest.fixture(scope="class")
def built(request: pytest.FixtureRequest, engine: Engine, base: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    of: Any = request.cls
    folder = tmp_path_factory.mktemp(of.task)
    project = make_project(folder, task=of.task, logger=of.logger)
    tag = f"test-{of.task}-{uuid.uuid4().hex[:8]}"
    data, outputs = folder / "data", folder / "outputs"
    for writable in (data, outputs):
        writable.mkdir()
        if os.getuid() == 0:
            os.chown(writable, *CALLER)
    images = Built(engine, project, tag, {}, data, outputs)
    try:
        for target in ("runtime", "train"):
            images.seconds[target] = engine.build(project, target, f"{tag}:{target}")
        engine.do("run", "--rm", f"--user={CALLER[0]}:{CALLER[1]}", f"--volume={data}:/app/data", images.runtime, *WRITE_DEMO)
        yield images
    finally:
        engine.run("rmi", "--force", images.train, images.runtime)


@dataclass(frozen=True)
class Stopped:
    """A training that was stopped as `docker stop` does it."""

    status: int
    printed: str
    saved_again: bool


@pytest.fixture(scope="class")
def stopped(built: Built) -> Stopped:
    name = f"{built.tag}-stopped"
    curves, last = (built.outputs / "stopped" / name for name in ("metrics.csv", "checkpoints/last.ckpt"))
    endless = [*SHORT, "trainer.max_epochs=100000", "callbacks.early_stopping=null", "run_dir=outputs/stopped"]
    built.engine.do("run", "--detach", f"--name={name}", *built.options(), built.runtime, "train", *endless)
    try:
        wait_for(lambda: curves.exists() or not runs(built.engine, name), 600, lambda: built.engine.run("logs", name).stdout)
        assert runs(built.engine, name), built.engine.run("logs", name).stdout[-4000:]
        first = last.stat().st_mtime_ns
        built.engine.do("stop", "-t", "300", name)
        status = json.loads(built.engine.do("inspect", name))[0]["State"]["ExitCode"]
        return Stopped(status, built.engine.do("logs", name), last.stat().st_mtime_ns > first)
    finally:
        built.engine.run("rm", "--force", name)


def runs(engine: Engine, name: str) -> bool:
    return json.loads(engine.do("inspect", name))[0]["State"]["Running"]


def wait_for(condition: Callable[[], bool], seconds: int, explain: Callable[[], str]) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, explain()[-4000:]
        time.sleep(0.5)


def epochs_of(run_folder: Path) -> list[int]:
    """The epochs of which there are numbers."""
    with (run_folder / "metrics.csv").open(newline="") as file:
        return [int(row["epoch"]) for row in csv.DictReader(file) if row["epoch"]]


def assert_serves(built: Built, name: str, service: dict[str, Any]) -> None:
    """Starts a service of the compose file, and waits for its health check to pass."""
    built.engine.do("run", "--detach", f"--name={name}", *built.options(), built.runtime, *service["command"])
    check = service["healthcheck"]["test"][1:]
    try:
        wait_for(lambda: built.engine.run("exec", name, *check).returncode == 0, 120, lambda: built.engine.run("logs", name).stdout)
    finally:
        built.engine.run("rm", "--force", name)


class OfTask:
    task: str
    logger: str

    def test_a_change_of_the_code_rebuilds_one_layer(
        self, built: Built, base: str, record_property: Callable[[str, object], None]
    ) -> None:
        before = built.engine.layers(built.runtime)
        changed = built.project / "src" / "my_vision_project" / "commands" / "train.py"
        original = changed.read_text(encoding="utf-8")
        tag = f"{built.tag}:changed"
        try:
            changed.write_text(f"{original}\n# changed\n", encoding="utf-8")
            seconds = built.engine.build(built.project, "runtime", tag)
            after = built.engine.layers(tag)
        finally:
            changed.write_text(original, encoding="utf-8")
            built.engine.run("rmi", "--force", tag)
        rebuilt = [layer for layer in after if layer not in before]
        row = {
            "task": self.task,
            "engine": built.engine.name,
            "base image": base,
            "runtime, MB": built.engine.megabytes(built.runtime),
            "train, MB": built.engine.megabytes(built.train),
            "cold build, s": round(built.seconds["runtime"], 1),
            "train beside it, s": round(built.seconds["train"], 1),
            "build after a code change, s": round(seconds, 1),
            "layers": len(after),
            "layers rebuilt": len(rebuilt),
        }
        record_property("container", row)
        assert len(after) == len(before)
        assert len(rebuilt) == 1, row

    def test_both_images_share_the_environment(self, built: Built) -> None:
        train, runtime = built.engine.layers(built.train), built.engine.layers(built.runtime)
        assert train[: len(runtime) - 1] == runtime[:-1]

    def test_only_the_project_is_in_the_image(self, built: Built) -> None:
        files = built.run(built.runtime, "find", "/app", "-type", "f", "-not", "-path", "/app/data/*").splitlines()
        assert {Path(file).relative_to("/app").parts[0] for file in files} == IN_THE_IMAGE
        history = built.engine.do("history", "--no-trunc", built.runtime)
        assert SECRET not in history

    def test_the_runtime_has_nothing_to_build_with(self, built: Built) -> None:
        look = "import shutil; print([name for name in ('uv', 'git', 'gcc', 'pytest', 'ruff') if shutil.which(name)])"
        assert built.run(built.runtime, "python", "-c", look).strip() == "[]"

    def test_the_user_is_not_root_and_can_be_chosen(self, built: Built) -> None:
        assert built.engine.do("run", "--rm", built.runtime, "id", "-u").strip() == "10001"
        tag = f"{built.tag}:user"
        try:
            built.engine.build(built.project, "runtime", tag, UID="4321")
            assert built.engine.do("run", "--rm", tag, "id", "-u").strip() == "4321"
        finally:
            built.engine.run("rmi", "--force", tag)

    def test_the_image_says_what_it_is(self, built: Built) -> None:
        config = json.loads(built.engine.do("image", "inspect", built.runtime))[0]["Config"]
        labels = {name.removeprefix("org.opencontainers.image."): text for name, text in config["Labels"].items()}
        assert (labels["title"], labels["licenses"]) == ("my-vision-project", "MIT")
        assert "Healthcheck" not in config, "nothing serves"

    def test_the_tests_of_the_project_pass(self, built: Built) -> None:
        assert re.search(r"\d+ passed", built.run(built.train, "uv", "run", "pytest", "-q"))

    def test_stop_ends_in_a_checkpoint_and_says_how_to_go_on(self, stopped: Stopped) -> None:
        assert stopped.status == 128 + 15, stopped.printed[-4000:]
        assert stopped.saved_again
        assert re.search(r"Stopped\. Go on with: train .*ckpt_path=/app/outputs/stopped\b", stopped.printed)

    def test_training_goes_on_and_is_tested(self, built: Built, stopped: Stopped) -> None:
        reached = max(epochs_of(built.outputs / "stopped"))
        resume = ["ckpt_path=outputs/stopped/checkpoints/last.ckpt", *SHORT, f"trainer.max_epochs={reached + 3}"]
        built.run(built.runtime, "train", *resume, "run_dir=outputs/resumed")
        assert min(epochs_of(built.outputs / "resumed")) >= reached
        assert all(name.startswith("test/") for name in json.loads((built.outputs / "resumed" / "metrics.json").read_text()))

    def test_predicts_on_a_mounted_folder(self, built: Built, stopped: Stopped, tmp_path: Path) -> None:
        next(iter(FORMATS[self.task].values()))(tmp_path / "photos")
        for path in tmp_path.rglob("*.*"):
            if path.suffix not in (".jpg", ".png"):
                path.unlink()  # predict would list it as no image
        mount = (f"--volume={tmp_path / 'photos'}:/photos:ro",)
        arguments = ["ckpt_path=outputs/stopped/checkpoints/last.ckpt", "source=/photos", "run_dir=outputs/predicted"]
        said = built.run(built.runtime, "predict", *arguments, more=mount)
        assert re.search(r"Predicted (\d+) of \1 images", said)
        assert list((built.outputs / "predicted" / "pictures").rglob("*.jpg"))

    def test_the_serve_stage_answers_a_photo_without_torch_or_root_and_ends_when_it_is_told_to(
        self, built: Built, stopped: Stopped, tmp_path: Path
    ) -> None:
        next(iter(FORMATS[self.task].values()))(tmp_path / "photos")
        photo = next(path for path in sorted(tmp_path.rglob("*.*")) if path.suffix in (".jpg", ".png"))
        tag, name = f"{built.tag}:serve", f"{built.tag}-serve"
        checkpoint = "ckpt_path=outputs/stopped/checkpoints/last.ckpt"
        built.run(built.train, "export", checkpoint, "split=all", "trainer.limit_test_batches=2", "run_dir=outputs/exported")
        try:
            built.engine.build(built.project, "serve", tag)
            assert built.engine.run("run", "--rm", tag, "python", "-c", "import torch").stdout.strip().endswith("'torch'")
            assert built.engine.megabytes(tag) < 600
            refused = built.engine.run("run", "--rm", *built.options(), tag, "serve", checkpoint, "run_dir=/tmp/served")
            assert "export it with format=onnx first" in refused.stdout
            model = "ckpt_path=outputs/exported/model.onnx"
            here = f"--volume={photo.parent}:/photos:ro"
            command = ["serve", model, "port=8000", "run_dir=/tmp/served"]
            built.engine.do("run", "--detach", "--init", f"--name={name}", *built.options(here), tag, *command)
            ask = ("exec", name, "python", "-c", ASK, f"/photos/{photo.name}")
            wait_for(lambda: built.engine.run(*ask).returncode == 0, 120, lambda: built.engine.run("logs", name).stdout)
            (answer,) = json.loads(built.engine.do(*ask))["predictions"]
            assert answer["file_name"] == photo.name
            assert built.engine.do("exec", name, "id", "-u").strip() == str(CALLER[0])
            built.engine.do("stop", "-t", "60", name)
            state = json.loads(built.engine.do("inspect", name))[0]["State"]
            assert state["ExitCode"] == 128 + 15, built.engine.run("logs", name).stdout[-4000:]
            assert SECRET not in built.engine.do("history", "--no-trunc", tag)
        finally:
            built.engine.run("rm", "--force", name)
            built.engine.run("rmi", "--force", tag)

    def test_files_belong_to_the_caller(self, built: Built, stopped: Stopped) -> None:
        written = [built.outputs / "stopped", *(built.outputs / "stopped").rglob("*")]
        assert {(path.lstat().st_uid, path.lstat().st_gid) for path in written} == {CALLER}

    def test_what_compose_starts_beside_it_serves(self, built: Built, stopped: Stopped) -> None:
        """The curves are shown by the service of the compose file, whose own health check says so."""
        services = yaml.safe_load((built.project / "compose.yaml").read_text(encoding="utf-8"))["services"]
        beside = sorted(services.keys() - {"train", "train-cpu", "serve"})
        assert beside == ([self.logger] if self.logger in ("tensorboard", "mlflow") else [])
        for name in beside:
            assert_serves(built, f"{built.tag}-{name}", services[name])

    def test_the_dev_container_is_ready(self, built: Built, tmp_path: Path) -> None:
        """An editor mounts the project over the code of the image, whose environment then runs what is edited."""
        settings = json.loads((built.project / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
        assert settings["build"]["target"] == "train"
        edited = shutil.copytree(built.project, tmp_path / "edited")
        (edited / "src" / "my_vision_project" / "edited.py").write_text("print('what was edited')\n")
        mount = f"--volume={edited}:{settings['workspaceFolder']}"
        command = ["uv", "run", "python", "-m", "my_vision_project.edited"]
        options = ["--rm", "--network=none", mount, f"--user={settings['remoteUser']}"]
        assert built.engine.do("run", *options, built.train, *command).strip() == "what was edited"


class TestClassification(OfTask):
    task, logger = "classification", "tensorboard"

    def test_the_commands_of_the_readme_work(self, built: Built, tmp_path: Path) -> None:
        [block] = blocks(built.project / "README.md", "In a container")
        assert block.text.count("train experiment=sample") == 1
        commands = block.text.replace("train experiment=sample", "train experiment=sample trainer.max_epochs=1")
        docker = tmp_path / "docker"
        docker.write_text(f'#!/bin/sh\nexec {shutil.which(built.engine.name)} "$@"\n')
        docker.chmod(0o755)
        project = shutil.copytree(built.project, tmp_path / "project")
        for planted in ("data", "outputs"):
            shutil.rmtree(project / planted)
        path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
        try:
            result = run(["sh", "-eu", "-c", commands], cwd=project, env=built.engine.environment(PATH=path), timeout=3600)
            assert result.returncode == 0, result.stdout[-6000:]
            assert list((project / "outputs").rglob("metrics.json"))
            assert list((project / "splits").iterdir()), "where they can be, splits are kept"
            assert re.search(r"\d+ passed", result.stdout)
        finally:
            built.engine.run("rmi", "--force", "my-vision-project", "my-vision-project:train")


class TestDetection(OfTask):
    task, logger = "detection", "mlflow"


class TestSegmentation(OfTask):
    task, logger = "segmentation", "wandb"


@pytest.mark.parametrize(
    ("answers", "arguments"), [({}, {"TORCH": "cpu"}), ({"torch_build": "cpu"}, {})], ids=["argument", "answer"]
)
def test_the_image_for_the_cpu_has_no_cuda(
    answers: dict[str, str], arguments: dict[str, str], engine: Engine, base: str, tmp_path: Path
) -> None:
    if not index_answers():
        pytest.skip(f"{CPU_WHEELS} cannot be reached")
    project = make_project(tmp_path, **answers)
    tag = f"test-cpu-{uuid.uuid4().hex[:8]}"
    try:
        engine.build(project, "runtime", tag, **arguments)
        look = "import importlib.metadata as m; print(*[d.name for d in m.distributions() if d.name.startswith('nvidia')])"
        assert engine.do("run", "--rm", tag, "python", "-c", look).split() == []
        engine.do("run", "--rm", "--shm-size=2g", tag, "train", "experiment=sample", "trainer.fast_dev_run=true")
        assert engine.megabytes(tag) < 3000
    finally:
        engine.run("rmi", "--force", tag)
