"""The encoder of a Whisper by its definition (Radford et al. 2022, section 2.2; blocks of OpenAI's model.py), without Headwise's code.

usage: python3 encoder.py DIRECTORY

DIRECTORY has model.safetensors (32-bit floats, Hugging Face's names) and features.f32 ([bins, frames], C order). Writes into it, [positions, width]:
exact.f64, in float64 throughout, and rounded.f32, in which every operation is computed in float64 and its result rounded to float32: what an engine
with float32 activations comes to if its operations are exact.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np

directory = Path(sys.argv[1])


def read_safetensors(path):
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if name.startswith("model.encoder."):
            assert entry["dtype"] == "F32", name
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data[8 + size + begin : 8 + size + end], np.float32)
            tensors[name.removeprefix("model.encoder.")] = values.reshape(entry["shape"]).astype(np.float64)
    return tensors


weights = read_safetensors(directory / "model.safetensors")
bins = weights["conv1.weight"].shape[1]
features = np.fromfile(directory / "features.f32", np.float32).reshape(bins, -1).astype(np.float64)
layers = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("layers."))
heads = weights["conv1.weight"].shape[0] // 64
erf = np.frompyfunc(math.erf, 1, 1)


def gelu(x):
    return 0.5 * x * (1 + erf(x / math.sqrt(2)).astype(np.float64))


def convolution(x, name, stride):
    weight = weights[f"{name}.weight"]
    padded = np.pad(x, ((0, 0), (1, 1)))
    outputs = (padded.shape[1] - 3) // stride + 1
    result = np.zeros((weight.shape[0], outputs))
    for k in range(3):
        result += weight[:, :, k] @ padded[:, k : k + stride * (outputs - 1) + 1 : stride]
    return result + weights[f"{name}.bias"][:, None]


def linear(x, name):
    bias = weights.get(f"{name}.bias")
    product = x @ weights[f"{name}.weight"].T
    return product if bias is None else product + bias


def norm(x, name):
    mean = x.mean(axis=1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def attention(queries, keys, values):
    width = queries.shape[1] // heads
    result = np.zeros_like(queries)
    for head in range(heads):
        columns = slice(head * width, (head + 1) * width)
        scores = queries[:, columns] @ keys[:, columns].T / math.sqrt(width)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        result[:, columns] = scores @ values[:, columns] / scores.sum(axis=1, keepdims=True)
    return result


def encode(result):
    """`result` is applied to what each operation returns."""
    hidden = result(gelu(convolution(features, "conv1", 1)))
    hidden = result(gelu(convolution(hidden, "conv2", 2))).T
    x = result(hidden + weights["embed_positions.weight"])
    for index in range(layers):
        layer = f"layers.{index}"
        normed = result(norm(x, f"{layer}.self_attn_layer_norm"))
        projected = [result(linear(normed, f"{layer}.self_attn.{part}_proj")) for part in "qkv"]
        context = result(attention(*projected))
        x = result(x + linear(context, f"{layer}.self_attn.out_proj"))
        normed = result(norm(x, f"{layer}.final_layer_norm"))
        inner = result(gelu(linear(normed, f"{layer}.fc1")))
        x = result(x + linear(inner, f"{layer}.fc2"))
        print(f"layer {index}: residual stream up to {np.abs(x).max():.1f}", file=sys.stderr)
    return norm(x, "layer_norm")


encode(lambda x: x).astype(np.float64).tofile(directory / "exact.f64")
encode(lambda x: x.astype(np.float32).astype(np.float64)).astype(np.float32).tofile(directory / "rounded.f32")
