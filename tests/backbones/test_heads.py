import torch
from torch import nn

from stitchkit.backbones.heads import FinestSum, LastMap, MultiScale, OwnHead

MAPS = [torch.randn(2, 4, 12, 16), torch.randn(2, 6, 6, 8), torch.randn(2, 8, 3, 4)]
CHANNELS = [4, 6, 8]


def test_scores_of_all_maps_have_the_finest_ones_size() -> None:
    head = MultiScale(CHANNELS, outputs=5, width=3, dropout=0.0)
    assert head(MAPS).shape == (2, 5, 12, 16)
    assert head(MAPS).isfinite().all()


def test_each_map_has_its_part_in_the_scores() -> None:
    head = MultiScale(CHANNELS, outputs=5, width=3, dropout=0.0).eval()
    for i in range(3):
        changed = [x + (j == i) for j, x in enumerate(MAPS)]
        assert not torch.equal(head(changed), head(MAPS))


def test_a_dense_networks_own_presets_are_those_of_its_trunk() -> None:
    trunk, stages = nn.Sequential(), ("one", "two", "three#2", "four")
    assert OwnHead(trunk, stages, ("low", "high")).tap_presets == {
        "stitch": ("trunk.one", "trunk.two", "trunk.three#2", "trunk.four"),
        "heads": ("trunk.low", "trunk.high"),
        "split": ("trunk.two", "trunk.four", "trunk.low"),
    }
    assert OwnHead(trunk, heads=("fc",)).tap_presets == {"heads": ("trunk.fc",), "split": ("trunk.fc",)}
    assert OwnHead(trunk).tap_presets == {}


def test_maps_of_one_size_are_added_as_they_are() -> None:
    a, b = torch.randn(2, 4, 6, 8), torch.randn(2, 4, 6, 8)
    assert torch.equal(FinestSum()([a, b]), a + b)
    coarse = torch.ones(2, 4, 3, 4)
    assert torch.equal(FinestSum()([coarse, a]), a + 1)


def test_scores_of_the_last_map_have_its_size_and_drop_as_told() -> None:
    head = LastMap(CHANNELS, outputs=5, dropout=0.3)
    assert head(MAPS).shape == (2, 5, 3, 4)
    assert [module.p for module in head.modules() if isinstance(module, nn.Dropout)] == [0.3]


def test_a_networks_own_scores_may_be_called_out() -> None:
    class Named(nn.Conv2d):
        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:  # type: ignore[override]
            return {"out": super().forward(x), "aux": x}

    conv = nn.Conv2d(4, 5, 1)
    named = Named(4, 5, 1)
    named.load_state_dict(conv.state_dict())
    assert torch.equal(OwnHead(named)(MAPS[0]), OwnHead(conv)(MAPS[0]))
