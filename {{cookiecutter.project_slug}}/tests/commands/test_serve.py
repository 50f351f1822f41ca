import base64
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from {{ cookiecutter.package_name }}.commands.serve import listen, serve
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.config.schema import MAX_PIXELS
from {{ cookiecutter.package_name }}.data.files import find_images
from {{ cookiecutter.package_name }}.model.onnx_predictor import OnnxPredictor
from {{ cookiecutter.package_name }}.results.answer import answer

SERVE = [sys.executable, "-m", "{{ cookiecutter.package_name }}.commands.serve", "port=0", "run_dir=out"]
# Python runs a file of this name first.
WITHOUT_TORCH = """
import sys

MISSING = {"huggingface_hub", "jinja2", "lightning", "lightning_utilities", "rich", "timm", "torch", "torchmetrics", "torchvision"}

class Missing:
    def find_spec(self, name, path=None, target=None):
        first = name.partition(".")[0]
        if first in MISSING:
            raise ModuleNotFoundError(f"No module named {first!r}", name=first)

sys.meta_path.insert(0, Missing())
"""


@contextmanager
def served(*options: str, folder: Path, **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a service in a process of its own, and the process."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen([*SERVE, *options], cwd=folder, env=os.environ | environment, **pipes) as process:
        try:
            assert process.stdout
            said = (re.search(r"Serving on (http://127\.0\.0\.1:\d+)", line) for line in process.stdout)
            yield next(found[1] for found in said if found), process
        finally:
            process.kill()


def ask(address: str, photo: Path) -> dict[str, Any]:
    """The answer for a photo."""
    body = f"--x\r\nContent-Disposition: form-data; name=file; filename={photo.name}\r\n\r\n".encode() + photo.read_bytes()
    request = urllib.request.Request(address, body + b"\r\n--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"})
    with urllib.request.urlopen(request, timeout=60) as response:
        (prediction,) = json.load(response)["predictions"]
    return prediction


@pytest.fixture
def without_torch(tmp_path: Path) -> str:
    """The PYTHONPATH of a process that cannot import torch, and much else that a service of an ONNX file does without."""
    (tmp_path / "missing").mkdir()
    (tmp_path / "missing" / "sitecustomize.py").write_text(WITHOUT_TORCH)
    return os.pathsep.join(filter(None, [str(tmp_path / "missing"), os.environ.get("PYTHONPATH")]))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGTERM on Windows")
def test_a_process_answers_and_ends_when_it_is_told_to(run: Path, root: Path, tmp_path: Path) -> None:
    shutil.copy(run / "checkpoints" / "best.ckpt", tmp_path / "moved.ckpt")
    with served("ckpt_path=moved.ckpt", folder=tmp_path) as (address, process):
        photo = find_images(root)[0]
        assert ask(f"{address}/predict", photo)["file_name"] == photo.name
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (-signal.SIGTERM, 128 + signal.SIGTERM)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{address}/health", timeout=5)


def test_an_onnx_file_is_served_where_torch_is_not_installed(
    exported: Path, photos: list[Path], without_torch: str, tmp_path: Path
) -> None:
    model = OnnxPredictor(exported)
    with served(f"ckpt_path={exported}", folder=tmp_path, PYTHONPATH=without_torch) as (address, _):
        for photo in photos:
            item = model.read(photo, False, MAX_PIXELS)
            (prediction,) = model.predict([item])
            height, width = item["size"]
            expected = {"file_name": photo.name, "width": width, "height": height, "picture": None}
            assert ask(f"{address}/predict", photo) == answer(prediction, model.classes).model_dump(mode="json") | expected
        picture = ask(f"{address}/predict?picture=true", photos[0])["picture"]
        assert Image.open(io.BytesIO(base64.b64decode(picture))).format == "JPEG"


def test_what_needs_torch_says_so_where_it_is_not_installed(run: Path, exported: Path, without_torch: str, tmp_path: Path) -> None:
    needs = {f"ckpt_path={run / 'checkpoints' / 'best.ckpt'}": "export it with format=onnx first"}
{%- if cookiecutter.task != "classification" %}
    needs[f"ckpt_path={exported} tile=64"] = "install it, or set tile=0"
{%- endif %}
    for options, advice in needs.items():
        environment = os.environ | {"PYTHONPATH": without_torch}
        pipes: dict[str, Any] = {"stderr": subprocess.PIPE, "text": True}
        ended = subprocess.run([*SERVE, *options.split(), "check=true"], cwd=tmp_path, env=environment, check=False, **pipes)
        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
        assert advice in ended.stderr


def test_an_address_that_cannot_be_had_is_a_message() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(UserError, match="cannot be served on"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_only_this_machine_is_answered_unless_told(compose: Callable[..., Any]) -> None:
    settings = compose(serve, "ckpt_path=model.onnx", "port=0")
    with listen(settings.host, settings.port) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        assert listener.family == socket.AF_INET
