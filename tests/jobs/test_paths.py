import re
from pathlib import Path

from jobs import paths
from jobs.paths import fill, match_any
from rapidmass.config.names import PRODUCTS


def test_what_is_not_given_stays_a_wildcard():
    assert fill(paths.SCORES, model="{baseline}") == (
        "results/{selection}/scores/{baseline}/{dataset}.parquet"
    )
    assert fill(paths.SAMPLE, sample="a{b}") == "results/samples/a{b}.json"


def test_no_two_products_have_one_path():
    patterns = [
        re.sub(r"\{\w+\}", "{}", value)
        for name, value in vars(paths).items()
        if name.isupper() and isinstance(value, str)
    ]
    assert len(patterns) > 50
    assert len(set(patterns)) == len(patterns)


def test_the_page_on_products_has_every_path_and_no_other():
    page = (Path(__file__).parents[2] / "docs/products.md").read_text()
    told = re.findall(r"^\| `([^`]+)` \|", page, re.M)
    paths_of_products = [
        value for name, value in vars(paths).items() if name.isupper() and isinstance(value, str)
    ]
    assert sorted(told) == sorted(paths_of_products)


def test_no_representation_is_called_as_another_product():
    beside = {
        found[1]
        for name, value in vars(paths).items()
        if name.isupper() and (found := re.match(r"results/\{selection\}/([\w.]+)", value))
    }
    assert beside == PRODUCTS


def test_a_wildcard_matches_its_names_alone():
    pattern = match_any(["a.b", "c", "c"])
    assert pattern == r"a\.b|c"
    assert not re.fullmatch(pattern, "axb")
    assert not re.match(match_any([]), "")
