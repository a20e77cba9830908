"""Compares arrays with the dataset of JSON lines of the same books: check.py SAMPLES.npz SAMPLES.ds"""

import json
import sys
import zipfile

import numpy as np

arrays = np.load(sys.argv[1], allow_pickle=False)
lines = [json.loads(line) for line in open(sys.argv[2])]
assert zipfile.ZipFile(sys.argv[1]).testzip() is None
assert sorted(arrays.files) == ["date", "direction", "label", "time", "volumes"], arrays.files
n = len(lines)
for name, kind in {"direction": np.uint8, "date": np.int32, "time": np.int32}.items():
    assert arrays[name].dtype == kind and arrays[name].shape == (n,), (name, arrays[name].dtype, arrays[name].shape)
    assert arrays[name].tolist() == [line[name] for line in lines], name
volumes = arrays["volumes"]
assert volumes.dtype == np.float32 and volumes.ndim == 2 and volumes.shape[0] == n, (volumes.dtype, volumes.shape)
if n:
    assert (volumes == np.array([line["volumes"] for line in lines], dtype=np.float32)).all()
labels = {line.get("label", "next") for line in lines} or {str(arrays["label"])}
assert labels == {str(arrays["label"])}, (labels, arrays["label"])
print(volumes.shape, arrays["label"], np.bincount(arrays["direction"], minlength=3))
