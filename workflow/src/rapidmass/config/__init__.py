"""Every key of the configuration, in the folders of its blocks, and its reference text."""
