"""Requests of many people as batches: what waits while a batch runs makes the next one."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Gives items to a function in batches, in a thread, one batch at a time.

    Args:
        work: Takes a batch, and gives a result for each item.
        size: Most items of a batch.
        wait: How long the first item of a batch waits for others, in seconds.
    """

    def __init__(self, work: Callable[[list[Item]], Sequence[Result]], size: int, wait: float) -> None:
        self.work = work
        self.size = size
        self.wait = wait
        self.queue: asyncio.Queue[tuple[Item, asyncio.Future[Result]]] = asyncio.Queue()

    async def result(self, item: Item) -> Result:
        """The result for one item. Raises what the function raised for its batch."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.queue.put_nowait((item, future))
        return await future

    async def run(self) -> None:
        """Works until it is cancelled."""
        while True:
            batch = [await self.queue.get()]
            try:
                async with asyncio.timeout(self.wait):
                    while len(batch) < self.size:
                        batch.append(await self.queue.get())
            except TimeoutError:
                pass
            batch = [(item, future) for item, future in batch if not future.done()]  # without whom nobody waits for
            if not batch:
                continue
            try:
                results = await asyncio.to_thread(self.work, [item for item, _ in batch])
            except Exception as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
