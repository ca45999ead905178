"""The report on quality: parts that are not measured anew stay, pictures stay small, and the measures are right."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scripts.quality.report import PICTURES, SIDE_MAX_PX, Faulty, Report, Section, markdown
from scripts.quality.upscale import psnr, ssim

BLACK = np.zeros((20, 30, 3), np.uint8)


def section(title: str, *names: str) -> Section:
    return Section(
        title, "What and how.", (("a", "b"), ("1", "x|y")), tuple((one, BLACK, f"See {one}.") for one in names)
    )


def test_a_part_that_is_measured_alone_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    report = Report(tmp_path)
    report.keep("fill", [section("Fill", "fill-one")])
    report.keep("upscale", [section("Up", "up-one"), section("Time")])
    report.write(("fill", "upscale"))

    again = Report(tmp_path)
    again.keep("fill", [section("Filled", "fill-two")])
    again.write(("fill", "upscale"))

    text = (tmp_path / "README.md").read_text("utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Filled", "Up", "Time"]
    assert {path.name for path in (tmp_path / PICTURES).iterdir()} == {"fill-two.jpg", "up-one.jpg"}


def test_a_section_shows_its_table_and_its_pictures() -> None:
    text = markdown(section("Up", "one-2"))
    assert "| a | b |\n| --- | --- |\n| 1 | x\\|y |" in text
    assert "![See one-2.](pictures/one-2.jpg)\n\nSee one-2." in text


def test_large_pictures_are_reduced_and_too_many_bytes_are_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1_400, 1_400, 3), np.uint8)
    report = Report(tmp_path)
    large = np.zeros((300, 2_000, 3), np.uint8)
    noisy = tuple((f"n{number}", noise, "Noise.") for number in range(9))
    report.keep("fill", [Section("Noise", "", (), (("large", large, "Black."), *noisy))])
    with pytest.raises(Faulty, match="at most"):
        report.write(("fill",))
    with Image.open(tmp_path / PICTURES / "large.jpg") as shown:
        assert max(shown.size) == SIDE_MAX_PX


@pytest.mark.parametrize("faulty", [section("Up", "No Name"), Section("Up", "", (("a", "b"), ("1",)))])
def test_what_cannot_be_written_down_is_refused(faulty: Section) -> None:
    with pytest.raises(Faulty):
        markdown(faulty)


def test_the_measures_are_those_of_the_literature() -> None:
    truth = np.random.default_rng(2).uniform(0, 255, (64, 64)).astype(np.float32)
    assert psnr(truth + 16, truth) == pytest.approx(24.05, abs=0.01)
    assert ssim(truth, truth) == pytest.approx(1.0)
    assert ssim(255 - truth, truth) < 0  # structure turned round
    flat = np.full((64, 64), 100, np.float32)
    assert ssim(flat + 20, flat) == pytest.approx((2 * 100 * 120 + 6.5025) / (100**2 + 120**2 + 6.5025))
