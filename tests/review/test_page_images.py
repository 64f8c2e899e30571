"""Images of pages: a change that a reader could see is named with its page; others are none."""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
import typst

from fij_eval import cli
from fij_eval.errors import InputError
from fij_eval.review import page_images, page_pictures

LINE = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='400' height='90'>"
    "<path d='M 10 {y} L {end} {y}' stroke='#12436D' stroke-width='0.8' fill='none'/></svg>"
)
SOURCE = """
#set page(paper: "a4", footer: [utgave {build}])
#set text(size: 9pt)
= Første side
Andelen er 34,{digit} prosent, og intervallet går fra 1,0 til 4,2{stop}
#image(bytes("{line}"), width: 400pt)
#pagebreak()
= Andre side
Her er alt som før.
#pdf.attach("manifest.json", bytes("{manifest}"), description: "Opphav", mime-type: "text/plain",
  relationship: "supplement")
"""


def written(folder, *, manifest="m", digit="5", stop=".", end=390, y=45.0, source=SOURCE):
    build = hashlib.sha256(manifest.encode()).hexdigest()[:12]
    line = LINE.format(end=end, y=y)
    text = source.format(manifest=manifest, build=build, digit=digit, stop=stop, line=line)
    folder.mkdir(parents=True, exist_ok=True)
    content = typst.compile(text.encode(), format="pdf", timestamp=0)
    (folder / "rapport.pdf").write_bytes(content)
    return folder


@pytest.fixture
def accepted(tmp_path):
    page_images.accept(written(tmp_path / "reports"), tmp_path / "accepted")
    return tmp_path / "accepted"


def differences(tmp_path, accepted, **changes):
    folder = written(tmp_path / "now", **changes)
    return page_images.compare(folder, accepted, drawn=tmp_path / "drawn")


def test_the_same_pages_are_as_accepted_and_what_is_kept_is_small(tmp_path, accepted):
    assert differences(tmp_path, accepted) == []
    assert not (tmp_path / "drawn").exists()
    kept = json.loads((accepted / "rapport.json").read_text(encoding="utf-8"))
    assert len(kept["pages"]) == 2
    assert (accepted / "rapport.json").stat().st_size < 10_000


def test_the_build_id_which_changes_with_every_edit_is_no_difference(tmp_path, accepted):
    assert differences(tmp_path, accepted, manifest="another") == []


@pytest.mark.parametrize(
    "change",
    [
        {"digit": "6"},
        {"stop": ""},
        {"end": 352},  # a line a tenth too short
        {"y": 46.0},
    ],
    ids=str,
)
def test_a_change_that_a_reader_could_see_is_named_with_its_page(tmp_path, accepted, change):
    (found,) = differences(tmp_path, accepted, **change)
    assert (found.document, found.page) == ("rapport", 1)
    assert re.search(r"root mean square \d", str(found))
    drawn = list((tmp_path / "drawn").iterdir())
    assert [path.name for path in drawn] == ["rapport-page-01.png"]
    assert drawn[0].read_bytes().startswith(b"\x89PNG")


def test_dots_that_another_processor_rounds_otherwise_are_no_difference(tmp_path, accepted):
    before = next(page_pictures.pictures(tmp_path / "reports/rapport.pdf"))
    dots = np.random.default_rng(5).permutation(before.size)[:5000]
    noisy = before.copy()
    noisy.flat[dots] = np.where(before.flat[dots] > 0, before.flat[dots] - 1, 1)
    kept = page_images._kept(before)
    assert page_images._checksum(noisy) != kept["sha256"]
    assert page_images._differs(noisy, kept) == ""
    noisy.flat[dots] = np.where(before.flat[dots] > 3, before.flat[dots] - 3, 3)
    assert page_images._differs(noisy, kept) != ""  # rms 0.2


@pytest.mark.parametrize("rms", [0.05, 0.5, 5.0])
def test_a_sketch_tells_the_root_mean_square_of_a_difference(rms):
    random = np.random.default_rng(11)
    before = random.integers(60, 190, (1263, 893)).astype(np.uint8)
    # a patch, as differences come, that gives this root mean square over the whole picture
    side = int(np.sqrt(before.size * rms**2) / 40) + 1
    after = before.copy()
    after[200 : 200 + side, 300 : 300 + side] += 40
    truth = np.sqrt(((after.astype(float) - before) ** 2).mean())
    found = page_pictures.sketch(after) - page_pictures.sketch(before)
    # standard error of the square is sqrt(2 / 256); five of them
    assert (found.astype(float) ** 2).sum() / before.size == pytest.approx(truth**2, rel=0.45)


def test_documents_and_pages_that_come_or_go_are_named(tmp_path, accepted):
    short = SOURCE.partition("#pagebreak()")[0] + SOURCE[SOURCE.index("#pdf.attach") :]
    (found,) = differences(tmp_path, accepted, source=short)
    assert str(found) == "rapport: 1 pages, 2 accepted"
    (tmp_path / "now/rapport.pdf").rename(tmp_path / "now/kort.pdf")
    found = page_images.compare(tmp_path / "now", accepted)
    assert [str(one) for one in found] == [
        "kort: no pages of it have been accepted",
        "rapport: was accepted, and is not there",
    ]
    assert page_images.accept(tmp_path / "now", accepted) == {"kort": 1}
    assert page_images.compare(tmp_path / "now", accepted) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-40],
        lambda text: text.replace('"scale": 1.5', '"scale": 2'),
        lambda text: text.replace('"means"', '"mean"'),
    ],
)
def test_accepted_pages_that_cannot_be_used_stop_with_what_to_do(tmp_path, accepted, spoil):
    path = accepted / "rapport.json"
    text = path.read_text(encoding="utf-8")
    assert spoil(text) != text
    path.write_text(spoil(text), encoding="utf-8")
    with pytest.raises(InputError, match="make accept"):
        page_images.compare(tmp_path / "reports", accepted)


def test_a_folder_without_documents_is_named(tmp_path):
    with pytest.raises(InputError, match="no document to look at"):
        page_images.accept(tmp_path, tmp_path / "accepted")


def test_the_verb_says_what_differs_and_ends_with_one(tmp_path, accepted, capsys):
    now = written(tmp_path / "now", digit="6")
    options = ["--reports", str(now), "--accepted", str(accepted)]
    options += ["--pictures", str(tmp_path / "drawn")]
    assert cli.main(["pages", "compare", *options]) == 1
    said = capsys.readouterr().out
    assert "rapport, page 1: " in said
    assert "make accept" in said
    assert cli.main(["pages", "accept", *options]) == 0
    assert cli.main(["pages", "compare", *options]) == 0
    assert "All pages are as accepted." in capsys.readouterr().out


def test_nothing_on_a_page_moves_with_the_build_id():
    """The id is painted over, but its letters are not equally wide: what follows has its place."""
    folder = Path(page_images.__file__).parents[1] / "report"
    found = [
        (path.name, *match.groups())
        for path in sorted(folder.rglob("*.typ"))
        for match in re.finditer(
            r"(box\(width: \d+em, )?facts\.build_id(.)", path.read_text(encoding="utf-8")
        )
    ]
    assert len(found) > 4
    assert [name for name, box, after in found if not box and after != "]"] == []
