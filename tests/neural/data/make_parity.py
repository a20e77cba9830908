#!/usr/bin/python3
"""Writes parity.json: what PyTorch makes of 100 steps of each optimiser. Needs python3-torch (1.13 was used).

    OPENBLAS_NUM_THREADS=1 tests/neural/data/make_parity.py > tests/neural/data/parity.json

Standard error says how far the same steps in double precision end from those in single: no other arithmetic in
single precision can be asked to come nearer.
"""

import json
import sys

import torch

import synthetic

STEPS, BATCH = 100, 16
ACTIVATIONS = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh}
NETWORKS = [
    {"inputs": 12, "units": [7, 5, 2], "hidden": "sigmoid", "weighted": False},
    {"inputs": 100, "units": [100, 50, 2], "hidden": "sigmoid", "weighted": False},
    {"inputs": 9, "units": [8, 3], "hidden": "tanh", "weighted": True},
]
OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "rmsprop": lambda parameters: synthetic.KerasRmsProp(parameters, lr=0.003),
    "adamw": lambda parameters: torch.optim.AdamW(parameters, lr=0.003, weight_decay=0.01),
}


def run(case, optimizer, dtype):
    """The loss before each step, and the parameters after the last."""
    x, y, weights = synthetic.samples(case["inputs"], case["units"][-1], STEPS * BATCH)
    x, weights = x.to(dtype), weights.to(dtype)
    network = synthetic.network(case["inputs"], case["units"], ACTIVATIONS[case["hidden"]]).to(dtype)
    steps = OPTIMIZERS[optimizer](network.parameters())
    losses = []
    for i in range(STEPS):
        batch = slice(i * BATCH, (i + 1) * BATCH)
        each = torch.nn.functional.cross_entropy(network(x[batch]), y[batch], reduction="none")
        w = weights[batch] if case["weighted"] else torch.ones_like(each)
        loss = (each * w).sum() / w.sum()
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(loss.item())
    return losses, [parameter.detach().double() for parameter in network.parameters()]


def summary(block):
    """Of one block of parameters, in the order of its memory in obkit: column by column."""
    values = (block.T if block.dim() == 2 else block).reshape(-1)
    return {"first": values[0].item(), "last": values[-1].item(), "squares": (values * values).sum().item()}


def main():
    torch.set_num_threads(1)
    cases = []
    for case in NETWORKS:
        for optimizer in OPTIMIZERS:
            losses, blocks = run(case, optimizer, torch.float32)
            exact_losses, exact = run(case, optimizer, torch.float64)
            off = max((a - b).abs().max().item() for a, b in zip(blocks, exact))
            loss_off = max(abs(a - b) for a, b in zip(losses, exact_losses))
            print(f"{case['units']} {optimizer}: loss {losses[0]:.4f} to {losses[-1]:.4f}, "
                  f"double differs by {loss_off:.1e}, its parameters by {off:.1e}", file=sys.stderr)
            cases.append({**case, "optimizer": optimizer, "losses": losses,
                          "parameters": [summary(block) for block in blocks]})
    json.dump({"pytorch": torch.__version__, "batch": BATCH, "cases": cases}, sys.stdout, indent=1)
    print()


main()
