"""Opening a row again where trained weights that networks began from are gone."""

from pathlib import Path

import pytest

from stitchkit.backbones import CaffeNet
from stitchkit.backbones.caffenet import CaffeNetConfig
from stitchkit.backbones.model_config import ModelConfig
from stitchkit.backbones.timm_models import TimmBackbone
from stitchkit.errors import InputError

GONE = Path("nowhere.safetensors")


@pytest.mark.parametrize("init", ["caffe", "he"])
@pytest.mark.parametrize("std", [None, (2.0, 3.0, 4.0)])
def test_caffenet_without_its_weights_takes_the_same_images(init, std):
    config = CaffeNetConfig(weights=GONE, init=init, std=std, width=0.05)
    with pytest.raises((InputError, OSError), match="nowhere"):
        CaffeNet(config)
    untrained = CaffeNet.untrained(config)
    assert untrained.preprocess.std == (std or (1.0, 1.0, 1.0))  # as Caffe's weights want it, whatever init
    assert sum(p.numel() for p in untrained.dense(3).parameters()) > 0


def test_caffenet_that_began_from_nothing_stays_as_it_is():
    config = CaffeNetConfig(init="he", width=0.05)
    assert CaffeNet.untrained(config).preprocess == CaffeNet(config).preprocess


def test_models_of_libraries_fetch_nothing():
    backbone = TimmBackbone.of("test_resnet").untrained(ModelConfig.model_validate({"pretrained": True}))
    assert backbone.config.pretrained is False
    backbone = TimmBackbone.of("test_resnet").untrained(ModelConfig.model_validate({"weights": GONE}))
    assert backbone.dense(2) is not None
