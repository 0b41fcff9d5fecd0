"""Is my network symmetric, or the physics behind it? Two questions about one trained tagger, answered apart."""

import os
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch

import physym
from physym.algebra import dilation, so
from physym.discovery import polarization

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))
EPOCHS = 60


def train_tagger(x: np.ndarray, labels: np.ndarray) -> torch.nn.Module:
    """Your own tagger: any module that maps rows of momenta in GeV to a logit."""
    torch.manual_seed(0)
    scale = torch.nn.Linear(8, 8, bias=False)
    scale.weight = torch.nn.Parameter(torch.eye(8) / float(x.std()), requires_grad=False)
    tagger = torch.nn.Sequential(
        scale, torch.nn.Linear(8, 32), torch.nn.SiLU(), torch.nn.Linear(32, 32), torch.nn.SiLU(), torch.nn.Linear(32, 1)
    )
    rows, y = torch.tensor(x, dtype=torch.float32), torch.tensor(labels, dtype=torch.float32)
    optimiser = torch.optim.AdamW(tagger.parameters(), lr=5e-3, weight_decay=1e-2)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(rows)).split(128):
            optimiser.zero_grad()
            torch.nn.functional.binary_cross_entropy_with_logits(tagger(rows[batch])[:, 0], y[batch]).backward()
            optimiser.step()
    return tagger


torch.set_num_threads(1)
jets = physym.load("pythia_toptag").samples(constituents=2)
train, test = (replace(jets, x=jets.x[part], y=jets.y[part], mask=None) for part in (slice(0, None, 2), slice(1, None, 2)))
tagger = train_tagger(train.x, train.y)

names = ["boost x", "boost y", "boost z", "turn about z", "turn about y", "turn about x", "dilation"]
matrices = np.concatenate([so(1, 3).basis, dilation(4).basis])
matrices /= np.linalg.norm(matrices, axis=(1, 2), keepdims=True)

network = polarization(tagger, test.x, matrices)  # of the network: how much does its logit move along each generator?
changes = np.sqrt(np.diag(network.matrix))
squares = np.diagonal(network.blocks, axis1=1, axis2=2)
errors = squares.std(0) / np.sqrt(len(squares)) / (2 * changes)
p_values = []
for name, matrix, change, error in zip(names, matrices, changes, errors, strict=True):
    method = physym.LieGG(network=tagger, basis=physym.LieAlgebra(matrix[None]))
    level = physym.discover(test, method, level="conditional").conditional  # of the data: does p(top | momenta) move?
    p_values.append(level.tests[0].p_value)
    print(f"{name:>12}: the tagger's logit moves by {change:.2f} ± {error:.2f} per unit step; data: p = {p_values[-1]:.2g}")

print(physym.discover(test, physym.LieGG(network=tagger), level="conditional").conditional.sentence)

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained", sharey=True)
left.barh(names, changes, xerr=errors, color="C0")
left.set(xlabel="rms change of the logit per unit step", title="the network: never exactly symmetric")
right.barh(names, -np.log10(np.maximum(p_values, 1e-16)), color=["C3" if p < 0.01 else "C2" for p in p_values])
right.axvline(2, color="0.3", linewidth=1, label="α = .01")
right.set(xlabel="−log₁₀ p", title=f"the data: {len(test):,} jets it never saw")
right.legend()
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "07_is_my_network_symmetric.png", dpi=120)
