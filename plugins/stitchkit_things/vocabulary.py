"""The names of the kinds of objects and of the attributes, in the order of their numbers.

The kinds are the 20 classes of PASCAL VOC. The attributes are the 64 properties that Farhadi, Endres, Hoiem
and Forsyth (CVPR 2009, Section 3) describe objects by, in plain words: shapes, parts and materials.
"""

KINDS = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable",
    "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip

SHAPES = ("2D boxy", "3D boxy", "round", "vertical cylinder", "horizontal cylinder")
OCCLUDED = "occluded"
PARTS = (
    "tail", "beak", "head", "ear", "snout", "nose", "mouth", "hair", "face", "eye", "torso", "hand", "arm",
    "leg", "foot or shoe", "wing", "propeller", "jet engine", "window", "row of windows", "wheel", "door",
    "headlight", "taillight", "side mirror", "exhaust", "pedal", "handlebars", "engine", "sail", "mast",
    "text", "label", "furniture leg", "furniture back", "furniture seat", "furniture arm", "horn", "rein",
    "saddle", "leaf", "flower", "stem or trunk", "pot", "screen",
)  # fmt: skip
MATERIALS = (
    "skin", "metal", "plastic", "wood", "cloth", "furry", "glass", "feather", "wool", "clear", "shiny",
    "vegetation", "leather",
)  # fmt: skip

ATTRIBUTES = (*SHAPES, OCCLUDED, *PARTS, *MATERIALS)
