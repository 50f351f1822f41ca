from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from {{ cookiecutter.package_name }}.data.packed import Packed


@dataclass(frozen=True)
class Item:
    path: Path
    numbers: tuple[float, ...]
    more: Any = None


ITEMS = [Item(Path("a"), ()), Item(Path("/b/c.jpg"), (1.5, 2.0), array("f", [1])), Item(Path("d"), (3.0,), frozenset({4}))]


def test_packed_examples_read_like_a_list() -> None:
    packed = Packed(ITEMS)
    assert [*packed] == ITEMS
    assert (len(packed), packed[-1], packed[1:]) == (3, ITEMS[2], ITEMS[1:])
    with pytest.raises(IndexError):
        packed[3]
    assert [*Packed([])] == []


def test_they_take_little_memory_and_no_object_each() -> None:
    items = [Item(Path(f"/data/photos/train/class {number % 100:03}/image {number:06}.jpg"), (1.0,)) for number in range(1000)]
    packed = Packed(items)
    tensors = [value for value in vars(packed).values() if isinstance(value, torch.Tensor)]
    assert sum(tensor.nbytes for tensor in tensors) < 150 * len(items)
    assert [value for name, value in vars(packed).items() if name != "kind" and not isinstance(value, torch.Tensor)] == []
