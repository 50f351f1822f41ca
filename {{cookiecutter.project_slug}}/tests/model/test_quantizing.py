import shutil
from pathlib import Path

import onnx
import torch

from {{ cookiecutter.package_name }}.model.exported import read_exported
from {{ cookiecutter.package_name }}.model.predictor import load_trained
from {{ cookiecutter.package_name }}.model.quantizing import last_layers, quantize


@torch.inference_mode()
def test_eight_bits_say_nearly_the_same_and_what_the_file_says_of_itself_stays(exported: Path, tmp_path: Path) -> None:
    before, _ = read_exported(exported)
    size = load_trained(exported)[0].image_size
    images = torch.rand(4, 3, *size)
    file, after = quantize(Path(shutil.copy(exported, tmp_path)), [images])
    assert file == tmp_path / "model_int8.onnx"
    assert file.stat().st_size < exported.stat().st_size / 2
    assert after.metadata == before.metadata
    for name, values in after.run(images[:1]).items():
        wanted = before.run(images[:1])[name]
        assert 0 < (values - wanted).abs().max() < 0.2 * wanted.abs().max()

    graph = onnx.load(file).graph
    makers = {output: node.op_type for node in graph.node for output in node.output}
    layers = {node.name: node for node in graph.node if node.op_type in ("Conv", "Gemm", "MatMul")}
    last = last_layers(graph)
    assert last
    for name, layer in layers.items():
        quantized = makers.get(layer.input[1]) == "DequantizeLinear"
        assert quantized == (name not in last), name
