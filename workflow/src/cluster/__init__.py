"""Life on a SLURM cluster: what Snakemake's executor leaves open."""
