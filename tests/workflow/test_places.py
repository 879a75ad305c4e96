"""Where a run works: a checkout that is only read, no home folder."""

import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.workflow

CONFINE = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && ! touch "$0/x" && exec "$@"'


@pytest.fixture
def confine():
    """Give words that run a command with a folder that cannot be written, also by root."""
    if os.geteuid() or shutil.which("unshare") is None:
        pytest.skip("only root can make a folder read-only for itself")
    return lambda folder: ["unshare", "--mount", "bash", "-c", CONFINE, str(folder)]


def test_a_checkout_that_is_only_read_and_no_home(tiny, copy_checkout, confine):
    tiny.checkout = copy_checkout()
    tiny.save()
    before = set(tiny.checkout.rglob("*"))
    tiny.wrapper = confine(tiny.checkout)
    tiny.environment = {"HOME": "/proc/none", "XDG_CACHE_HOME": str(tiny.folder / ".cache/others")}
    tiny.make("results/lep/rmm/figures", "results/lep/composition.json")
    assert (tiny.folder / "results/lep/composition.json").exists()
    assert set(tiny.checkout.rglob("*")) == before
    assert subprocess.run(["ls", "/proc/none"], capture_output=True, check=False).returncode
