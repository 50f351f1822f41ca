import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.commands.serve import listen, serve
from {{ cookiecutter.package_name }}.config.errors import UserError
from {{ cookiecutter.package_name }}.data.files import find_images


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGTERM on Windows")
def test_a_process_answers_and_ends_when_it_is_told_to(run: Path, root: Path, tmp_path: Path) -> None:
    shutil.copy(run / "checkpoints" / "best.ckpt", tmp_path / "moved.ckpt")
    options = ["ckpt_path=moved.ckpt", "port=0", "run_dir=out"]
    argv = [sys.executable, "-m", "{{ cookiecutter.package_name }}.commands.serve", *options]
    with subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        address = next(found[1] for line in process.stdout if (found := re.search(r"Serving on (http://127\.0\.0\.1:\d+)", line)))
        body = b"--x\r\nContent-Disposition: form-data; name=file; filename=1.png\r\n\r\n" + find_images(root)[0].read_bytes()
        request = urllib.request.Request(
            f"{address}/predict", body + b"\r\n--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            assert json.load(response)["predictions"][0]["file_name"] == "1.png"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (-signal.SIGTERM, 128 + signal.SIGTERM)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{address}/health", timeout=5)


def test_an_address_that_cannot_be_had_is_a_message() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(UserError, match="cannot be served on"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_only_this_machine_is_answered_unless_told(compose: Callable[..., Any]) -> None:
    settings = compose(serve, "ckpt_path=model.onnx", "port=0")
    with listen(settings.host, settings.port) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        assert listener.family == socket.AF_INET
