"""YAML that says one thing and would be read as another is refused, with file, key and line."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from calls import limit_calls
from rapidmass.provenance.yaml_files import YamlError, parse_yaml, read_yaml

BOMB = "a0: &a0 [1, 2]\n" + "".join(f"a{k}: &a{k} [*a{k - 1}, *a{k - 1}]\n" for k in range(1, 60))
MOST_CALLS = 200_000
CHAIN = "a0: &a0 [1]\n" + "".join(f"a{k}: &a{k} [*a{k - 1}]\n" for k in range(1, 2000))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "my.yaml, line 3: a is written twice, in line 1 too"),
        (
            "channels: {diboson: [ww], top: [tt], diboson: [zz]}",
            "my.yaml, line 1: channels.diboson is written twice",
        ),
        ("a:\n- b: 1\n  b: 1\n", "my.yaml, line 3: a.0.b is written twice, in line 2"),
        ("{1: a, 0x1: b}", "0x1 is written twice"),
        ("{yes: a, on: b}", "on is written twice"),
        ('{\n\t"a": 1,\n\t"a": 2\n}', "line 3: a is written twice"),
        ("<<: {a: 1}\n<<: {b: 1}\n", "<< is written twice"),
        ("seed: 010", "line 1: seed is 010, which YAML reads in base 8: leave out the zero"),
        ("luminosity: 60:30", "luminosity is 60:30, which YAML reads in base 60"),
        ("luminosity: 60:30.5", "luminosity is 60:30.5, which YAML reads in base 60"),
        ("012: a", "012 is 012, which YAML reads in base 8"),
        (BOMB, "unfolds to"),
        (CHAIN, "unfolds to 62 values at 62 levels"),
        ("a: &a {b: *a}", "a.b contains itself"),
        ("&a [*a]", "contains itself"),
        ("[" * 100_000, "more than 60 blocks within each other"),
        ("a:\n" + "".join(" " * k + "a:\n" for k in range(1, 100)), "line 61: more than 60"),
        ("? [a, b]\n: c\n", "has a block for a key"),
        ("a: [1", "my.yaml is no valid YAML"),
        ("a: 1\n---\na: 2\n", "my.yaml is no valid YAML"),
        ("a: 1\ndate: 2026-02-30", "my.yaml, line 2: date is '2026-02-30', which cannot"),
        ("seed: " + "1" * 5000, "my.yaml, line 1: seed is '" + "1" * 60 + "...', which cannot"),
        ("a: 1\nb: [!!bool 'x']", "my.yaml, line 2: b.0 is 'x', which cannot be read as bool"),
        ("a: 1\n!!bool 'x': 2", "my.yaml, line 2: x is 'x', which cannot be read as bool"),
        ("a: !!timestamp 'x'", "my.yaml, line 1: a is 'x', which cannot be read as timestamp"),
        ("a: !!int ''", "my.yaml, line 1: a is '', which cannot be read as int"),
        ("a: !!float ''", "my.yaml, line 1: a is '', which cannot be read as float"),
        ("a: !!float x", "my.yaml, line 1: a is 'x', which cannot be read as float"),
        ("!!bool {=: x}", "my.yaml is no valid YAML"),
        ("a: !!python/name:os.system ''", "my.yaml is no valid YAML"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_looks_is_refused(text, message):
    with pytest.raises(YamlError) as error, limit_calls(MOST_CALLS):
        parse_yaml(text, "my.yaml")
    assert message in str(error.value)


def test_the_rest_is_what_yaml_makes_of_it():
    text = (
        "base: &b {x: 1, y: 1e3}\nown: {<<: *b, x: 2}\nmore: [*b, *b]\nquoted: ['010', 0x10, 0]\n"
    )
    assert parse_yaml(text, "my.yaml") == yaml.safe_load(text)
    assert parse_yaml("", "my.yaml") is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(content=VALUES)
def test_what_is_written_is_read(content):
    assert parse_yaml(yaml.safe_dump(content), "my.yaml") == content


@given(content=st.dictionaries(st.text(), VALUES, min_size=1, max_size=4), data=st.data())
def test_a_second_key_never_passes(content, data):
    key = data.draw(st.sampled_from(sorted(content)))
    text = yaml.safe_dump(content) + yaml.safe_dump({key: 1})
    with pytest.raises(YamlError, match="is written twice"):
        parse_yaml(text, "my.yaml")


def test_other_encodings_are_named(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_bytes("title: \xe9".encode("latin-1"))
    with pytest.raises(YamlError, match=r"my\.yaml is not encoded in UTF-8"):
        read_yaml(path)
    path.write_bytes(b"\xef\xbb\xbftitle: a")
    assert read_yaml(path) == {"title": "a"}
    path.write_bytes(b"#" * 5_000_001)
    with pytest.raises(YamlError, match="no file of settings"):
        read_yaml(path)
