"""Pages in a real browser: Chromium or Chrome, as the system has it."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

REFUSED = "the server responded with a status of 422"  # to what is no photo
NARROW = ViewportSize(width=400, height=800)  # as phones are
Scheme = Literal["light", "dark"]
BACK = """() => getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3)
  .reduce((sum, each) => sum + Number(each), 0) / (3 * 255)"""
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
DROP = """([selector, ...files]) => {
  const carried = new DataTransfer()
  for (const [name, bytes] of files)
    carried.items.add(new File([Uint8Array.from(atob(bytes), each => each.charCodeAt(0))], name))
  document.querySelector(selector).dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }))
}"""


@contextlib.contextmanager
def started() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])  # which root has not
        yield browser
        browser.close()


@contextlib.contextmanager
def opened(browser: Browser, address: str, scheme: Scheme) -> Iterator[Page]:
    """A page on a phone, whose colors are those of the scheme.

    In the end, no script must have failed, nothing must have been asked of others, and nothing must stick out on the right.
    """
    page = browser.new_page(viewport=NARROW, color_scheme=scheme)
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" and REFUSED not in said.text else None)
    page.goto(address)
    yield page
    own = urljoin(address, "/") if address.startswith("http") else address
    others = [each for each in asked if not each.startswith((own, "data:"))]
    assert not others, others
    assert not wrong, wrong
    assert page.evaluate(WIDE) <= 0
    brightness = page.evaluate(BACK)
    assert brightness < 0.2 if scheme == "dark" else brightness > 0.9, brightness
    page.close()


def keep(page: Page, file: Path) -> None:
    """The whole page as a picture, for people."""
    page.screenshot(path=file, full_page=True)
