# /// script
# requires-python = ">=3.11"
# dependencies = ["cookiecutter>=2.6,<3", "pillow>=11", "playwright>=1.50,<2"]
# ///
"""Makes the gallery and the pictures of all READMEs anew, by a real run of each task's sample recipe. Needs Chromium.

Usage: uv run docs/gallery.py [task …]
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cookiecutter.main import cookiecutter
from PIL import Image
from playwright.sync_api import Page, sync_playwright

TEMPLATE = Path(__file__).parents[1]
GALLERY = TEMPLATE / "docs" / "_static"
PICTURE = TEMPLATE / "docs" / "predictions.jpg"
TASKS = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))["task"]
WIDTH = 1200


def run(project: Path, *command: str) -> None:
    subprocess.run(["uv", "run", *command], cwd=project, check=True)


@contextlib.contextmanager
def served(project: Path, checkpoint: Path) -> Iterator[str]:
    """The address at which the demo page of a checkpoint is served."""
    command = ["uv", "run", "serve", f"ckpt_path={checkpoint}", "port=0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=project, text=True)
    try:
        assert process.stdout
        yield next(found[0] for line in process.stdout if (found := re.search(r"http://[\w.]+:\d+", line)))
    finally:
        process.terminate()
        process.wait()


def shoot(page: Page, file: Path) -> None:
    page.screenshot(path=file, type="jpeg", quality=80)


def train(task: str, folder: Path) -> Path:
    """A new project of a task, in which the sample recipe was run."""
    answers = {"project_slug": task, "package_name": task, "task": task, "logger": "csv"}
    made = cookiecutter(str(TEMPLATE), no_input=True, output_dir=str(folder), accept_hooks=False, extra_context=answers)
    run(Path(made), "train", "experiment=sample", "run_dir=outputs/sample")
    return Path(made)


def show(task: str, project: Path, page: Page) -> None:
    """Keeps the pages and pictures of a project."""
    trained, kept = project / "outputs" / "sample", GALLERY / task
    kept.mkdir(parents=True, exist_ok=True)
    run(project, "doctor", "ckpt_path=outputs/sample", "run_dir=outputs/doctor")
    keep_upper_row(Image.open(max((trained / "pictures").iterdir())).convert("RGB"), task)
    for written in (trained / "report.html", project / "outputs" / "doctor" / "doctor.html"):
        text = written.read_text(encoding="utf-8").replace(f"{project.parent}{os.sep}", "")  # nobody cares where it was
        (kept / written.name).write_text(text, encoding="utf-8")
        page.goto((kept / written.name).as_uri())
        shoot(page, kept / f"{written.stem}.jpg")
    photos = [path for path in sorted((project / "data" / "demo").rglob("*.*g")) if "masks" not in path.parts]
    with served(project, trained / "checkpoints" / "best.ckpt") as address:
        page.goto(address)
        page.set_input_files("#file", photos[0])
        page.wait_for_selector("figure img")
        shoot(page, kept / "demo.jpg")


def of_project(task: str) -> Path:
    """The picture in the README of a project of this task."""
    name = f"{{% if cookiecutter.task == '{task}' %}}predictions.jpg{{% endif %}}"
    return TEMPLATE / "{{cookiecutter.project_slug}}" / "docs" / name


def keep_upper_row(drawn: Image.Image, task: str) -> None:
    """Keeps as many images of a validation as can be seen in a README."""
    row = drawn.crop((0, 0, drawn.width, drawn.height // 2))
    row.resize((WIDTH, row.height * WIDTH // row.width)).save(of_project(task), "JPEG", quality=85)


def picture() -> None:
    """The pictures of the tasks, one below the other."""
    rows = [Image.open(of_project(task)) for task in TASKS]
    whole = Image.new("RGB", (WIDTH, sum(row.height for row in rows)))
    for number, row in enumerate(rows):
        whole.paste(row, (0, sum(above.height for above in rows[:number])))
    whole.save(PICTURE, quality=85)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        # The browser of the system where there is one, else that of `playwright install chromium`.
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        for task in sys.argv[1:] or TASKS:
            show(task, train(task, Path(folder)), page)
    picture()


if __name__ == "__main__":
    main()
