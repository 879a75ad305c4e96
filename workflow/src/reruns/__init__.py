"""What Snakemake runs again: a product's own record decides, not the times of files.

The only place that knows both Snakemake and the records that jobs leave beside their products.
"""

from reruns.persistence import install

__all__ = ["install"]
