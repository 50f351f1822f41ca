"""The model as a web service (https://fastapi.tiangolo.com): photos in, predictions out."""

import asyncio
import base64
import contextlib
import io
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

import numpy as np
from fastapi import FastAPI, File, HTTPException, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.middleware.base import RequestResponseEndpoint
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..config.errors import UserError
from ..data.opening import open_image
from .answer import Answer, answer
from .batching import Batcher
from .draw import draw_prediction

PAGE = Path(__file__).with_name("page.html")


class Model(Protocol):
    """What the service needs of a model: `OnnxPredictor` has it, and `FilePredictor` for all that takes torch."""

    classes: list[str]
    image_size: tuple[int, int]

    def read(self, path: Path, keep_original: bool, max_pixels: int) -> dict[str, Any]:
        """What the model sees of a file, its `"size"`, and if it is kept `"original"`; a `UserError` says what is wrong with it."""
        ...

    def predict(self, items: list[dict[str, Any]]) -> list[dict[str, np.ndarray]]:
        """The prediction for each of what `read` gives."""
        ...


@dataclass(frozen=True)
class Limits:
    """What a request may ask for: bytes of its body, files, pixels of a file, and seconds until it has arrived, and is answered."""

    bytes: int
    files: int
    pixels: int
    seconds: float


class Prediction(Answer):
    """The answer for a file, in its pixels; `picture` is a JPEG in base64, if it was asked for."""

    file_name: str
    width: int
    height: int
    picture: str | None = None


class Predictions(BaseModel):
    """One for each file, in their order."""

    predictions: list[Prediction]


class Health(BaseModel):
    """That the model is loaded, and what it knows."""

    status: str
    classes: list[str]
    image_size: tuple[int, int]


class BodyLimit:
    """Refuses a body that is too large, before it is read if it says so, and one that does not arrive in time.

    Args:
        app: What the rest is passed on to.
        most: Bytes of a body.
        seconds: Until all of it has arrived.
    """

    def __init__(self, app: ASGIApp, most: int, seconds: float) -> None:
        self.app = app
        self.most = most
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is small enough."""
        refusal = None
        if scope["type"] == "http" and scope["method"] == "POST":
            length = Headers(scope=scope).get("content-length")
            if length is None:
                refusal = JSONResponse({"detail": "the request does not say how long it is: send Content-Length"}, 411)
            elif int(length) > self.most:
                refusal = JSONResponse({"detail": f"the request has {length} bytes, more than {self.most}: send fewer files"}, 413)
            receive = self._counted(receive)
        await (refusal or self.app)(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        """Receives as before what is small and fast enough: what comes in pieces may say nothing true of its length."""
        left = self.most
        end: float | None = asyncio.get_running_loop().time() + self.seconds

        async def counted() -> Message:
            nonlocal left, end
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, f"the request did not arrive within {self.seconds:g} seconds: send it again") from None
            if not message.get("more_body"):
                end = None  # what comes next is the end of the connection, whenever that is
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413, f"the request has more than {self.most} bytes: send fewer files")
            return message

        return counted


class Room:
    """Lets few pixels be decoded at once: a small file may have many. Who finds no room waits.

    Args:
        pixels: Most of them.
    """

    def __init__(self, pixels: int) -> None:
        self.pixels = self.free = pixels
        self.changed = asyncio.Condition()

    @asynccontextmanager
    async def taken(self, pixels: int) -> AsyncIterator[None]:
        """Takes room for an image; one that is too large for all of it takes all."""
        pixels = min(pixels, self.pixels)
        async with self.changed:
            await self.changed.wait_for(lambda: self.free >= pixels)
            self.free -= pixels
        try:
            yield
        finally:
            async with self.changed:
                self.free += pixels
                self.changed.notify_all()


def make_app(model: Model, limits: Limits, batch_size: int, wait: float) -> FastAPI:
    """The service.

    Args:
        model: Reads files, and predicts.
        limits: Of each request.
        batch_size: Most images that the model sees at once.
        wait: How long an image waits for others, in seconds.
    """
    registry = CollectorRegistry()
    requests = Counter("requests", "Requests by path and status.", ["path", "status"], registry=registry)
    seconds = Histogram("predict_seconds", "Time until a request for predictions is answered.", registry=registry)
    sizes = Histogram("batch_images", "Images that the model sees at once.", registry=registry, buckets=(1, 2, 4, 8, 16, 32, 64))

    def predict_batch(items: list[dict[str, Any]]) -> list[dict[str, np.ndarray]]:
        sizes.observe(len(items))
        return model.predict(items)

    batcher, room = Batcher(predict_batch, batch_size, wait), Room(limits.pixels)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        worker = asyncio.create_task(batcher.run())
        yield
        worker.cancel()

    app = FastAPI(title="Predictions", lifespan=lifespan, docs_url=None, redoc_url=None)  # those load scripts from the web
    app.add_middleware(BodyLimit, most=limits.bytes, seconds=limits.seconds)

    @app.middleware("http")
    async def count(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        known = request.url.path in ("/", "/predict", "/health", "/metrics")
        requests.labels(request.url.path if known else "other", response.status_code).inc()
        return response

    @app.exception_handler(RequestValidationError)
    async def explain(request: Request, error: RequestValidationError) -> JSONResponse:
        (place, *names), said = error.errors()[0]["loc"], error.errors()[0]["msg"]
        if place == "query":
            return JSONResponse({"detail": f"{'.'.join(map(str, names))} in the address: {said}"}, 422)
        sentence = "expected images in the field file, as in: curl -F file=@photo.jpg"
        return JSONResponse({"detail": f"{sentence} {request.url}"}, 422)

    @app.post("/predict")
    async def predict(file: Annotated[list[UploadFile], File()], picture: bool = False) -> Predictions:
        """Predicts for each file."""
        if len(file) > limits.files:
            raise HTTPException(413, f"the request has {len(file)} files, more than {limits.files}: send several requests")
        with seconds.time():
            try:
                async with asyncio.timeout(limits.seconds):
                    return Predictions(predictions=await asyncio.gather(*(one(upload, picture) for upload in file)))
            except TimeoutError:
                raise HTTPException(503, f"no answer within {limits.seconds:g} seconds: try again later") from None

    async def one(upload: UploadFile, picture: bool) -> Prediction:
        async with room.taken(await asyncio.to_thread(pixels_in, upload)):
            item = await asyncio.to_thread(read_upload, upload, model, limits.pixels, picture)
            prediction = await batcher.result(item)
            drawn = await asyncio.to_thread(draw, item["original"], prediction, model.classes) if picture else None
        said = answer(prediction, model.classes)
        height, width = item["size"]
        return Prediction(**said.model_dump(), file_name=upload.filename or "", width=width, height=height, picture=drawn)

    @app.head("/health", include_in_schema=False)
    @app.get("/health")
    async def health() -> Health:
        """Answers once the model is loaded."""
        return Health(status="ok", classes=model.classes, image_size=model.image_size)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @app.head("/", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(PAGE.read_text(encoding="utf-8"))

    return app


def pixels_in(upload: UploadFile) -> int:
    """How many pixels an upload says that it has; 0, if it is no image, which `read_upload` explains."""
    pixels = 0
    with contextlib.suppress(Exception):  # a decoder may raise anything at a broken file
        opened = open_image(upload.file)
        pixels = opened.width * opened.height
    upload.file.seek(0)
    return pixels


def read_upload(upload: UploadFile, model: Model, most: int, keep_original: bool) -> dict[str, Any]:
    """What `predict` would see of the image in an upload.

    Raises:
        HTTPException: With status 422, if it is none, or has more than `most` pixels.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(upload.file.read())
        try:
            return model.read(path, keep_original, most)
        except UserError as error:
            raise HTTPException(422, str(error).replace(str(path), upload.filename or "the file")) from None


def draw(image: Any, prediction: dict[str, np.ndarray], classes: list[str]) -> str:
    """The picture of a prediction, a JPEG in base64."""
    file = io.BytesIO()
    draw_prediction(image, prediction, classes).save(file, "JPEG", quality=90)
    return base64.b64encode(file.getvalue()).decode()
