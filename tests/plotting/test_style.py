import json
import time

import numpy as np
import pytest
from PIL import Image

from rapidmass.config.report.plots import PlotSettings
from rapidmass.plotting.labels import add_corner, add_legend, describe_cut, format_luminosity
from rapidmass.plotting.style import (
    CHANNEL_COLOURS,
    Frame,
    leave_headroom,
    list_numbers,
    write_figure,
)


def make_frame(channels, **plots):
    return Frame(PlotSettings(**plots), "2lep", channels, ("s",), 139000.0)


def draw(output, label="channel"):
    frame = make_frame(("a",))
    with write_figure(output, {"x": np.array([1.0, np.nan])}) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.6, 0.84))
        (line,) = axes.plot([0, 1], [0, 1])
        axes.set_xlabel(r"$\sqrt{s}$")
        add_corner(axes, frame)
        add_legend(axes, [line], [label])


@pytest.mark.parametrize("text", ["$", "a $^$ b", r"$\nosuch{s}$", "$5 and $_$", "{x} \\ %s"])
def test_what_is_no_formula_is_drawn_as_it_is_written(tmp_path, text):
    plots = {"experiment": text, "label": text, "channel_labels": {"a": text, "b": r"$\sqrt{s}$"}}
    block = {"plots": plots, "selection": "2lep", "channels": ("a", "b"), "signals": ()}
    frame = Frame.parse(block)
    with write_figure(tmp_path / "f", {}) as figure:
        axes = figure.add_subplot()
        add_corner(axes, frame)
        (line,) = axes.plot([0, 1], [0, 1])
        add_legend(axes, [line], [frame.get_label("a")])
    assert (tmp_path / "f.png").exists()
    assert frame.get_label("a").replace(r"\$", "$") == text
    assert frame.get_label("b") == r"$\sqrt{s}$"


def test_the_status_word_stands_behind_the_experiment(tmp_path):
    frame = make_frame(("a",), experiment="ACME", label="Simulation")
    for status, words in ((None, "Simulation"), ("", ""), ("Preliminary", "Preliminary")):
        with write_figure(tmp_path / "f", {}) as figure:
            axes = figure.add_subplot()
            add_corner(axes, frame, status=status)
            assert [text.get_text() for text in axes.texts[:2]] == ["ACME", words]


def test_the_same_figure_has_the_same_bytes_a_second_later(tmp_path):
    draw(tmp_path / "one")
    time.sleep(1.1)
    draw(tmp_path / "two")
    for suffix in (".png", ".pdf", ".json"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_a_failing_figure_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), write_figure(tmp_path / "broken", {}):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_long_legend_is_not_cut_off(tmp_path):
    draw(tmp_path / "long", "a very long name of a channel " * 3)
    pixels = np.asarray(Image.open(tmp_path / "long.png").convert("L"))
    rim = np.concatenate([pixels[:4].ravel(), pixels[:, :4].ravel(), pixels[:, -4:].ravel()])
    assert rim.min() == 255
    assert pixels.min() < 100


def test_a_dot_in_a_name_is_no_suffix(tmp_path):
    draw(tmp_path / "a.b")
    assert {path.name for path in tmp_path.iterdir()} == {"a.b.png", "a.b.pdf", "a.b.json"}
    assert json.loads((tmp_path / "a.b.json").read_text()) == {"x": [1.0, None]}


def test_twelve_channels_look_different():
    channels = tuple(f"c{k}" for k in range(12))
    frame = make_frame(channels)
    assert len({frame.get_look(name)["facecolor"] for name in channels}) == 12


def test_more_channels_than_colours_still_look_different():
    channels = tuple(f"c{k}" for k in range(30))
    frame = make_frame(channels)
    assert len({tuple(frame.get_look(name).values()) for name in channels}) == 30


def test_a_chosen_colour_is_taken_from_the_others():
    frame = make_frame(("a", "b"), channel_colours={"b": CHANNEL_COLOURS[0]})
    assert frame.get_look("b")["facecolor"] == CHANNEL_COLOURS[0]
    assert frame.get_look("a")["facecolor"] == CHANNEL_COLOURS[1]


def test_numbers_become_json():
    content = {"a": np.arange(2), "b": [np.float64("inf"), np.int64(3)], "c": None, 0.5: "text"}
    assert list_numbers(content) == {"a": [0, 1], "b": [None, 3], "c": None, "0.5": "text"}


@pytest.mark.parametrize(
    ("luminosity", "start"), [(138965.15, "139 "), (36207.65, "36.21 "), (2, "2 "), (1500, "1.5 ")]
)
def test_luminosities_are_written_for_physicists(luminosity, start):
    text = format_luminosity(luminosity)
    assert text.startswith(start)
    assert ("pb" in text) == (luminosity < 100)


def test_cuts_are_described():
    assert describe_cut(0.0, None) == "no cut on the score"
    assert describe_cut(0.99, -1.234) == "score > −1.23 (removes 99 %)"


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_headroom_is_left(tmp_path, scale):
    with write_figure(tmp_path / "f", {}) as figure:
        axes = figure.add_subplot()
        axes.set_yscale(scale)
        leave_headroom(axes, 1.0, 100.0, share=0.25)
        height = axes.transAxes.inverted().transform(axes.transData.transform((0, 100.0)))[1]
        assert height == pytest.approx(0.75)


def test_numbers_at_ticks_are_no_formulas_but_powers_beside_the_axis_are(tmp_path):
    with write_figure(tmp_path / "figure", {}) as figure:
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        axes.plot([0, 1], [0, 5e7])
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert "5" in labels
    assert not any("$" in label for label in labels)
    assert axes.yaxis.get_offset_text().get_text() == r"$\times\mathdefault{10^{7}}\mathdefault{}$"
