"""Passwords and tokens in addresses are seen nowhere, and what is left stays when they change."""

import json
import logging
import pickle
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.provenance.addresses import Sealed, redact, redact_address
from sources import JOB

TOKEN = "Top-Secret.123_x"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:{}@host/a.root", "https://host/a.root"),
        ("https://me:p@{}@host:443/a.root", "https://host:443/a.root"),
        ("root://me@host//store/a.root?authz={}", "root://host//store/a.root"),
        ("root://host//a.root?authz=Bearer {}&xrd.wantprot=unix", "root://host//a.root?xrd.wantprot=unix"),
        ("https://host/a.root?token={}&id=3", "https://host/a.root?id=3"),
        ("https://host/a.root?id=3&access_token={}", "https://host/a.root?id=3"),
        (
            "https://h/a.root?X-Amz-Date=1&X-Amz-Credential=a%2Fb&X-Amz-Signature={}&versionId=2",
            "https://h/a.root?versionId=2",
        ),
        ("https://h/a?AWSAccessKeyId=A&Expires=12&Signature={}", "https://h/a"),
        ("https://h/a?sv=2020&se=2026&sr=b&sp=r&sig={}", "https://h/a"),
        ("https://h/a?se=2026&sk=1", "https://h/a?se=2026&sk=1"),  # where nothing is signed
        ("https://h/a?x-api-key={}&api_key={}&AWSAccessKeyId={}&Key-Pair-Id={}", "https://h/a"),
        ("https://h/a?k%65y={}#access_token={}", "https://h/a"),
        ("https://h/a?b=c?token={}?d=e;f=g", "https://h/a?b=c?d=e;f=g"),
        ("https://h/a.root?file=b.root", "https://h/a.root?file=b.root"),
        ("/data/a@b?token={}.root", None),  # a file's name is no address
    ],
)  # fmt: skip
def test_secrets_of_an_address_are_taken_out(address, shown):
    address = address.replace("{}", TOKEN)
    assert redact(address) == redact_address(address) == (address if shown is None else shown)
    text = f'{{"location": "{address}", "size": 1, "to": "me@cern.ch"}} <{address}> and more'
    if shown:
        assert TOKEN not in redact(text)
        assert redact(text).endswith(" and more")
        assert json.loads(redact(text).split("} <")[0] + "}")["to"] == "me@cern.ch"


@pytest.mark.parametrize("name", ["fileKey", "keyword", "code", "author", "skim", "monkey", "st"])
@pytest.mark.parametrize("number", [3, 90])
def test_what_says_which_file_is_meant_is_no_secret(name, number):
    first, second = (f"https://h/a.root?{name}={number * 'x'}{end}" for end in "ab")
    assert redact_address(first) != redact_address(second)
    assert redact_address(redact_address(first)) == redact_address(first) == redact(first)
    assert (redact_address(first) == first) is (number < 10)


def test_a_key_that_names_a_root_file_is_no_secret():
    assert redact_address("https://h/get?key=x/a.root") == "https://h/get?key=x/a.root"


@pytest.mark.parametrize("before", ["t=eyJ", ""])
def test_of_long_parts_a_digest_is_shown(before):
    shown = redact_address(f"https://h/a?{before}{50 * 'x'}{TOKEN}==&id=3")
    assert re.fullmatch(r"https://h/a\?(t=)?~[0-9a-f]{16}&id=3", shown)


@pytest.mark.parametrize(
    "address",
    [
        f"https://h/a b.root?token={TOKEN}&id=3",
        f"https://me:{TOKEN}@h/a b.root?authz=Bearer {TOKEN}&id=3",
        f"https://h/a b.root?jwt=a {TOKEN}&id=3",
        f"https://me:a {TOKEN}@h/a b.root?id=3",
    ],
)
def test_names_with_blanks_hide_no_secrets(address):
    shown = "https://h/a b.root?id=3"
    assert redact_address(address) == shown
    assert json.loads(str(Sealed(json.dumps({"location": address})))) == {"location": shown}


def test_a_text_keeps_what_is_no_query():
    long = 50 * "x"
    text = f"what? no a && b; b?{long} # https://h/a&{long} https://h/a?x=1, https://h/a b?n=1"
    assert redact(text) == text
    assert redact(f"{text}&token={TOKEN}") == text


def test_long_texts_take_no_time_of_the_square_of_their_length():
    text = 20_000 * "://a"
    assert redact(text) == text


WORDS = st.from_regex(r"[A-Za-z0-9._~%+-]{1,20}", fullmatch=True)


@given(user=WORDS, word=WORDS, key=st.sampled_from(["authz", "X-Amz-Signature", "token", "apikey"]))
def test_another_token_leaves_the_same_address(user, word, key):
    address = f"https://{user}:{word}@host.org/a.root?n=1&{key}={word}"
    assert redact(address) == redact(redact(address)) == "https://host.org/a.root?n=1"


def test_a_sealed_text_shows_itself_without_secrets():
    sealed = Sealed(f'{{"location": "https://me:{TOKEN}@host/a.root"}}')
    shown = '{"location": "https://host/a.root"}'
    assert str(sealed) == f"{sealed}" == shown
    assert TOKEN not in repr([sealed]) + json.dumps({"params": sealed}, default=str)
    assert pickle.loads(pickle.dumps(sealed)).text == sealed.text  # jobs get the whole of it
    with pytest.raises(TypeError):  # so that nothing writes it as a text by chance
        json.dumps(sealed)


def test_logs_of_jobs_hold_no_secrets(monkeypatch):
    monkeypatch.syspath_prepend(JOB.parent)
    formatter = pytest.importorskip("_job")._Formatter("%(message)s")
    try:
        raise OSError(f"cannot open https://host/a.root?authz={TOKEN}")
    except OSError:
        record = logging.LogRecord("a", 20, "", 0, "root://me:%s@h//a", (TOKEN,), sys.exc_info())
    text = formatter.format(record)
    assert "root://h//a" in text
    assert "cannot open https://host/a.root" in text
    # the line of the program is in the traceback, not what it was filled with
    assert TOKEN not in text
