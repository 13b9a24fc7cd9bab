"""Training on mmengine: the only room that imports it."""
