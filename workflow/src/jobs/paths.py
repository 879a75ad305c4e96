"""Where every file lies, by its wildcards: rules and inputs name no such path themselves."""

import re
from collections.abc import Iterable
from pathlib import Path

# What is made of nothing, or copied from a server.
NTUPLE = "resources/ntuples/{sample}/{part}.root"
PSEUDO_SOURCE = "resources/pseudo_data/{sample}.root"
PSEUDO_RECORD = "resources/pseudo_data/{sample}-{part}.json"
FETCHED = "{folder}/{sample}/{part}.root"

# Files of samples, and samples.
FILE_SUMMARY = "results/files/{sample}/{part}.parquet"
QUARANTINE_RECORD = "results/files/{sample}.json"
QUARANTINE_CHECK = "results/files/{sample}.checked.json"
SAMPLE = "results/samples/{sample}.json"

# Events of a selection.
SHARD = "results/{selection}/{representation}/shards/{sample}/{part}.parquet"
CUTFLOW = "results/{selection}/{representation}/shards/{sample}/{part}.cutflow.json"
PIECE = "results/{selection}/{representation}/pieces/{sample}/{part}/{piece}.parquet"
PIECE_CUTFLOW = "results/{selection}/{representation}/pieces/{sample}/{part}/{piece}.cutflow.json"
AUGMENTED = "results/{selection}/{representation}/augmented/shards/{sample}/{part}.parquet"
AUGMENTED_PIECE = (
    "results/{selection}/{representation}/augmented/pieces/{sample}/{part}/{piece}.parquet"
)
ALTERED_SHARD = "results/{selection}/{representation}/altered/{sample}/{part}.parquet"
ALTERED_PIECE = (
    "results/{selection}/{representation}/altered/pieces/{sample}/{part}/{piece}.parquet"
)
ALTERED = "results/{selection}/{representation}/altered.parquet"
CUTFLOWS = "results/{selection}/cutflow.json"
LOSSES = "results/{selection}/losses.json"
DATA_CHECK = "results/{selection}/data.json"
MEGASET = "results/{selection}/{representation}/megasets/{index}.parquet"
TEST = "results/{selection}/{representation}/test/{index}.parquet"
OTHER_MEGASET = "results/{selection}/{representation}/megasets-{number}/{index}.parquet"
OTHER_TEST = "results/{selection}/{representation}/test-{number}/{index}.parquet"
AUGMENTED_MEGASET = "results/{selection}/{representation}/augmented/megasets/{index}.parquet"
OTHER_AUGMENTED_MEGASET = (
    "results/{selection}/{representation}/augmented/megasets-{number}/{index}.parquet"
)
SIGNAL_EVENTS = "results/{selection}/{representation}/signals/{signal}.parquet"
COMPOSITION = "results/{selection}/composition.json"

# Models and their scores.
SCALER = "results/{selection}/{representation}/scalers/{scaler}.json"
WEIGHTS = "results/{selection}/models/{model}/weights.pt"
BOOSTER = "results/{selection}/models/{model}/booster.ubj"
ONNX = "results/{selection}/models/{model}/model.onnx"
CARD = "results/{selection}/models/{model}/card.json"
HISTORY = "results/{selection}/models/{model}/history.json"
BASELINE = "results/{selection}/models/{baseline}/baseline.npz"
CHECKPOINT = "results/{selection}/checkpoints/{model}.pt"
SCORES = "results/{selection}/scores/{model}/{dataset}.parquet"
FOLD_MAP = "results/{selection}/scores/{model}/{dataset}.folds.npz"

# Systematic variations.
SHIFTED_SHARD = "results/{selection}/shifts/{shift}/{representation}/shards/{sample}/{part}.parquet"
SHIFTED_CUTFLOW = (
    "results/{selection}/shifts/{shift}/{representation}/shards/{sample}/{part}.cutflow.json"
)
SHIFTED_PIECE = (
    "results/{selection}/shifts/{shift}/{representation}/pieces/{sample}/{part}/{piece}.parquet"
)
SHIFTED_PIECE_CUTFLOW = (
    "results/{selection}/shifts/{shift}/{representation}/pieces/{sample}/{part}/"
    "{piece}.cutflow.json"
)
SHIFTED_TEST = "results/{selection}/shifts/{shift}/{representation}/background.parquet"
SHIFTED_SCORES = "results/{selection}/shifts/{shift}/scores/{model}/{dataset}.parquet"

# Results.
SCAN = "results/{selection}/scans/{scorer}/{signal}.json"
SUMMARY = "results/summary.json"
SUMMARY_TABLE = "results/summary.csv"
FIGURES = "results/{selection}/figures/{architecture}"
COMPARED_SCORERS = "results/{selection}/comparison"
MATRICES = "results/{selection}/{representation}/figures"
SECTION = "results/{selection}/sections/{study}"
REPORT = "results/report/index.html"
REPORT_PAGES = "results/report/pages"
REPORT_FILE = "results/report/report.html"
HEADLINES = "results/report/headlines.txt"
EXPORT = "results/export"

# Studies.
ALTERED_EVENTS = "results/{selection}/altered_events/{scorer}.json"
BLIND = "results/{selection}/blind_test.json"
BUMP_WINDOW = "results/{selection}/bump_hunt/{window}.json"
BUMP_SCORES = "results/{selection}/bump_hunt/{window}.parquet"
BUMP_HUNT = "results/{selection}/bump_hunt/hunt.json"
CALIBRATION = "results/{selection}/calibration.json"
REMOVAL = "results/{selection}/channel_removal/{architecture}/{channel}.json"
BASELINE_REMOVAL = "results/{selection}/channel_removal/{baseline}.json"
COMPARISON = "results/{selection}/data_comparison/features.json"
COMPARED_HISTOGRAMS = "results/{selection}/data_comparison/histograms.parquet"
TWO_SAMPLE = "results/{selection}/two_sample.json"
CLASSIFIER_CHECKS = "results/{selection}/classifier_checks/{architecture}.json"
CUT_AND_COUNT = "results/{selection}/cut_and_count.json"
DIFFERENCES = "results/{selection}/{representation}/differences.json"
DISPLAYS = "results/{selection}/displays/{architecture}.json"
EXPLANATIONS = "results/{selection}/explanations/{architecture}.json"
FIT = "results/{selection}/fits/{scorer}/{signal}.json"
WORKSPACE = "results/{selection}/fits/{scorer}/{signal}.workspace.json"
JET_IMAGES = "results/{selection}/jet_images/{architecture}.json"
LATENT_EVENTS = "results/{selection}/latent/{architecture}.parquet"
LATENT_SUMMARY = "results/{selection}/latent/{architecture}.json"
MEGASET_NUMBER = "results/{selection}/megaset_number/{architecture}.json"
TRAINING_TIMES = "results/{selection}/megaset_number/{architecture}.times.json"
SEEDS = "results/{selection}/seeds/{architecture}.json"
SCORES_ACROSS = "results/{selection}/scores_across/{other}/{model}/{dataset}.parquet"
TAGGER_IMAGES = "results/{selection}/tagger_images/{architecture}.json"
TAGGERS = "results/{selection}/taggers.json"
TRAININGS = "results/{selection}/trainings.json"
CEILINGS = "results/{selection}/sensitivity/{architecture}.json"
JUDGED_SCORES = "results/{selection}/sensitivity.json"
CATEGORIES = "results/{selection}/categories/{architecture}.json"
COMBINED_TRAININGS = "results/{selection}/combined_trainings.json"
TREE_TUNING = "results/{selection}/tree_tuning/{architecture}.json"
TUNED_TREES = "results/{selection}/tree_tuning/{architecture}.yaml"
TRIAL_BATCH = "results/{selection}/tuning/{architecture}/{round}-{batch}.json"
TRIALS = "results/{selection}/tuning/{architecture}/trials.json"
BEST_TRIAL = "results/{selection}/tuning/{architecture}/best.yaml"
TRIAL_CHECKPOINT = "results/{selection}/checkpoints/tuning/{architecture}/{round}-{batch}.json"


class _Values(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def fill(pattern: str, **values: object) -> str:
    """Put values in the place of wildcards; others stay.

    Parameters
    ----------
    pattern
        One of those above.
    values
        By wildcard; may be other wildcards in braces.

    Returns
    -------
    str
        A path, or a pattern with other wildcards.
    """
    return pattern.format_map(_Values(values))


def name_log(job: str) -> str:
    """Name the log of jobs; `job` is a rule and wildcards, separated by slashes."""
    return f"logs/{job}.log"


def name_benchmark(job: str) -> str:
    """Name the file with the times of jobs; `job` is as for `name_log`."""
    return f"logs/benchmarks/{job}.jsonl"


def match_any(names: Iterable[str]) -> str:
    """Make the pattern of a wildcard that stands for one of some names (none: matches nothing)."""
    return "|".join(map(re.escape, dict.fromkeys(names))) or "(?!)"


def find_beside(path: str, checkout: Path) -> str:
    """Find a path of the configuration: from the working folder, else from the checkout."""
    return path if Path(path).exists() else str(checkout / path)
