"""Compares arrays with the dataset of JSON lines of the same books, and with the books themselves:
check.py SAMPLES.npz SAMPLES.ds DAY_FILE [--prices]"""

import datetime
import json
import sys
import zipfile

import numpy as np


def nanoseconds(line):
    """Since 1970, of the two integers of a line."""
    text = f"{line['date']}{line['time']:09}"
    time = datetime.datetime.strptime(text, "%Y%m%d%H%M%S%f").replace(tzinfo=datetime.timezone.utc)
    return int(time.timestamp() * 1000 + 0.5) * 1_000_000


arrays = np.load(sys.argv[1], allow_pickle=False)
lines = [json.loads(line) for line in open(sys.argv[2])]
books = [json.loads(line) for line in open(sys.argv[3])]
assert zipfile.ZipFile(sys.argv[1]).testzip() is None
label = str(arrays["label"])
if label == "none":  # there are no lines of these: the books are what they would be
    lines = books
n = len(lines)
depth = arrays["volumes"].shape[1]
shapes = {"volumes": (np.float32, (n, depth)), "direction": (np.uint8, (n,)), "timestamp": (np.int64, (n,)),
          "mid": (np.float64, (n,)), "best_bid": (np.float64, (n,)), "best_ask": (np.float64, (n,)),
          "prices": (np.float64, (n, depth)), "gap": (np.bool_, (n,)), "label": (arrays["label"].dtype, ())}
shapes.pop("direction" if label == "none" else "gap")
if "--prices" not in sys.argv:
    shapes.pop("prices")
assert arrays.files == list(shapes), arrays.files
for name, shape in shapes.items():
    assert (arrays[name].dtype, arrays[name].shape) == shape, (name, arrays[name].dtype, arrays[name].shape)
assert arrays["timestamp"].tolist() == [nanoseconds(line) for line in lines]
if n:
    assert (arrays["volumes"] == np.array([line["volumes"] for line in lines], dtype=np.float32)).all()
# A sample is a book: of those of its time, the one with its volumes.
book_of = {(book["date"], book["time"], str(book["volumes"])): book for book in books}
found = [book_of[line["date"], line["time"], str(line["volumes"])] for line in lines]
half = depth // 2
assert arrays["best_bid"].tolist() == [book["prices"][half - 1] for book in found]
assert arrays["best_ask"].tolist() == [book["prices"][half] for book in found]
assert (arrays["mid"] == (arrays["best_bid"] + arrays["best_ask"]) / 2).all()
if "prices" in shapes and n:
    assert (arrays["prices"] == np.array([book["prices"] for book in found])).all()
if label == "none":
    assert arrays["gap"].tolist() == [book.get("gap", False) for book in books]
    print(n, "books", arrays["gap"].sum(), "gaps")
    sys.exit()
assert arrays["direction"].tolist() == [line["direction"] for line in lines]
labels = {line.get("label", "next") for line in lines} or {label}
assert labels == {label}, (labels, label)
print(arrays["volumes"].shape, label, np.bincount(arrays["direction"], minlength=3))
