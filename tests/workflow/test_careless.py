"""What people write does no harm in a run: texts, names, paths, keys and secrets as they come."""

import pytest

from servers import HttpServer

pytestmark = pytest.mark.workflow


def replace_in_sheet(run, old, new):
    sheet = run.folder / "config/samples.tsv"
    text = sheet.read_text()
    assert old in text
    sheet.write_text(text.replace(old, new))


def test_no_text_of_the_user_is_a_pattern(tiny):
    """Files are built from, the rest is planned: one run with every sign that has a meaning."""
    odd = "b{1} [x]'s {sample}.root"
    (tiny.folder / "input/b1.root").rename(tiny.folder / "input" / odd)
    (tiny.folder / "input/b2.root").rename(tiny.folder / "input/tt[1].root")
    (tiny.folder / "input/tt1.root").write_text("what the pattern would match")
    replace_in_sheet(tiny, "input/b1.root", f'"input/{odd}"')
    replace_in_sheet(tiny, "input/b2.root", "input/tt[1].root")
    texts = r"$\sqrt{s}$ = {x} {architecture} {0} {} %s"
    tiny.config["title"] = texts
    tiny.config["unblinding"] = {"by": texts, "reason": texts}
    selection = tiny.config["selections"]["lep"]
    selection["channels"] = {"Z+jets": ["b1"], "W(lv) x": ["b2"]}
    selection["cuts"][0]["name"] = texts
    tiny.config["studies"] = {"channel_removal": {"enabled": True}}
    built = tiny.make("--until", "build_shard")
    assert "input/tt[1].root" in built.output
    shards = {
        path.parent.name: path for path in tiny.folder.glob("results/lep/rmm/shards/*/*.parquet")
    }
    assert set(shards) == {"b1", "b2", "sig", "obs"}
    plan = tiny.make("--dry-run").output
    assert "results/lep/channel_removal/ae/W(lv) x.json" in plan
    assert "rule build_shard" not in plan


def test_copies_in_a_folder_have_no_token(tiny):
    tiny.config["files"] = {"replace": {"https://host/": "input/"}}
    replace_in_sheet(tiny, "input/b1.root", "https://host/b1.root?authz=hushhush")
    assert "input: input/b1.root" in tiny.make("--dry-run", "--until", "build_shard").output
    (tiny.folder / "input/b1.root").unlink()
    outcome = tiny.snakemake("--dry-run")
    assert "no file matches input/b1.root" in outcome.output
    assert "in the place of https://host/b1.root" in outcome.output
    assert "hushhush" not in outcome.output


def test_brackets_are_wildcards_where_no_file_has_them(tiny):
    replace_in_sheet(tiny, "input/b1.root", "input/[bx]1.root")
    replace_in_sheet(tiny, "input/b2.root", "input/b?.root")
    outcome = tiny.snakemake("--dry-run")
    assert "samples b1 and b2 both have the file input/b1.root" in outcome.output


def test_what_is_off_does_not_exist(tiny):
    # a name that would be no good file; networks of a study that is off have none
    tiny.config["studies"] = {"seeds": {"number": 900}}
    target = "results/lep/models/ae-without-B1/model.onnx"
    for wanted in (target, "results/lep/models/ae-seed-1/model.onnx"):
        outcome = tiny.snakemake("--dry-run", wanted)
        assert outcome.returncode != 0
        assert "MissingRuleException" in outcome.output


def test_a_key_that_is_written_twice_is_refused_wherever_it_is(tiny):
    tiny.save()
    tiny.frozen = True
    config = tiny.folder / "config/config.yaml"
    text = config.read_text()
    config.write_text(text + "seed: 2\n")
    outcome = tiny.snakemake("--dry-run")
    assert outcome.returncode != 0
    assert "config/config.yaml, line" in outcome.output
    assert "seed is written twice, in line 1 too" in outcome.output
    config.write_text(text)
    other = tiny.folder / "other.yaml"
    other.write_text("scan: {score_quantiles: [0.5]}\nseed: 010\n")
    outcome = tiny.snakemake("--dry-run", "--configfile", str(other))
    assert outcome.returncode != 0
    assert "other.yaml, line 2: seed is 010, which YAML reads in base 8" in outcome.output
    other.write_text("sed: 1\n")
    outcome = tiny.snakemake("--dry-run", "--configfile", str(other), "--replace-workflow-config")
    assert "/other.yaml is not valid" in outcome.output
    assert "config.yaml is not valid" not in outcome.output, "it takes no part"
    style = tiny.folder / "config/ntuples/tiny.yaml"
    style.write_text(style.read_text() + "met: {pt: met, phi: met_phi}\n")
    outcome = tiny.snakemake("--dry-run")
    assert outcome.returncode != 0
    assert "config/ntuples/tiny.yaml, line" in outcome.output
    assert "met is written twice" in outcome.output
    assert "Traceback" not in outcome.output


def test_a_background_that_nothing_uses_is_named_after_the_plan(tiny):
    tiny.config["selections"]["lep"]["channels"].pop("B2")
    said = tiny.make("--dry-run").output
    after = said[said.index("What runs, and why") :]
    assert "No selection uses 1 backgrounds of config/samples.tsv: b2" in after


def test_no_secret_stays_and_a_new_one_makes_nothing_run(tiny):
    shard = "results/lep/rmm/shards/b1/b1.parquet"
    server = HttpServer(tiny.folder / "input")
    address = server.address("b1.root")
    secrets = ["hushhush1", "hushhush2"]

    def name_file(word):
        user = address.replace("http://", f"http://me:{word}@")
        return f"{user}?n=1&authz=Bearer%20{word}"

    tiny.config["files"] = {"bad_files": "quarantine", "attempts": 1, "timeout": 2}
    replace_in_sheet(tiny, "input/b1.root", name_file(secrets[0]))
    said = tiny.make(shard, "--printshellcmds", "--verbose").output
    assert any(f"n=1&authz=Bearer%20{secrets[0]}" in request.path for request in server.requests)
    replace_in_sheet(tiny, *secrets)
    plan = tiny.make("--dry-run", shard).output
    assert "Nothing to be done" in plan
    server.stop()
    (tiny.folder / shard).unlink()
    failed = tiny.snakemake(shard)
    assert failed.returncode != 0
    assert f"{address}?n=1" in failed.output
    for text in (plan, failed.output, said):
        assert "hushhush" not in text
    files = [path for path in tiny.folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    holding = [path.name for path in files if b"hushhush" in path.read_bytes()]
    assert holding == ["samples.tsv"]
