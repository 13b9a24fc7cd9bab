import json


def test_the_table_has_name_module_shape_axis_and_presets(stitchkit_command):
    code, output, _ = stitchkit_command("taps", "timm:test_vit", "--preset", "stages")
    assert code == 0
    header, *rows = (line.split() for line in output.splitlines())
    assert header == ["tap", "module", "shape", "channels", "axis", "presets"]
    assert rows == [
        [f"blocks.{i}", "Block", "1x101x64", "64", "-1", "stages,", "blocks"] for i in (1, 2, 4, 5)
    ]


def test_json_is_one_object_and_the_size_is_the_models_own(stitchkit_command):
    code, output, _ = stitchkit_command("taps", "timm:test_resnet", "--json")
    assert code == 0
    found = json.loads(output)
    assert (found["model"], found["size"]) == ("timm:test_resnet", [160, 160])
    assert next(tap for tap in found["taps"] if tap["name"] == "layer2") == {
        "name": "layer2",
        "module": "Sequential",
        "shape": [1, 48, 20, 20],
        "channels": 48,
        "channel_axis": 1,
        "presets": ["stages"],
    }


def test_networks_that_return_several_maps(stitchkit_command):
    model = "torchvision:lraspp_mobilenet_v3_large"
    code, output, _ = stitchkit_command("taps", model, "--size", "64,96", "--preset", "stages", "--json")
    assert code == 0
    assert [tap["name"] for tap in json.loads(output)["taps"]] == [f"backbone.{i}" for i in (1, 3, 6, 16)]
    assert json.loads(output)["taps"][-1]["shape"] == [1, 960, 4, 6]


def test_lines_are_not_folded_where_nobody_watches(stitchkit_command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    _, output, _ = stitchkit_command("taps", "timm:test_resnet", "--preset", "layer2")
    assert len(output.splitlines()) == 2


def test_a_size_that_the_model_does_not_take_is_one_clear_line(stitchkit_command):
    for words, message in [
        (
            ("--size", "99"),
            "timm:test_vit does not take images of this size: AssertionError: Input height (99)",
        ),
        (("--size", "0"), "--size must be a number or height,width, but got '0'"),
        (("--preset", "stage"), "network 'timm:test_vit': unknown tap 'stage'; did you mean 'stages'?"),
    ]:
        code, _, errors = stitchkit_command("taps", "timm:test_vit", *words)
        assert code == 2
        assert errors.startswith(f"stitchkit: {message}")
        assert len(errors.splitlines()) == 1
