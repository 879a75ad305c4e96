"""What rules need and a rule file should not hold: paths, inputs, settings, variants of networks.

All functions take a `Context` first, which is made once, and then the wildcards of a job.
"""
