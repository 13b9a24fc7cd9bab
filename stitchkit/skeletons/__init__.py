"""Plugins to begin with: files in ``templates``, each a small plugin that works and has tests that pass.

``templates/every`` is part of each skeleton, ``templates/<kind>`` of one, and ``templates/parts`` is what
several templates have in common. ``names`` says what a plugin is called, ``writing`` writes its folder.
"""

from stitchkit.skeletons.kinds import Kind

__all__ = ["Kind"]
