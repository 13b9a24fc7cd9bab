"""Data sets, the maps they hold, and how training reads them."""

from stitchkit.data.augment import augmentation
from stitchkit.data.carve import carve
from stitchkit.data.dataset import Dataset, Sample, Split
from stitchkit.data.frame_dataset import FrameDataset
from stitchkit.data.frame_writer import FrameWriter
from stitchkit.data.frames import FrameFolder
from stitchkit.data.loading import (
    Collate,
    CollateAlike,
    Draw,
    Draws,
    EvaluationSamples,
    TrainingFrames,
    TrainingSamples,
    batches,
)
from stitchkit.data.maps import VOID, Depth, Labels, Normals, Target
from stitchkit.data.pictures import Blank, Pictures, pictures_in, read_picture

__all__ = [
    "VOID",
    "Blank",
    "Collate",
    "CollateAlike",
    "Dataset",
    "Depth",
    "Draw",
    "Draws",
    "EvaluationSamples",
    "FrameDataset",
    "FrameFolder",
    "FrameWriter",
    "Labels",
    "Normals",
    "Pictures",
    "Sample",
    "Split",
    "Target",
    "TrainingFrames",
    "TrainingSamples",
    "augmentation",
    "batches",
    "carve",
    "pictures_in",
    "read_picture",
]
