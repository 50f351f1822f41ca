"""From 32 bits to eight, by onnxruntime's static quantization (https://onnxruntime.ai/docs/performance/model-optimizations/)."""

import logging
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from torch import Tensor

from .exported import ExportedNetwork, read_onnx
from .exported_file import optional_package

IMAGES = 128  # enough to say which values occur
LAYERS = ("Conv", "Gemm", "MatMul")  # what takes the time; all between them stays as it is


def quantize(file: Path, batches: Iterable[Tensor]) -> tuple[Path, ExportedNetwork]:
    """Makes `model_int8.onnx` of `model.onnx`, beside it, and opens it.

    Weights have a scale for each channel, and the inputs of a layer have one. Weights get seven bits, since sums of eight overflow
    on processors without VNNI. The last layers stay as they are, and so does the arithmetic behind them.

    Args:
        file: What `write_onnx` wrote.
        batches: Images `(B, 3, h, w)` of the training, float32 from 0 to 1.
    """
    onnx, quantization = optional_package("onnx", "export"), optional_package("onnxruntime.quantization", "export")
    shape_inference = optional_package("onnxruntime.quantization.shape_inference", "export")
    quantized, inputs = file.with_stem(f"{file.stem}_int8"), ({"images": images.numpy()} for images in batches)
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)  # advice to do what is done here
    try:
        with tempfile.TemporaryDirectory() as folder:
            prepared = Path(folder) / "prepared.onnx"
            shape_inference.quant_pre_process(file, prepared, skip_symbolic_shape=True)
            quantization.quantize_static(
                prepared,
                quantized,
                SimpleNamespace(get_next=lambda: next(inputs, None)),
                op_types_to_quantize=[*LAYERS],
                nodes_to_exclude=last_layers(onnx.load(prepared).graph),
                per_channel=True,
                reduce_range=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
            )
    finally:
        logging.disable(before)
    model = onnx.load(quantized)
    onnx.helper.set_model_props(model, {each.key: each.value for each in onnx.load(file).metadata_props})
    onnx.save(model, quantized)
    return quantized, read_onnx(quantized)


def last_layers(graph: Any) -> list[str]:
    """The names of the layers of an ONNX graph that no other layer follows on the way to some output."""
    makers = {output: node for node in graph.node for output in node.output}
    found, seen, waiting = set[str](), set[str](), [output.name for output in graph.output]
    while waiting:
        node = makers.get(name := waiting.pop())
        if node is None or name in seen:
            continue
        seen.add(name)
        if node.op_type in LAYERS:
            found.add(node.name)
        else:
            waiting += node.input
    return sorted(found)
