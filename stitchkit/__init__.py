"""Cross-stitch networks for multi-task learning, for any backbone and any tasks."""
