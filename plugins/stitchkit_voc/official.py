"""What the complete data set is, and where its archives are published."""

from stitchkit.data import Split

CLASSES = (
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
)
ATTRIBUTES = 64

COUNTS: dict[Split, tuple[int, int]] = {"train": (2113, 6340), "test": (2227, 6355)}
"""Frames and objects of each split of a-PASCAL (Farhadi et al., CVPR 2009); test is VOC 2008 val."""

SOURCES = (
    "fetch VOCtrainval_14-Jul-2008.tar (MD5 2629fa636546599198acfcfbfcf1904a) from "
    "host.robots.ox.ac.uk/pascal/VOC/voc2008 and attribute_data.tar.gz from vision.cs.uiuc.edu/attributes, "
    "unpack both and run: stitchkit data prepare voc2008 --devkit VOCdevkit --attributes attribute_data"
)
"""What to do where the data is missing."""
