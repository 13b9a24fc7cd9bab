"""Which models can be stitched: every timm architecture and torchvision classifier and segmenter, tried.

``models`` finds them, ``checks`` says what is asked of a stitched network, ``trial`` asks it of one model,
``workers`` tries each model in a process of its own, and ``page`` writes what came out.
"""
