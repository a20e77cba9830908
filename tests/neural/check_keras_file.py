"""Checks the layout of .h5 files that obkit wrote, as Keras 2 reads them, and their weights against the native files of the same models.

    check_keras_file.py MODEL.h5...

Beside each stands MODEL.h5.json, of a model without transform, mirror and members: then Keras' forward pass, done here by numpy, must
give its test vectors. Exit 77 where h5py or numpy is not installed.
"""
import json
import sys

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)

ACTIVATIONS = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "linear": lambda z: z,
    "softmax": lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(),
}


def decoded(value):
    """As Keras 2 decodes it: it must be bytes."""
    return value.decode("utf8")


def read_network(f, native):
    """Layers as (kernel, bias, activation)."""
    assert decoded(f.attrs["keras_version"]) == "2.2.4"
    assert decoded(f.attrs["backend"]) == "tensorflow"
    config = json.loads(decoded(f.attrs["model_config"]))
    assert config["class_name"] == "Sequential" and set(config["config"]) == {"name", "layers"}
    layers = config["config"]["layers"]
    assert layers[0]["config"]["batch_input_shape"] == [None, native["input"]["depth"]]
    assert len(layers) == len(native["layers"])

    group = f["model_weights"]
    assert decoded(group.attrs["keras_version"]) == "2.2.4" and decoded(group.attrs["backend"]) == "tensorflow"
    assert [decoded(name) for name in group.attrs["layer_names"]] == [layer["config"]["name"] for layer in layers]
    assert sorted(group) == sorted(layer["config"]["name"] for layer in layers)
    network = []
    for layer, expected in zip(layers, native["layers"]):
        assert layer["class_name"] == "Dense"
        c = layer["config"]
        assert (c["units"], c["activation"], c["use_bias"]) == (expected["units"], expected["activation"], True)
        names = [decoded(name) for name in group[c["name"]].attrs["weight_names"]]
        assert names == [c["name"] + "/kernel:0", c["name"] + "/bias:0"]
        kernel, bias = (group[c["name"]][name] for name in names)
        assert kernel.dtype == bias.dtype == np.dtype("<f4")
        assert np.array_equal(kernel[:], np.array(expected["weights"], "float32").T)
        assert np.array_equal(bias[:], np.array(expected["biases"], "float32"))
        network.append((kernel[:].astype("float64"), bias[:].astype("float64"), ACTIVATIONS[c["activation"]]))

    metadata = json.loads(bytes(f["obkit_model"][:]))
    assert metadata == {key: value for key, value in native.items() if key != "layers"}
    assert set(f) == {"model_weights", "obkit_model"}
    return network


def check(path):
    with open(path + ".json", encoding="utf8") as text:
        native = json.load(text)
    with h5py.File(path, "r") as f:
        network = read_network(f, native)
    for vector in native["test_vectors"]:
        x = np.array(vector["inputs"], "float64")
        for kernel, bias, activation in network:
            x = activation(x @ kernel + bias)
        assert np.abs(x - vector["probabilities"]).max() < 1e-5, (x, vector["probabilities"])


for model in sys.argv[1:]:
    check(model)
