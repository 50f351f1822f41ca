"""What the processes of several devices tell each other."""

from typing import Any, TypeVar

from torch import Tensor, distributed

Value = TypeVar("Value")


def gathered(value: Value) -> list[Value]:
    """In the first process what each of them has, by rank; nothing in the others. Tensors have to be on the CPU."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return [value]
    parts = [value] * distributed.get_world_size() if distributed.get_rank() == 0 else None
    distributed.gather_object(value, parts)
    return parts or []


def gathered_rows(rows: Tensor, group: Any = None) -> list[Tensor]:
    """In each process the tensors of those that have any rows. torchmetrics' own function takes some from each."""
    parts: list[Any] = [None] * distributed.get_world_size(group)
    distributed.all_gather_object(parts, rows.cpu(), group)
    return [part.to(rows.device) for part in parts if len(part)]
