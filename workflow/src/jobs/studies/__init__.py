"""What the jobs of each study read; the module of a study has the name of its key."""
