"""The task of surface normals as classification over a codebook."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor

from stitchkit.data import Dataset
from stitchkit.errors import InputError, unknown
from stitchkit.plugins import Config
from stitchkit.tasks import Batch, Task, averaged, frame_size
from stitchkit_normals.codebook import NO_WORD, hull_triangles, learn_words, nearest_word
from stitchkit_normals.decode import decode_soft, decode_triangle
from stitchkit_normals.metrics import RAW, SNAPPED, NormalMetrics
from stitchkit_normals.sampling import sample_normals


class SurfaceNormalsConfig(Config):
    """Options of `SurfaceNormals`."""

    target: str = "normals"  # key of the ground truth in the samples
    codebook: Annotated[int, Field(ge=4)] = 20  # words; the fewest with a volume are 4
    samples: PositiveInt = 100_000  # training normals that the words are learned from, spread over the frames
    decode: Literal["triangle", "soft"] = "triangle"  # blend the words of the best triangle, or all words
    manhattan: bool = True  # also report the figures after snapping to three axes


class SurfaceNormals(Task):
    """Softmax over a codebook of normals at every pixel, blended to a unit normal (Wang et al., CVPR 2015).

    The words are learned from the training normals. The loss is cross-entropy with the nearest word of the
    true normal, found anew for each batch: after mirroring, a normal may be nearest to any word. Normals are
    in the frame of `stitchkit.data.Normals` throughout.
    """

    Config = SurfaceNormalsConfig
    config: SurfaceNormalsConfig
    words: Tensor  # unit vectors, the most frequent first: float32 [words, 3]
    triangles: Tensor  # of neighbouring words: int64 [2 * words - 4, 3]
    mean: Tensor  # direction of the mean training normal: float32 [3]

    def __init__(self, name: str, config: SurfaceNormalsConfig) -> None:
        super().__init__(name, config)
        self.outputs = config.codebook
        self.metrics_info = RAW + SNAPPED if config.manhattan else RAW

    def fit(self, train: Dataset, seed: int) -> None:
        """Learn the words, their triangles and the mean normal in one pass over the training frames.

        Raises:
            InputError: The data set has no such target, or its normals are too few or too alike for the
                codebook.
        """
        of_normals = [name for name, target in train.targets.items() if target.kind == "normals"]
        if self.target not in of_normals:
            raise unknown("target of kind 'normals'", self.target, of_normals, f"task {self.name!r}")
        drawn, total = sample_normals(train, self.target, self.config.samples, seed)
        try:
            words = learn_words(drawn, self.config.codebook, seed)
            triangles = hull_triangles(words)
        except InputError as error:
            raise InputError(f"task {self.name!r}, target {self.target!r}: {error}") from None
        self.words, self.triangles = torch.from_numpy(words).float(), torch.from_numpy(triangles)
        self.mean = F.normalize(torch.from_numpy(total), dim=0).float()

    def state(self) -> dict[str, Tensor]:
        """``codebook``: float32 [words, 3]; ``triangles``: int64 [T, 3]; ``mean``: float32 [3]."""
        return {"codebook": self.words, "triangles": self.triangles, "mean": self.mean}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `state` returned."""
        self.words, self.triangles = state["codebook"].cpu(), state["triangles"].cpu()
        self.mean = state["mean"].cpu()
        self.outputs = len(self.words)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Mean cross-entropy of scores [B, words, h, w] over the valid pixels of normals [B, 3, H, W]."""
        if self.target not in batch:  # no image of the batch has ground truth
            return (output * 0).sum()
        normals = batch[self.target].as_subclass(Tensor)
        labels = nearest_word(normals, self.words.to(normals.device))
        scores = _resized(output, labels.shape[1:])
        errors = F.cross_entropy(scores, labels, ignore_index=NO_WORD, reduction="sum")
        return errors / (labels != NO_WORD).sum().clamp(min=1)

    def predict(self, output: Tensor, batch: Batch) -> Tensor:
        """Unit normals, float32 [B, 3, H, W]."""
        return self.predict_ensemble([output], batch)

    def predict_ensemble(self, outputs: Sequence[Tensor], batch: Batch) -> Tensor:
        """Unit normals, float32 [B, 3, H, W], from the mean of the members' probabilities of the words."""
        # One image at a time: at the ground truth's size the scores of a batch would fill memory.
        size = frame_size(batch)
        images = zip(*outputs, strict=True)
        of_members = ([_probabilities(own, size) for own in scores] for scores in images)
        return torch.stack([self._decode(averaged(probabilities)) for probabilities in of_members])

    def _decode(self, probabilities: Tensor) -> Tensor:
        words = self.words.to(probabilities.device)
        if self.config.decode == "soft":
            return decode_soft(probabilities, words)
        return decode_triangle(probabilities, words, self.triangles.to(probabilities.device))

    def constant(self, batch: Batch) -> Tensor:
        """The mean training normal everywhere: float32 [B, 3, H, W].

        Of all constants it has the smallest mean squared distance to the training normals, and the largest
        mean cosine with them.
        """
        return self.mean[:, None, None].repeat(len(batch["key"]), 1, *frame_size(batch))

    def metrics(self) -> NormalMetrics:
        """A new, empty accumulator."""
        return NormalMetrics(self.target, self.config.manhattan)

    def draw(self, values: Any, image: Tensor) -> Tensor:
        """Normals [3, H, W] in the usual colours, void black: uint8 RGB [3, H, W].

        Red grows to the right, green upwards, blue towards the camera: floors are green, walls that face the
        camera are blue.
        """
        normals = torch.as_tensor(values).as_subclass(Tensor).cpu()
        colours = (normals * normals.new_tensor([1.0, -1.0, -1.0])[:, None, None] + 1) * 127.5
        colours = colours.round().clamp(0, 255).to(torch.uint8)
        return colours.masked_fill((normals == 0).all(dim=0), 0)


def _resized(scores: Tensor, size: tuple[int, ...]) -> Tensor:
    if scores.shape[2:] == size:
        return scores
    return F.interpolate(scores, size=size, mode="bilinear", align_corners=False)


def _probabilities(scores: Tensor, size: tuple[int, int]) -> Tensor:
    """Of the words at each pixel of one image: float32 [words, H, W]."""
    return _resized(scores[None].float(), size)[0].softmax(dim=0)
