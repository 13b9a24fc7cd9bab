"""Studies: what to train, in which order, where it is kept, and what comes out."""
