from jobs.studies import two_sample


def test_shards_are_read_only_where_trees_see_elements(make, wildcards):
    job = wildcards(selection="3lep")
    context = make()
    assert two_sample.list_elements(context, job) == []
    assert two_sample.list_elements_of_data(context, job) == []
    seen = make(studies={"two_sample": {"representation": "rmm"}})
    for role, found in (
        ("background", two_sample.list_elements(seen, job)),
        ("data", two_sample.list_elements_of_data(seen, job)),
    ):
        samples = seen.list_selected("3lep", (role,))
        assert {path.split("/")[4] for path in found} == set(samples)
        assert all(path.startswith("results/3lep/rmm/shards/") for path in found)
    assert two_sample.digest(seen, job) != two_sample.digest(context, job)
