"""How many requests a second the service of a generated project answers, and how fast, beside a bare loop of onnxruntime.

Usage, in the project: uv run python <template>/benchmarks/serve.py <photo> <requests> <checkpoint or exported file> …

Some clients ask at once, one photo a request; each tenth sends what is no image, or half of one, and has to get a 422. The client
needs a part of the cores. No request may be lost.
"""

import asyncio
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx2
import numpy as np
import onnxruntime

CLIENTS = 16
PACKAGE = next(path.parent.name for path in Path("src").glob("*/commands"))


async def load(address: str, photo: bytes, count: int) -> tuple[Counter[str], list[float], float]:
    """How requests ended, the seconds that those with a prediction took, and all of them."""
    ends, times, numbers = Counter[str](), [], iter(range(count))

    async def client() -> None:
        async with httpx2.AsyncClient(base_url=address, timeout=60) as session:
            for number in numbers:
                faulty = number % 10 == 0
                content = (b"no image", photo[: len(photo) // 2])[number // 10 % 2] if faulty else photo
                start = time.perf_counter()
                try:
                    status = (await session.post("/predict", files={"file": ("photo", content)})).status_code
                except httpx2.HTTPError:
                    status = 0
                ends["as expected" if status == (422 if faulty else 200) else "lost" if not status else f"status {status}"] += 1
                if not faulty:
                    times.append(time.perf_counter() - start)

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return ends, times, time.perf_counter() - start


def bare(file: str, seconds: float = 5) -> float:
    """Images a second that onnxruntime alone takes, one by one, decoded and resized before."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (images,) = session.get_inputs()
    image = np.random.default_rng(0).random((1, *images.shape[1:]), np.float32)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        session.run(None, {images.name: image})
        done += 1
    return done / (time.perf_counter() - start)


def main() -> None:
    photo, count, *files = sys.argv[1:]
    print("| served | requests | as they should | lost | requests a second | p50, ms | p95 | p99 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for file in files:
        argv = [sys.executable, "-m", f"{PACKAGE}.commands.serve", f"ckpt_path={file}", "port=0", "trainer.accelerator=cpu"]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as service:
            assert service.stdout
            try:
                address = next(found[1] for line in service.stdout if (found := re.search(r"Serving on (http://\S+)", line)))
                ends, times, seconds = asyncio.run(load(address, Path(photo).read_bytes(), int(count)))
            finally:
                service.terminate()
        cuts = [1000 * value for value in statistics.quantiles(times, n=100)]
        speed, tails = f"{int(count) / seconds:.1f}", [f"{cuts[at - 1]:.0f}" for at in (50, 95, 99)]
        row = [count, ends["as expected"], ends["lost"], speed, *tails]
        print(f"| `{Path(file).name}` | {' | '.join(map(str, row))} |", flush=True)
        if file.endswith(".onnx"):
            print(f"| bare loop of onnxruntime | | | | {bare(file):.1f} | | | |", flush=True)


if __name__ == "__main__":
    main()
