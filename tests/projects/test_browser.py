"""The pages of a project in a real browser: Debian's `chromium`, or Google Chrome."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from support.browser import DROP, Scheme, keep, opened, started
from support.generated import Generated, generate
from support.helpers import of_each_task

pytestmark = pytest.mark.exhaustive

SHORT = ("experiment=sample", "trainer.max_epochs=1", "trainer.limit_train_batches=4", "data.num_workers=0", "trainer.devices=1")
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.fixture(scope="class")
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """A project with two runs, whose report shows an exported file, what `doctor` found, and the comparison of both."""
    of: Any = request.cls
    made = generate(tmp_path_factory.mktemp(of.task) / "output", task=of.task, logger="csv", validate="skip")
    made.check("uv", "sync")
    for name in ("a", "b"):
        made.check("train", *SHORT, f"run_dir=outputs/{name}")
    made.check("export", "ckpt_path=outputs/a/checkpoints/best.ckpt", "format=torch_export", "run_dir=outputs/exported")
    made.check("report", "run=outputs/a", "data.num_workers=0")
    made.check("report", "runs=outputs")
    made.check("doctor", "run_dir=outputs/doctor")
    return made


class OfTask:
    task: str

    @pytest.mark.parametrize("scheme", SCHEMES)
    @pytest.mark.parametrize("name", ["a/report.html", "report.html", "doctor/doctor.html"])
    def test_a_page_is_readable_on_a_phone(
        self, name: str, scheme: Scheme, project: Generated, browser: Browser, tmp_path: Path
    ) -> None:
        with opened(browser, (project.folder / "outputs" / name).as_uri(), scheme) as page:
            assert page.locator("h1").count() == 1
            if name == "a/report.html":
                assert page.get_by_text("milliseconds for an image").count() == 1
            for image in page.locator("img").all():
                image.scroll_into_view_if_needed()
                assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
            keep(page, tmp_path / "page.png")

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_each_photo_that_is_dropped_comes_back_with_its_prediction_or_why_there_is_none(
        self, scheme: Scheme, project: Generated, browser: Browser, tmp_path: Path
    ) -> None:
        photo = next(path for path in sorted((project.folder / "data" / "demo").rglob("*")) if path.suffix in (".jpg", ".png"))
        with project.started("serve", "ckpt_path=outputs/a/checkpoints/best.ckpt", "port=0", "trainer.accelerator=cpu") as service:
            service.wait_until(lambda: "Serving on" in service.log.read_text())
            address = re.findall(r"Serving on (http://\S+)", service.log.read_text())[0]
            with opened(browser, address, scheme) as page:
                content = base64.b64encode(photo.read_bytes()).decode()
                broken = ["broken.png", base64.b64encode(b"no image").decode()]
                page.evaluate(DROP, ["#drop", [photo.name, content]])
                page.locator("figure img").wait_for()
                picture = page.locator("figure img")
                assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
                assert photo.name in page.locator("figcaption").inner_text()
                keep(page, tmp_path / "page.png")
                page.evaluate(DROP, ["#drop", broken, *[[photo.name, content]] * 20])  # more than a request may have
                page.locator("figure").nth(20).wait_for()
                assert page.locator("figure img").count() == 20
                assert "broken.png" in page.locator("figure p.wrong").inner_text()
                assert page.locator("[role=status].wrong").inner_text() == "Not predicted: 1 of 21"


TestClassification, TestDetection, TestSegmentation = of_each_task(OfTask)
