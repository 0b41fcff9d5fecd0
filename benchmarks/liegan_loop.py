"""The published adversarial recipe as a plain training loop: what one epoch of it costs on the same jets.

Reference: J. Yang et al., "Generative adversarial symmetry discovery", ICML 2023, arXiv 2302.00236, section on top tagging.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


class Critic(nn.Module):
    """Concatenated constituents and label embedding → 512 → 512 → 1."""

    def __init__(self, width: int = 512) -> None:
        super().__init__()
        self.embedding = nn.Embedding(2, 32)
        self.layers = nn.Sequential(
            nn.Linear(8 + 32, width), nn.LeakyReLU(0.2), nn.Linear(width, width), nn.LeakyReLU(0.2), nn.Linear(width, 1)
        )

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Logits, shape ``(B, 1)``, of constituents ``(B, 2, 4)`` and labels ``(B,)``."""
        return self.layers(torch.cat([x.flatten(1), self.embedding(label)], dim=1))


def one_epoch(four_momenta: Tensor, labels: Tensor, *, batch: int = 64, channels: int = 7, seed: int = 0) -> Tensor:
    """Train for one epoch and return the generators, shape ``(channels, 4, 4)``.

    Per batch one step of the generator (BCE, λ = 1 on the cosine of gx and x, η = 0.1 on the overlap of channels) and one of the critic:
    three full passes of the critic, one matrix exponential per jet.
    """
    torch.manual_seed(seed)
    generators = nn.Parameter(torch.randn(channels, 4, 4))
    critic, bce = Critic(), nn.BCEWithLogitsLoss()
    move = torch.optim.Adam([generators], lr=1e-3, betas=(0.5, 0.999))
    judge = torch.optim.Adam(critic.parameters(), lr=2e-4, betas=(0.9, 0.999))
    upper = torch.triu(torch.ones(channels, channels), diagonal=1)
    for x, label in DataLoader(TensorDataset(four_momenta, labels), batch_size=batch, shuffle=True):
        coefficients = torch.randn(len(x), channels)
        g = torch.matrix_exp(torch.einsum("bc,cij->bij", coefficients, generators))
        moved = torch.einsum("bij,bkj->bki", g, x)
        real, fake = torch.ones(len(x), 1), torch.zeros(len(x), 1)
        flat = nn.functional.normalize(generators.flatten(1), dim=1)
        same = nn.functional.cosine_similarity(moved.flatten(1), x.flatten(1)).mean().abs()
        loss = bce(critic(moved, label), real) + same + 0.1 * ((flat @ flat.T).abs() * upper).sum()
        move.zero_grad()
        loss.backward()
        move.step()
        loss = (bce(critic(x, label), real) + bce(critic(moved.detach(), label), fake)) / 2
        judge.zero_grad()
        loss.backward()
        judge.step()
    return generators.detach()
