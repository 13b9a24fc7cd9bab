"""Files are written with Google's own Protocol Buffers library from Caffe's declarations."""

from pathlib import Path
from typing import Any

import pytest
import torch
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # type: ignore[import-untyped]

from stitchkit.backbones.caffemodel import read_caffemodel
from stitchkit.errors import InputError

FIELDS = {  # message: (name, number, type, repeated, packed)
    "BlobShape": [("dim", 1, "INT64", True, True)],
    "BlobProto": [
        ("shape", 7, "BlobShape", False, False),
        ("data", 5, "FLOAT", True, True),
        ("diff", 6, "FLOAT", True, True),
        ("num", 1, "INT32", False, False),
        ("channels", 2, "INT32", False, False),
        ("height", 3, "INT32", False, False),
        ("width", 4, "INT32", False, False),
    ],
    "LayerParameter": [
        ("name", 1, "STRING", False, False),
        ("type", 2, "STRING", False, False),
        ("loss_weight", 5, "FLOAT", True, False),
        ("blobs", 7, "BlobProto", True, False),
    ],
    "V1LayerParameter": [
        ("name", 4, "STRING", False, False),
        ("type", 5, "INT32", False, False),
        ("blobs", 6, "BlobProto", True, False),
        ("blobs_lr", 7, "FLOAT", True, False),
    ],
    "NetParameter": [
        ("name", 1, "STRING", False, False),
        ("layers", 2, "V1LayerParameter", True, False),
        ("input", 3, "STRING", True, False),
        ("force_backward", 5, "BOOL", False, False),
        ("layer", 100, "LayerParameter", True, False),
    ],
}


def messages(packed_floats: bool = True) -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe", syntax="proto2")
    for message, fields in FIELDS.items():
        declared = file.message_type.add(name=message)
        for name, number, kind, repeated, packed in fields:
            field = declared.field.add(name=name, number=number, label=3 if repeated else 1)
            if kind in FIELDS:
                field.type, field.type_name = field.TYPE_MESSAGE, f".caffe.{kind}"
            else:
                field.type = getattr(field, f"TYPE_{kind}")
            field.options.packed = packed and (packed_floats or kind != "FLOAT")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("caffe.NetParameter"))()


WEIGHT, BIAS = torch.randn(4, 3, 2, 2), torch.randn(4)


def present(packed_floats: bool = True) -> bytes:
    net = messages(packed_floats)
    net.name, net.input[:] = "CaffeNet", ["data"]
    net.layer.add(name="data", type="Input")
    layer = net.layer.add(name="conv1", type="Convolution", loss_weight=[0.5])
    for tensor in (WEIGHT, BIAS):
        blob = layer.blobs.add(data=tensor.flatten().tolist(), diff=[7.0] * tensor.numel())
        blob.shape.dim[:] = tensor.shape
    return net.SerializeToString()


def older() -> bytes:
    net = messages()
    net.force_backward = True
    net.layers.add(name="relu1", type=18)
    layer = net.layers.add(name="conv1", type=4, blobs_lr=[1.0, 2.0])
    layer.blobs.add(data=WEIGHT.flatten().tolist(), num=4, channels=3, height=2, width=2)
    layer.blobs.add(data=BIAS.tolist(), num=1, channels=1, height=1, width=4)
    return net.SerializeToString()


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "net.caffemodel"
    path.write_bytes(content)
    return path


def read_or_message(path: Path) -> dict[str, torch.Tensor] | str:
    try:
        return read_caffemodel(path)
    except InputError as error:
        return str(error)


@pytest.mark.parametrize("packed", [True, False])
def test_reads_present_layers(tmp_path: Path, packed: bool) -> None:
    found = read_caffemodel(written(tmp_path, present(packed)))
    assert list(found) == ["conv1.weight", "conv1.bias"]
    assert torch.equal(found["conv1.weight"], WEIGHT)
    assert torch.equal(found["conv1.bias"], BIAS)


def test_reads_older_layers(tmp_path: Path) -> None:
    found = read_caffemodel(written(tmp_path, older()))
    assert torch.equal(found["conv1.weight"], WEIGHT)
    assert torch.equal(found["conv1.bias"], BIAS.reshape(1, 1, 1, 4))


@pytest.mark.parametrize("content", [present(), older()], ids=["present", "older"])
def test_a_file_cut_short_anywhere_gives_no_wrong_weights(tmp_path: Path, content: bytes) -> None:
    whole = read_caffemodel(written(tmp_path, content))
    for length in range(len(content)):
        found = read_or_message(written(tmp_path, content[:length]))
        if isinstance(found, str):
            assert "net.caffemodel: not a complete .caffemodel" in found
            assert "\n" not in found
        else:  # cut exactly between two fields of the outermost message
            assert all(torch.equal(found[name], whole[name]) for name in found)
            assert found.keys() in (set(), whole.keys())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x12\xff\xff\xff\xff\x0f1234", "claims 4294967295 bytes where 4 are left"),
        (b"\xff" * 40, "longer than ten bytes"),
        (b"\x0b1234", "unknown wire type 3"),
        (b"PK\x03\x04 a zip file, not a network", "not a complete"),
        (b"\x12\x0d\x22\x05conv1\x32\x04\x08\x80\x80\x10", "not a complete"),
    ],
)
def test_garbage_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_caffemodel(written(tmp_path, content))


@pytest.mark.parametrize("shape", [(5, 3, 2, 2), (2**62, 2**62), (0, 2**62), ()], ids=str)
def test_a_shape_that_the_data_does_not_fill_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    net = messages()
    blob = net.layer.add(name="conv1").blobs.add(data=WEIGHT.flatten().tolist())
    blob.shape.dim[:] = shape
    with pytest.raises(InputError, match="weight of layer 'conv1' should have shape"):
        read_caffemodel(written(tmp_path, net.SerializeToString()))
    blob.ClearField("data")
    with pytest.raises(InputError, match="but holds 0 bytes"):
        read_caffemodel(written(tmp_path, net.SerializeToString()))


def test_random_bytes_never_escape_as_another_error(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    for _ in range(300):
        content = bytearray(present())
        for position in torch.randint(0, len(content), (3,), generator=generator).tolist():
            content[position] = int(torch.randint(0, 256, (1,), generator=generator))
        found = read_or_message(written(tmp_path, bytes(content)))
        assert "\n" not in found
