# Input functions of the scans: the scores of a scorer lie in the folder of what makes them.


def scores_of_background(wildcards):
    model = SCORERS[wildcards.scorer].model
    return f"results/{wildcards.selection}/scores/{model}/background.parquet"


def scores_of_signal(wildcards):
    model = SCORERS[wildcards.scorer].model
    return f"results/{wildcards.selection}/scores/{model}/{wildcards.signal}.parquet"
