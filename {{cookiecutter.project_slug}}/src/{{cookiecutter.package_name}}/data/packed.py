"""Many examples in few arrays, which processes share.

Of objects, each worker soon has a copy: Python counts the references to an object in the object itself, so that merely reading one
writes to its page of the memory, which the worker has shared until then.
"""

import pickle
from array import array
from collections.abc import Sequence
from typing import Generic, TypeVar, overload

import torch

T = TypeVar("T")


class Packed(Sequence[T], Generic[T]):
    """Instances of a dataclass, pickled one after the other. Each is made anew whenever it is asked for.

    Args:
        items: All of one class.
    """

    def __init__(self, items: Sequence[T]) -> None:
        self.kind = type(items[0]) if items else None
        packed, ends = bytearray(), array("q", [0])
        for item in items:
            packed += pickle.dumps(tuple(vars(item).values()), protocol=5)
            ends.append(len(packed))
        self.packed = torch.frombuffer(packed or bytearray(1), dtype=torch.uint8)  # shared however a process is started
        self.ends = torch.frombuffer(ends, dtype=torch.int64)

    def __len__(self) -> int:
        return len(self.ends) - 1

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self[number] for number in range(len(self))[index]]
        start, end = self.ends[range(len(self))[index] :][:2].tolist()
        return self.kind(*pickle.loads(self.packed[start:end].numpy().tobytes()))  # pyright: ignore[reportOptionalCall]
