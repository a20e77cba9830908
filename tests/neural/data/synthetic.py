"""Samples and networks that synthetic.hpp makes too, bit by bit."""

import numpy
import torch


def noise(first, count):
    """The series in [-1, 1) from `first` on: splitmix64 of i + 1, its upper 24 bits."""
    with numpy.errstate(over="ignore"):
        z = numpy.arange(first + 1, first + 1 + count, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = z ^ (z >> numpy.uint64(31))
    return (z >> numpy.uint64(40)).astype(numpy.float32) / numpy.float32(8388608) - numpy.float32(1)


def samples(inputs, classes, count):
    """x [count, inputs], the class of each, the weight of each."""
    x = noise(0, inputs * count).reshape(count, inputs)
    first, last = x[:, 0], x[:, -1]
    y = (first > last).astype(numpy.int64)
    if classes == 3:
        y[numpy.abs(first - last) < 0.5] = 2
    weights = numpy.float32(1.5) + noise(2_000_000_000, count)
    return torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(weights)


def network(inputs, units, activation):
    """Linear layers with activations between them; the last gives logits."""
    modules, at = [], 1_000_000_000
    for width in units:
        layer = torch.nn.Linear(inputs, width)
        values = numpy.float32(0.15) * noise(at, inputs * width)  # column by column
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(values.reshape(inputs, width)).T)
            layer.bias.zero_()
        modules += [layer, activation()]
        at += inputs * width
        inputs = width
    return torch.nn.Sequential(*modules[:-1])


class KerasRmsProp(torch.optim.Optimizer):
    """As Keras 2.2.4 writes it: epsilon is added outside the root."""

    def __init__(self, parameters, lr, rho=0.9, epsilon=1e-7):
        super().__init__(parameters, {"lr": lr, "rho": rho, "epsilon": epsilon})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                state = self.state[parameter]
                if not state:
                    state["square"] = torch.zeros_like(parameter)
                square, gradient = state["square"], parameter.grad
                square.mul_(group["rho"]).addcmul_(gradient, gradient, value=1 - group["rho"])
                parameter.addcdiv_(gradient, square.sqrt().add_(group["epsilon"]), value=-group["lr"])
