import asyncio
import base64
import io
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from {{ cookiecutter.package_name }}.data.files import find_images
from {{ cookiecutter.package_name }}.model.onnx_predictor import OnnxPredictor
from {{ cookiecutter.package_name }}.model.predictor import FilePredictor, Predictor
from {{ cookiecutter.package_name }}.results import service
from {{ cookiecutter.package_name }}.results.answer import answer
from {{ cookiecutter.package_name }}.results.batching import Batcher
from {{ cookiecutter.package_name }}.results.service import Limits, Model, Prediction, make_app

LIMITS = Limits(bytes=200_000, files=3, pixels=40_000, seconds=30)


@pytest.fixture(scope="module", params=["checkpoint", "onnx"])
def model(request: pytest.FixtureRequest, run: Path, exported: Path) -> Model:
    if request.param == "onnx":
        return OnnxPredictor(exported)
    return FilePredictor(Predictor.from_checkpoint(run / "checkpoints" / "best.ckpt").eval(), batch_size=2)


@pytest.fixture(scope="module")
def client(model: Model) -> Iterator[TestClient]:
    with TestClient(make_app(model, LIMITS, batch_size=2, wait=0.01)) as client:
        yield client


def png(width: int, height: int, color: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), color).save(file, "PNG")
    return file.getvalue()


def test_each_file_is_answered_in_its_own_pixels_and_order(client: TestClient, root: Path) -> None:
    paths = find_images(root)[:3]
    response = client.post("/predict", files=[("file", (path.name, path.read_bytes())) for path in paths])
    assert response.status_code == 200
    predictions = [Prediction.model_validate(each) for each in response.json()["predictions"]]
    assert [each.file_name for each in predictions] == [path.name for path in paths]
    for path, prediction in zip(paths, predictions, strict=True):
        with Image.open(path) as image:
            assert (prediction.width, prediction.height) == image.size
        assert prediction.picture is None


def test_a_picture_is_drawn_on_request(client: TestClient) -> None:
    response = client.post("/predict?picture=true", files={"file": ("<b>.png", png(50, 30))})
    (prediction,) = response.json()["predictions"]
    assert prediction["file_name"] == "<b>.png"
    assert Image.open(io.BytesIO(base64.b64decode(prediction["picture"]))).format == "JPEG"


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "it is empty"),
        (b"no image", 422, "not a readable image"),
        (png(60, 60)[:-30], 422, "not a readable image"),
        (png(300, 200), 422, "more than max_pixels=40000"),
        (bytes(300_000), 413, "more than 200000"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(content: bytes, status: int, words: str, client: TestClient) -> None:
    response = client.post("/predict", files={"file": ("my.png", content)})
    assert response.status_code == status
    assert words in response.json()["detail"]
    assert "/tmp" not in response.json()["detail"]
    assert client.get("/health").json()["status"] == "ok"


def test_requests_without_files_with_too_many_or_of_another_kind_are_refused(client: TestClient) -> None:
    assert "field file" in client.post("/predict").json()["detail"]
    assert client.post("/predict", data={"file": "text"}).status_code == 422
    many = client.post("/predict", files=[("file", ("a.png", png(8, 8)))] * 4)
    assert (many.status_code, "more than 3" in many.json()["detail"]) == (413, True)
    wrong = client.post("/predict?picture=maybe", files={"file": ("a.png", png(8, 8))})
    assert (wrong.status_code, "picture in the address:" in wrong.json()["detail"]) == (422, True)
    assert "field file" not in wrong.json()["detail"]
    assert client.get("/predict").status_code == 405
    assert [client.head(path).status_code for path in ("/", "/health")] == [200, 200]
    assert client.get("/nothing").status_code == 404
    assert client.post("/predict", content=iter([b"in pieces"])).status_code == 411


def post(app: FastAPI, pieces: list[bytes], length: int) -> tuple[int, str]:
    """Status and sentence for a body that comes in pieces; after the last one, nothing comes, and more is promised."""
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    sent: list[Any] = []

    async def receive() -> Any:
        if not messages:
            await asyncio.sleep(60)
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    form = (b"content-type", b"multipart/form-data; boundary=x")
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http"}
    scope |= {"path": "/predict", "raw_path": b"/predict", "query_string": b"", "root_path": "", "client": None, "server": None}
    scope |= {"headers": [(b"host", b"here"), (b"content-length", str(length).encode()), form]}
    asyncio.run(app(scope, receive, send))  # pyright: ignore[reportArgumentType]
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode()


HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'


def test_a_body_that_is_longer_than_it_says_is_refused(model: Model) -> None:
    app = make_app(model, LIMITS, batch_size=2, wait=0.01)
    status, said = post(app, [HEAD, *[bytes(50_000)] * 5], length=5)
    assert (status, "more than 200000 bytes" in said) == (413, True)


def test_a_body_that_stops_arriving_is_given_up(model: Model) -> None:
    app = make_app(model, replace(LIMITS, seconds=0.1), batch_size=2, wait=0.01)
    status, said = post(app, [HEAD, b"half"], length=1000)
    assert (status, "did not arrive within 0.1 seconds" in said) == (408, True)


def test_of_many_large_images_few_are_decoded_at_once(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most, read = 0, 0, service.read_upload

    def reading(*arguments: Any) -> Any:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.05)
        at_once -= 1
        return read(*arguments)

    monkeypatch.setattr(service, "read_upload", reading)
    with TestClient(make_app(model, LIMITS, batch_size=2, wait=0.01)) as client:
        for side, expected in ((150, 1), (50, 3)):
            most = 0
            response = client.post("/predict", files=[("file", ("a.png", png(side, side)))] * 3)
            assert (response.status_code, most) == (200, expected)


def test_an_answer_that_takes_too_long_is_given_up(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(bytes=200_000, files=3, pixels=40_000, seconds=0.05)
    monkeypatch.setattr(model, "predict", lambda items: time.sleep(0.5))
    with TestClient(make_app(model, limits, batch_size=2, wait=0.01)) as slow:
        response = slow.post("/predict", files={"file": ("a.png", png(8, 8))})
    assert response.status_code == 503
    assert "try again" in response.json()["detail"]


def test_what_happens_is_counted(client: TestClient) -> None:
    client.post("/predict", files={"file": ("a.png", png(8, 8))})
    counted = client.get("/metrics").text
    assert 'requests_total{path="/predict",status="200"}' in counted
    assert "batch_images_bucket" in counted


def test_the_page_needs_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/").text
    assert "Drop photos here" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "innerHTML" not in page
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404  # they would load scripts from the web
    assert client.get("/openapi.json").json()["paths"].keys() == {"/predict", "/health"}


def test_items_that_wait_together_make_one_batch_and_a_failure_ends_nothing() -> None:
    batches: list[list[int]] = []

    def work(items: list[int]) -> list[int]:
        batches.append(items)
        if 0 in items:
            raise ValueError("zero")
        return [10 * item for item in items]

    async def ask() -> list[int]:
        batcher = Batcher(work, size=3, wait=0.05)
        worker = asyncio.create_task(batcher.run())
        with pytest.raises(ValueError, match="zero"):
            await batcher.result(0)
        results = await asyncio.gather(*map(batcher.result, range(1, 6)))
        worker.cancel()
        return list(results)

    assert asyncio.run(ask()) == [10, 20, 30, 40, 50]
    assert batches == [[0], [1, 2, 3], [4, 5]]


def test_the_answer_is_plain_data(model: Model, root: Path) -> None:
    (prediction,) = model.predict([model.read(find_images(root)[0], False, 40_000)])
    said = answer(prediction, model.classes)
    assert type(said).model_validate_json(said.model_dump_json()) == said
