import signal
import subprocess
import sys
import threading

import pytest

from rapidmass.models.training.sigterm import Interrupted, notice_sigterm


def test_sigterm_is_noticed_and_the_former_handler_comes_back():
    met = []
    former = signal.signal(signal.SIGTERM, lambda number, _: met.append(number))
    try:
        with notice_sigterm() as is_asked_to_end:
            assert not is_asked_to_end()
            for _ in range(2):
                signal.raise_signal(signal.SIGTERM)
                assert is_asked_to_end()
        assert met == []
        signal.raise_signal(signal.SIGTERM)
        assert met == [signal.SIGTERM]
        with notice_sigterm() as is_asked_to_end:
            assert not is_asked_to_end()
    finally:
        signal.signal(signal.SIGTERM, former)


def test_the_former_handler_comes_back_after_an_error():
    former = signal.getsignal(signal.SIGTERM)

    def fail():
        with notice_sigterm():
            assert signal.getsignal(signal.SIGTERM) != former
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert signal.getsignal(signal.SIGTERM) == former


def test_in_another_thread_nothing_is_handled():
    former, found = signal.getsignal(signal.SIGTERM), []

    def look():
        with notice_sigterm() as is_asked_to_end:
            found.extend([is_asked_to_end(), signal.getsignal(signal.SIGTERM)])

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [False, former]


def test_an_interrupted_process_fails_without_a_traceback():
    code = "from rapidmass.models.training.sigterm import Interrupted\nraise Interrupted"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (143, b"")
    assert not issubclass(Interrupted, Exception)
