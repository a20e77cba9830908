#!/usr/bin/env python3
"""Makes the .h5 files of this folder, and those of tests/cli/cases, the way Keras does, without Keras and without obkit.

    make_keras_files.py FOLDER CLI_FOLDER

Follows keras/engine/saving.py of Keras 2.2.4 and 2.3.1, and keras/src/legacy/saving/legacy_h5_format.py of Keras 3: which groups,
attributes and names there are. Texts are stored both ways that are found: h5py 2 makes fixed-length ones of them, h5py 3 variable ones. Beside each file stands
NAME.txt: rows of six volumes, then the probabilities, computed here by numpy in double precision.
"""
import json
import sys

import h5py
import numpy as np

DEPTH = 6


def activate(name, z):
    if name == "softmax":
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    return {"sigmoid": lambda: 1 / (1 + np.exp(-z)), "tanh": lambda: np.tanh(z), "relu": lambda: np.maximum(z, 0),
            "linear": lambda: z}[name]()


def weights(seed, *widths):
    """Kernels [in x out] and biases, small enough for raw volumes up to 1000."""
    random = np.random.RandomState(seed)
    return [(random.uniform(-0.02, 0.02, (i, o)).astype("float32"), random.uniform(-1, 1, o).astype("float32"))
            for i, o in zip(widths, widths[1:])]


def write_expected(path, layers):
    """`layers`: (kernel, bias, activation)."""
    samples = np.random.RandomState(5).uniform(0, 1000, (8, DEPTH)).round(2)
    samples[0] = 0
    samples[1, 2:4] = 0
    x = samples
    for kernel, bias, activation in layers:
        x = activate(activation, x @ kernel.astype("float64") + bias)
    np.savetxt(path, np.hstack([samples, x]), fmt="%.9g")


def dense_config(name, units, activation, first=False, use_bias=True, initializer="VarianceScaling", inputs=DEPTH):
    config = {"name": name, "trainable": True}
    if first:
        config.update({"batch_input_shape": [None, inputs], "dtype": "float32"})
    config.update({
        "units": units, "activation": activation, "use_bias": use_bias,
        "kernel_initializer": {"class_name": initializer, "config": {
            "scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}},
        "bias_initializer": {"class_name": "Zeros", "config": {}},
        "kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None,
        "kernel_constraint": None, "bias_constraint": None})
    return config


def save(path, version, model_config, layers, training_config=None, last_group=False, fixed_texts=False, libver=None, how=None):
    """`layers`: (name, [(weight name, values)]). `how`: what else to tell create_dataset() of a kernel."""
    def text(value):
        return np.bytes_(value) if fixed_texts else value.encode("utf8")

    def texts(values):
        return np.array(values, dtype="S") if fixed_texts and values else [value.encode("utf8") for value in values]

    with h5py.File(path, "w", libver=libver) as f:
        f.attrs["keras_version"] = text(version)
        f.attrs["backend"] = text("tensorflow")
        f.attrs["model_config"] = text(json.dumps(model_config))
        group = f.create_group("model_weights")
        group.attrs["layer_names"] = texts([name for name, _ in layers])
        group.attrs["backend"] = text("tensorflow")
        group.attrs["keras_version"] = text(version)
        for name, values in layers:
            layer = group.create_group(name)
            layer.attrs["weight_names"] = texts([weight for weight, _ in values])
            for weight, value in values:
                more = how if how and value.ndim == 2 else {}
                layer.create_dataset(weight, value.shape, **{"dtype": value.dtype, **more})[:] = value
        if last_group:
            group.create_group("top_level_model_weights").attrs["weight_names"] = []
        if training_config:
            f.attrs["training_config"] = json.dumps(training_config).encode("utf8")
            optimizer = f.create_group("optimizer_weights")
            optimizer.attrs["weight_names"] = [b"training/RMSprop/Variable:0"]
            optimizer.create_dataset("training/RMSprop/Variable:0", data=np.zeros((DEPTH, 4), "float32"))


def keras_2_sequential(folder):
    """model.save() of Keras 2.2.4: Sequential of Dense layers, compiled with RMSprop."""
    (k1, b1), (k2, b2), (k3, b3) = weights(1, DEPTH, 4, 3, 2)
    config = {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": [
        {"class_name": "Dense", "config": dense_config("dense_1", 4, "sigmoid", first=True)},
        {"class_name": "Dropout", "config": {"name": "dropout_1", "trainable": True, "rate": 0.2, "noise_shape": None, "seed": None}},
        {"class_name": "Dense", "config": dense_config("dense_2", 3, "tanh")},
        {"class_name": "Dense", "config": dense_config("dense_3", 2, "softmax")}]}}
    save(f"{folder}/keras2_sequential.h5", "2.2.4", config, [
        ("dense_1", [("dense_1/kernel:0", k1), ("dense_1/bias:0", b1)]),
        ("dropout_1", []),
        ("dense_2", [("dense_2/kernel:0", k2), ("dense_2/bias:0", b2)]),
        ("dense_3", [("dense_3/kernel:0", k3), ("dense_3/bias:0", b3)])],
        training_config={"optimizer_config": {"class_name": "RMSprop", "config": {
            "lr": 0.001, "rho": 0.9, "decay": 0.0, "epsilon": 1e-07}},
            "loss": "categorical_crossentropy", "metrics": ["accuracy"], "sample_weight_mode": None, "loss_weights": None})
    write_expected(f"{folder}/keras2_sequential.txt", [(k1, b1, "sigmoid"), (k2, b2, "tanh"), (k3, b3, "softmax")])


def keras_2_functional(folder):
    """Keras 2.3.1: a Model whose layers are not listed in order; activations of their own; three classes; no bias in one layer."""
    (k1, _), (k2, b2) = weights(2, DEPTH, 5, 3)

    def layer(kind, name, config, source):
        return {"name": name, "class_name": kind, "config": {"name": name, **config},
                "inbound_nodes": [[[source, 0, 0, {}]]] if source else []}

    config = {"class_name": "Model", "config": {"name": "model_1", "layers": [
        layer("InputLayer", "input_1", {"batch_input_shape": [None, DEPTH], "dtype": "float32", "sparse": False}, None),
        layer("Activation", "activation_2", {"trainable": True, "dtype": "float32", "activation": "softmax"}, "dense_2"),
        layer("Dense", "dense_2", dense_config("dense_2", 3, "linear"), "activation_1"),
        layer("Activation", "activation_1", {"trainable": True, "dtype": "float32", "activation": "relu"}, "dense_1"),
        layer("Dense", "dense_1", dense_config("dense_1", 5, "linear", use_bias=False), "input_1")],
        "input_layers": [["input_1", 0, 0]], "output_layers": [["activation_2", 0, 0]]}}
    save(f"{folder}/keras2_functional.h5", "2.3.1", config, [
        ("input_1", []), ("activation_2", []), ("dense_2", [("dense_2/kernel:0", k2), ("dense_2/bias:0", b2)]),
        ("activation_1", []), ("dense_1", [("dense_1/kernel:0", k1)])], fixed_texts=True)
    write_expected(f"{folder}/keras2_functional.txt", [(k1, np.zeros(5), "relu"), (k2, b2, "softmax")])


def keras_2_stored_otherwise(folder):
    """One network as h5py can store it too: doubles in compressed chunks that do not fill the kernel, half floats, the latest format."""
    layers = [(k, b.astype("float16").astype("float32")) for k, b in weights(6, DEPTH, 5, 2)]
    (k1, b1), (k2, b2) = [(k.astype("float16").astype("float32"), b) for k, b in layers]
    # Before 2.2.3 the configuration of a Sequential was a list.
    config = {"class_name": "Sequential", "config": [
        {"class_name": "Dense", "config": dense_config("dense_1", 5, "sigmoid", first=True)},
        {"class_name": "Dense", "config": dense_config("dense_2", 2, "softmax")}]}
    values = [("dense_1", [("dense_1/kernel:0", k1), ("dense_1/bias:0", b1)]), ("dense_2", [("dense_2/kernel:0", k2), ("dense_2/bias:0", b2)])]
    for name, options in {
            "stored_in_chunks": {"how": {"dtype": "float64", "chunks": (4, 2), "compression": "gzip", "shuffle": True}},
            "stored_as_halves": {"how": {"dtype": "float16"}},
            "stored_by_latest": {"libver": "latest"}}.items():
        save(f"{folder}/{name}.h5", "2.1.6", config, values, **options)
        write_expected(f"{folder}/{name}.txt", [(k1, b1, "sigmoid"), (k2, b2, "softmax")])


def dtype_policy():
    return {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}


def keras_3_layer(kind, name, config):
    return {"module": "keras.layers", "class_name": kind, "config": {"name": name, "trainable": True, "dtype": dtype_policy(), **config},
            "registered_name": None}


def keras_3_dense(name, units, activation, inputs):
    initializer = {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": None}, "registered_name": None}
    layer = keras_3_layer("Dense", name, {
        "units": units, "activation": activation, "use_bias": True, "kernel_initializer": initializer,
        "bias_initializer": {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": None},
        "kernel_regularizer": None, "bias_regularizer": None, "kernel_constraint": None, "bias_constraint": None})
    layer["build_config"] = {"input_shape": [None, inputs]}
    return layer


def keras_3_input(name):
    return {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None,
            "config": {"batch_shape": [None, DEPTH], "dtype": "float32", "sparse": False, "ragged": False, "name": name}}


def keras_3_sequential(folder):
    """Keras 3: the weights' paths bear the model's name."""
    (k1, b1), (k2, b2) = weights(3, DEPTH, 4, 2)
    config = {"class_name": "Sequential", "config": {
        "name": "sequential", "trainable": True, "dtype": dtype_policy(),
        "layers": [keras_3_input("input_layer"), keras_3_dense("dense", 4, "relu", DEPTH), keras_3_dense("dense_1", 2, "softmax", 4)],
        "build_input_shape": [None, DEPTH]}}
    save(f"{folder}/keras3_sequential.h5", "3.3.3", config, [
        ("dense", [("sequential/dense/kernel", k1), ("sequential/dense/bias", b1)]),
        ("dense_1", [("sequential/dense_1/kernel", k2), ("sequential/dense_1/bias", b2)])], last_group=True)
    write_expected(f"{folder}/keras3_sequential.txt", [(k1, b1, "relu"), (k2, b2, "softmax")])


def keras_3_functional(folder):
    """Keras 3: references to layers are objects."""
    (k1, b1), (k2, b2) = weights(4, DEPTH, 4, 2)

    def with_source(layer, source, width):
        tensor = {"class_name": "__keras_tensor__",
                  "config": {"shape": [None, width], "dtype": "float32", "keras_history": [source, 0, 0]}}
        return {**layer, "name": layer["config"]["name"], "inbound_nodes": [{"args": [tensor], "kwargs": {}}] if source else []}

    config = {"class_name": "Functional", "config": {"name": "functional", "trainable": True, "layers": [
        with_source(keras_3_input("keras_tensor"), None, DEPTH),
        with_source(keras_3_dense("hidden", 4, "tanh", DEPTH), "keras_tensor", DEPTH),
        with_source(keras_3_layer("Dropout", "dropout", {"rate": 0.5, "seed": None, "noise_shape": None}), "hidden", 4),
        with_source(keras_3_dense("out", 2, "softmax", 4), "dropout", 4)],
        "input_layers": [["keras_tensor", 0, 0]], "output_layers": [["out", 0, 0]]}}
    save(f"{folder}/keras3_functional.h5", "3.8.0", config, [
        ("keras_tensor", []), ("hidden", [("hidden/kernel", k1), ("hidden/bias", b1)]), ("dropout", []),
        ("out", [("out/kernel", k2), ("out/bias", b2)])], last_group=True)
    write_expected(f"{folder}/keras3_functional.txt", [(k1, b1, "tanh"), (k2, b2, "softmax")])


def keras_2_for_tools(folder):
    """One layer, score tanh((best bid - best ask) / 2) of the volumes like model.json there; one with an odd input; one with a layer
    that is not read."""
    for name, inputs, kind in [("keras.h5", 4, None), ("keras_odd.h5", 5, None), ("keras_convolution.h5", 4, "Conv1D")]:
        kernel = np.zeros((inputs, 2), "float32")
        kernel[1:3, 1] = 1, -1
        layers = [{"class_name": "Dense", "config": dense_config("dense_1", 2, "softmax", first=True, inputs=inputs)}]
        if kind:
            layers.insert(0, {"class_name": kind, "config": {"name": "conv1d_1", "trainable": True, "filters": 2, "kernel_size": [3]}})
        save(f"{folder}/{name}", "2.2.4", {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": layers}},
             [("dense_1", [("dense_1/kernel:0", kernel), ("dense_1/bias:0", np.zeros(2, "float32"))])], fixed_texts=True)


keras_2_for_tools(sys.argv[2])
for make in (keras_2_sequential, keras_2_functional, keras_2_stored_otherwise, keras_3_sequential, keras_3_functional):
    make(sys.argv[1])
