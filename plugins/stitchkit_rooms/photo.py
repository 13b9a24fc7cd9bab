"""What a camera makes of light: exposure, colour cast, vignetting, blur, noise."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def photograph(radiance: NDArray[Any], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A camera's picture of linear light [H, W, 3]: exposure, colour cast, falling off, blur, noise."""
    height, width, _ = radiance.shape
    exposed = radiance * (rng.uniform(0.18, 0.5) / np.percentile(radiance.mean(axis=-1), 75))
    exposed *= rng.uniform(0.88, 1.12, 3)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    exposed *= (1 - rng.uniform(0.05, 0.2) * (x**2 + y**2))[..., None]
    exposed = ndimage.gaussian_filter(exposed, (rng.uniform(0.2, 0.5),) * 2 + (0,))
    exposed += (
        rng.normal(0, 1, exposed.shape) * rng.uniform(0.004, 0.015) * np.sqrt(np.clip(exposed, 0, 1) + 0.02)
    )
    curved = 1 - np.exp(-1.6 * np.clip(exposed, 0, None))  # highlights run out softly, as on film
    return np.clip(255 * np.clip(curved, 0, 1) ** (1 / 2.2) + 0.5, 0, 255).astype(np.uint8)
