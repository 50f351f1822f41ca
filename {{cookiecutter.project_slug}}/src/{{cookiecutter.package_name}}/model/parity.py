"""How far an exported network is from the one that it was made of."""

from collections.abc import Sequence

import torch
from torch import Tensor

from .decode import decode
from .exportable import Exportable, agreement, ordered_like
from .exported import ExportedNetwork
from .module import VisionModule


class Parity:
    """Compares the outputs and the predictions of both networks for any number of images.

    Args:
        module: The original.
        exported: What was made of it.

    Attributes:
        images: How many were compared.
        outputs: Of each output the `largest` value, and the largest `difference`.
    """

    def __init__(self, module: VisionModule, exported: ExportedNetwork) -> None:
        self.module = module
        self.exported = exported
        self.images = 0
        self.outputs: dict[str, dict[str, float]] = {}
        self._agreed = 0.0

    @torch.inference_mode()
    def update(self, images: Tensor, sizes: Sequence[tuple[int, int]]) -> None:
        """Compares for a batch.

        Args:
            images: `(B, 3, h, w)`, float32 from 0 to 1.
            sizes: Height and width of each image file.
        """
        mine = Exportable(self.module)(images)
        other = ordered_like(self.exported.run(images), mine)
        for name, values in mine.items():
            before = self.outputs.get(name, {"largest": 0.0, "difference": 0.0})
            now = {"largest": values.abs().max(), "difference": (values - other[name]).abs().max()}
            # Unlike max, this keeps what is not a number.
            self.outputs[name] = {key: torch.maximum(now[key], torch.tensor(before[key])).item() for key in now}
        module = self.module
        pairs = zip(
            *(decode(run(images), sizes, module.image_size, **module.decode_options) for run in (module.network, self.exported)),
            strict=True,
        )
        self._agreed += sum(agreement(one, another) for one, another in pairs)
        self.images += len(images)

    @property
    def difference(self) -> float:
        """The largest difference of any output, as a part of the largest value of that output, or of 1 if that is more.

        Not a number where an output is none.
        """
        return torch.tensor([each["difference"] / max(1.0, each["largest"]) for each in self.outputs.values()]).max().item()

    @property
    def agreement(self) -> float:
        """Mean of how much the predictions for each image agree, from 0 to 1."""
        return self._agreed / self.images
