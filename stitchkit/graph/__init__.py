"""From N networks to one graph; knows modules and torch.fx, nothing of tasks.

``observe`` runs a network once for the shapes, ``taps`` and ``presets`` name the points where networks may
be joined, ``trace`` opens a network as far as those points, ``rewrite`` joins the graphs, and ``joint`` holds
the modules that run them. ``join``, ``split`` and ``latent`` make such modules of the networks ``given``.
"""
