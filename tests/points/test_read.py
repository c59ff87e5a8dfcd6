"""What is read of each form, what is said of it, and what cannot be read."""

import warnings

import numpy as np
import pytest
import scipy.sparse
import torch
from safetensors.torch import save_file
from torch.utils.data import DataLoader, TensorDataset

from points.forms import FORMS, LAYOUTS, TABLES, Again, Items, Passing, images, structures
from pushforward.errors import BadInput, LabelsDropped, MissingPackage, NotFinite, UnreadableFile
from pushforward.inputs import Gaussian
from pushforward.points import arrays, files, read, reader, rows, source, stream
from pushforward.rng import normal

X = normal((300, 4), seed=0)
quiet = pytest.mark.filterwarnings("ignore::pushforward.errors.LabelsDropped")


@quiet
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_the_same_points(form, tmp_path):
    assert torch.equal(read(FORMS[form](X, tmp_path)), X)
    together = torch.cat(list(stream(FORMS[form](X, tmp_path))))
    assert torch.equal(together, X)
    assert torch.equal(torch.cat(list(source(FORMS[form](X, tmp_path)).parts())), X)


@pytest.mark.parametrize("form", TABLES)
def test_tables_are_the_same_points(form, tmp_path):
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    assert torch.equal(read(TABLES[form](X, tmp_path)), X)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_the_same_points(layout):
    given = LAYOUTS[layout](X)
    before = given.copy() if isinstance(given, np.ndarray) else given.clone()
    assert torch.equal(read(given), X)
    assert torch.equal(torch.cat(list(stream(given))), X)
    assert (given == before).all()


@quiet
@pytest.mark.parametrize("form", structures(X))
def test_several_inputs_of_one_network(form):
    made = read(structures(X)[form])
    parts = made if isinstance(made, tuple) else tuple(made.values())
    assert torch.equal(torch.cat(parts, 1), X)
    L = Gaussian.fit(structures(X)[form]).L
    torch.testing.assert_close(L @ L.T, Gaussian.fit(X).L @ Gaussian.fit(X).L.T)


def test_tensors_stay_what_they_are():
    assert read(X) is X
    assert read((X, X))[0] is X


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (Items(X, labels=list(range(300))), "int"),
        (TensorDataset(X, torch.ones(300, 1)), r"float32 \(1,\)"),
        (DataLoader(TensorDataset(X, torch.ones(300, 1)), 32), r"float32 \(1,\)"),
        ([(x, "a label") for x in X], "str"),
        (Again(X), None),
        (TensorDataset(X), None),
        (DataLoader(Items(X), 32), None),
    ],
)
@pytest.mark.parametrize("way", [read, lambda data: list(stream(data)), lambda data: list(source(data).parts())])
def test_what_is_left_out_is_said_once(data, part, way):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        way(data)
    said = [one for one in said if one.category is LabelsDropped]
    assert len(said) == (part is not None)
    if part is not None:
        assert said[0].filename == __file__
        with pytest.warns(LabelsDropped, match=rf"\(input, target\) pairs: the second part, {part}, was left out"):
            way(data)


def test_more_labels_are_all_named():
    with pytest.warns(LabelsDropped, match=r"the second part, int and the third part, int64 \(2,\), were left out"):
        read([(x, 1, torch.zeros(2, dtype=torch.long)) for x in X])


def test_whole_numbers_in_front_are_still_the_input():
    with pytest.warns(LabelsDropped):
        assert read([(torch.tensor([1, 2]), 0.5)] * 3).dtype == torch.int64


def test_numbers_are_points_and_no_pairs():
    assert read([(0.0, 1.0), (2.0, 3.0)]).tolist() == [[0, 1], [2, 3]]
    assert read([[[0.0, 1.0]], [[2.0, 3.0]]]).shape == (2, 1, 2)
    assert read([1.0, 2.0]).shape == (2,)
    assert read(Items([[0.5, 1.0]] * 3)).shape == (3, 2)
    assert read({"ids": [[1, 2], [3, 4]], "scale": 2.0})["ids"].tolist() == [[1, 2], [3, 4]]


def test_folders_of_images_are_sorted_and_between_0_and_1(tmp_path):
    wanted = images(tmp_path)
    assert torch.equal(read(str(tmp_path)), wanted)
    assert wanted.shape == (5, 1, 6, 8)
    colours = tmp_path / "colours"
    colours.mkdir()
    made = images(colours, mode="RGB")
    assert torch.equal(read(colours), made)
    assert source(colours, memory=10).count == 5


@pytest.mark.parametrize("mode", ["1", "P", "RGBA", "LA", "I;16", "F", "CMYK"])
def test_images_of_every_kind(mode):
    from PIL import Image

    image = Image.new(mode, (3, 2))
    made = read([image, image])
    assert made.shape == (2, 1 if mode in ("1", "LA", "I;16", "F") else 3, 2, 3)
    assert made.dtype == torch.float32


def test_tables_of_text(tmp_path):
    (tmp_path / "plain.csv").write_text("1,2\n3,4\n")
    (tmp_path / "named.csv").write_text("a;b\r\n1;2.5\r\n3;4\r\n")
    (tmp_path / "counted.csv").write_text(",a,b\n0,5,6\n1,7,8\n")
    (tmp_path / "words.csv").write_text("a,b\n1,x\n")
    assert read(tmp_path / "plain.csv").tolist() == [[1, 2], [3, 4]]
    assert read(tmp_path / "named.csv").tolist() == [[1, 2.5], [3, 4]]
    with pytest.warns(LabelsDropped, match="numbers of rows"):
        assert read(tmp_path / "counted.csv").tolist() == [[5, 6], [7, 8]]
    with pytest.raises(UnreadableFile, match=r"words\.csv cannot be read as \.csv \(could not convert string 'x'"):
        read(tmp_path / "words.csv")


def test_tables_must_be_numbers():
    pandas = pytest.importorskip("pandas")
    mixed = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    assert read(mixed).dtype == torch.float32
    assert read(mixed.astype("float64")).dtype == torch.float64
    with pytest.raises(BadInput, match=r"not numbers: 'c' \(.*\)\. Choose those that are inputs"):
        read(mixed.assign(c=["x", "y"]))


def test_large_data_is_never_held(monkeypatch):
    monkeypatch.setattr(reader, "MOST", 1000)
    with pytest.raises(BadInput, match="more than 1000 bytes, and all of it is needed in memory"):
        read(Again(X))
    assert Gaussian.fit(Again(X)).count == 300
    assert Gaussian.fit(Passing(X)).count == 300
    assert source(Again(X), memory=100).count == 300


def test_arrays_that_stay_on_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(arrays, "MAPPED", 10)
    np.save(tmp_path / "x.npy", X.numpy())
    assert isinstance(files.opened(tmp_path / "x.npy"), np.memmap)
    assert torch.equal(read(tmp_path / "x.npy"), X)


class Opaque:
    pass


@pytest.mark.parametrize(
    ("data", "cure"),
    [
        (Opaque(), r"type Opaque was given.*or the path of a folder.*`torch.as_tensor`"),
        (None, "type NoneType was given"),
        ([Opaque()], r"type Opaque was given; a tensor or array.*`np.asarray`"),
        (
            [torch.zeros(3), torch.zeros(4)],
            r"points \(3,\) and \(4,\) were given.*single points; batches come one by one",
        ),
        (iter([torch.zeros(2, 3), torch.zeros(2, 4)]), r"batches of inputs \(3,\) and of \(4,\).*`torch.stack\(X\)`"),
        (iter(torch.zeros(5, 3)), r"the iterable gives \(3,\); batches of points.*`list\(X\)`"),
        ([[1.0, 2.0], [3.0]], "rows of one length"),
        ([["a", "b"]], "Convert it"),
        (np.array([{}]), "array of object"),
        (np.array(["a"]), "array of <U1"),
        ([], "the data is empty.*used before"),
        (iter(()), "the data is empty.*used before"),
        (Items([]), "its folder or its filter"),
        ([{"a": torch.zeros(2)}, {"b": torch.zeros(2)}], "all must be alike"),
    ],
)
@quiet
def test_what_cannot_be_read_says_what_to_do(data, cure):
    with pytest.raises(BadInput, match=cure):
        read(data)


def paths(folder):
    """Things at which there are no points, by name."""
    (folder / "empty").mkdir()
    (folder / "classes" / "cats").mkdir(parents=True)
    (folder / "text.txt").write_text("hello")
    (folder / "broken.png").write_text("hello")
    (folder / "broken.npy").write_text("hello")
    np.save(folder / "objects.npy", np.array([{}], dtype=object))
    np.savez(folder / "two.npz", a=np.zeros(3), b=np.zeros(3))
    np.save(folder / "one.npy", np.zeros((3, 2)))
    torch.save(X, folder / "x.pt")
    (folder / "bad").mkdir()
    (folder / "bad" / "a.png").write_text("hello")


@pytest.mark.parametrize(
    ("name", "error", "cure"),
    [
        ("nowhere", UnreadableFile, r"no file or folder .*nowhere \(in .*\)\. Give a folder of images, or a file that"),
        ("nowhere.csv", UnreadableFile, "there is no file"),
        ("empty", BadInput, "holds no images"),
        ("classes", BadInput, "It has folders, such as 'cats': give one of them"),
        ("text.txt", BadInput, "cannot be read from such a file"),
        ("broken.png", BadInput, "is one image.*Give the folder"),
        ("bad", UnreadableFile, "cannot be read as an image"),
        ("broken.npy", UnreadableFile, "Save plain arrays or tensors"),
        ("objects.npy", UnreadableFile, "Save plain arrays or tensors"),
        ("two.npz", BadInput, "holds several arrays: a, b. Say which"),
        ("two.npz:c", BadInput, "there is no array 'c'. There are: a, b"),
        ("one.npy:a", BadInput, "one array without a name"),
        ("x.pt", UnreadableFile, "not opened.*weights_only=True"),
    ],
)
def test_files_that_cannot_be_read(name, error, cure, tmp_path):
    paths(tmp_path)
    with pytest.raises(error, match=cure):
        read(f"{tmp_path}/{name}")


@pytest.mark.parametrize("layout", ["csr_matrix", "csc_array", "coo_matrix", "dia_array"])
def test_sparse_matrices_are_refused_with_two_ways_out(layout):
    sparse = getattr(scipy.sparse, layout)(np.eye(5))
    with pytest.raises(BadInput, match=rf"a sparse matrix \({layout}\).*`X\.toarray\(\)`, or give its rows in batches"):
        Gaussian.fit(sparse, rank=2)
    rows = (sparse.tocsr()[i : i + 2].toarray() for i in range(0, 5, 2))
    assert Gaussian.fit(rows, rank=2).rank == 2


def test_images_must_have_one_size(tmp_path):
    from PIL import Image

    for i, size in enumerate([(4, 4), (5, 4)]):
        Image.new("L", size).save(tmp_path / f"{i}.png")
    with pytest.raises(BadInput, match=r"different sizes: \(1, 4, 4\) and, in 1\.png, \(1, 4, 5\).*resize"):
        read(tmp_path)


def test_results_of_ours_are_no_points(tmp_path):
    from toys import quick

    quick().save(tmp_path / "gen.safetensors")
    with pytest.raises(BadInput, match=r"holds a Generator of pushforward.*`pf\.load\("):
        read(tmp_path / "gen.safetensors")


def test_packages_that_are_missing_are_named(tmp_path, monkeypatch):
    import sys

    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingPackage, match="pip install pandas pyarrow"):
        read(tmp_path / "x.parquet")
    images(tmp_path)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingPackage, match="pip install pillow"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("data", "error", "cure"),
    [
        (
            torch.zeros(5),
            BadInput,
            r"`verb`: X of shape \(5,\) is a single sample, or numbers without an axis.*X\[:, None\]",
        ),
        (torch.zeros(0, 3), BadInput, "this is empty"),
        (torch.zeros(3, 2) + 1j, BadInput, "view_as_real"),
        ((X, X), BadInput, "one tensor or array"),
        (X[:3], BadInput, "3 points were given; at least 5 are needed"),
        (X.index_fill(0, torch.tensor([7]), torch.nan), NotFinite, "1 of 300 points.*number 7.*Leave them out"),
    ],
)
def test_rows_are_checked(data, error, cure):
    with pytest.raises(error, match=cure):
        rows(data, "`verb`", least=5)


def test_safetensors_with_a_key(tmp_path):
    save_file({"a": X, "b": X + 1}, tmp_path / "two.safetensors")
    assert torch.equal(read(f"{tmp_path / 'two.safetensors'}:b"), X + 1)


def test_a_data_set_of_labelled_points_is_no_set_of_numbers():
    """Its items are single points: read as batches they would be numbers without an axis."""
    with pytest.warns(LabelsDropped):
        fitted = Gaussian.fit(Items(X, labels=[0] * 300), rank=3)
    assert (fitted.count, fitted.mean.shape) == (300, (4,))
    torch.testing.assert_close(fitted.L, Gaussian.fit(X, rank=3).L)
