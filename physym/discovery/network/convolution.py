"""L-conv layers with generators that are learned, and the two networks that are built of them."""

from __future__ import annotations

import torch
from torch import nn

from physym.discovery.network.training import Perceptron


def lconv(signal: torch.Tensor, generators: torch.Tensor, identity: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """One L-conv layer, ``x W⁰ + Σ_i L_i x Wⁱ``, before its non-linearity.

    It is the convolution ``∫ κ(g) (g x) dg`` with a kernel κ near the identity, to first order: ``W⁰ = ∫ κ`` and ``Wⁱ = ∫ κ(g) εⁱ`` for
    ``g = exp(Σ εⁱ L_i)``.

    Arguments:
        signal: x, shape ``(N, d, c)``: d coordinates on which the group acts, c channels.
        generators: L as it acts on the coordinates, shape ``(k, d, d)``.
        identity: W⁰, shape ``(c, o)``.
        weights: Wⁱ, shape ``(k, c, o)``.

    Returns:
        Shape ``(N, d, o)``.

    References:
        N. Dehmamy, R. Walters, Y. Liu, D. Wang, R. Yu, NeurIPS 2021 (arXiv 2109.07519), the definition of L-conv, ``x W⁰ + Σ_i L_i x Wⁱ``.

    Example:
        >>> x, turn = torch.tensor([[[1.0], [0.0]]]), torch.tensor([[[0.0, -1.0], [1.0, 0.0]]])
        >>> lconv(x, turn, torch.ones(1, 1), 0.1 * torch.ones(1, 1, 1))[0, :, 0].tolist()
        [1.0, 0.10000000149011612]
    """
    moved = torch.einsum("kij,njc->knic", generators, signal)
    return signal @ identity + torch.einsum("knic,kco->nio", moved, weights)


class Generators(nn.Module):
    """Generators that are learned: an orthonormal frame within the searched matrices, so that none can shrink or repeat another.

    Arguments:
        count: number of generators k.
        searched: orthonormal matrices, shape ``(s, n, n)``.
        generator: source of the first frame.

    Example:
        >>> found = Generators(1, torch.eye(4).reshape(4, 2, 2), torch.Generator().manual_seed(0))()
        >>> found.shape, round((found**2).sum().item(), 6)
        (torch.Size([1, 4]), 1.0)
    """

    def __init__(self, count: int, searched: torch.Tensor, generator: torch.Generator) -> None:
        super().__init__()
        self.raw = nn.Parameter(torch.randn(len(searched), count, generator=generator, dtype=torch.float64))

    def forward(self) -> torch.Tensor:
        """Coefficients of the generators in the searched basis, shape ``(k, s)``."""
        frame: torch.Tensor = torch.linalg.qr(self.raw)[0]
        return frame.T


class InvariantNetwork(nn.Module):
    """A stack of L-conv layers, each channel a kernel of its own, and one readout that every channel shares.

    With a readout of each channel of its own, any generators fit y, since the readout undoes them. Here the same function must give y
    whatever the kernel, so generators fit only if y does not change along them. Kernels that may shrink to zero fit always; therefore
    W⁰ = 1 and the Wⁱ of all channels have a fixed spread: their directions are learned. The first channel has Wⁱ = 0: the row itself.

    Arguments:
        acting: searched matrices as they act on a row, shape ``(s, d, d)``.
        generators: the frame that is learned.
        readout: the network that reads each channel.
        kernels: number of channels c beside the first, at least the number of generators k.
        layers: number of layers.
        width: root-mean-square coefficient of a generator over the channels, summed over the layers.
        source: of the first kernels.

    Example:
        >>> source = torch.Generator().manual_seed(0)
        >>> acting = torch.eye(4, dtype=torch.float64).reshape(4, 2, 2)
        >>> readout = Perceptron(torch.zeros(2), torch.ones(2), (4,), source)
        >>> network = InvariantNetwork(acting, Generators(1, acting, source), readout, kernels=3, layers=2, width=0.25, source=source)
        >>> network(torch.ones(5, 2, dtype=torch.float64)).shape
        torch.Size([5, 4])
    """

    acting: torch.Tensor

    def __init__(
        self,
        acting: torch.Tensor,
        generators: Generators,
        readout: Perceptron,
        *,
        kernels: int,
        layers: int,
        width: float,
        source: torch.Generator,
    ) -> None:
        super().__init__()
        self.register_buffer("acting", acting)
        self.generators, self.readout, self.layers, self.width = generators, readout, layers, width
        self.raw = nn.Parameter(torch.randn(kernels, generators.raw.shape[1], generator=source, dtype=torch.float64))

    @property
    def weights(self) -> torch.Tensor:
        """Wⁱ of one layer, diagonal in the channels, shape ``(k, c + 1, c + 1)``."""
        spread = torch.linalg.qr(self.raw)[0] * self.width * len(self.raw) ** 0.5 / self.layers
        return torch.diag_embed(torch.cat([torch.zeros_like(spread[:1]), spread]).T)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Rows ``(N, d)`` to what is read from each channel, ``(N, c + 1)`` or ``(N, c + 1, q)``."""
        learned, weights = torch.tensordot(self.generators(), self.acting, 1), self.weights
        identity = torch.eye(weights.shape[-1], dtype=x.dtype, device=x.device)
        signal = x[:, :, None].expand(-1, -1, len(identity))
        for _ in range(self.layers):
            signal = lconv(signal, learned, identity, weights)
        found: torch.Tensor = self.readout(signal.transpose(1, 2))
        return found


class EquivariantNetwork(nn.Module):
    """One L-conv layer that maps vectors to vectors; the channels are the copies of the vector.

    It is linear, so that with one generator the map commutes with the group that it generates, exactly. A second layer would make it a
    polynomial of the generator, which could then differ between blocks of coordinates and still fit.

    Arguments:
        searched: searched matrices on one vector, shape ``(s, n, n)``.
        generators: the frame that is learned.
        copies: number of vectors in a row.
        outputs: number of vectors in a target.
        source: of the first weights.

    Example:
        >>> source, searched = torch.Generator().manual_seed(0), torch.eye(4, dtype=torch.float64).reshape(4, 2, 2)
        >>> network = EquivariantNetwork(searched, Generators(1, searched, source), copies=3, outputs=1, source=source)
        >>> network(torch.ones(5, 6, dtype=torch.float64)).shape
        torch.Size([5, 2])
    """

    searched: torch.Tensor

    def __init__(self, searched: torch.Tensor, generators: Generators, *, copies: int, outputs: int, source: torch.Generator) -> None:
        super().__init__()
        self.register_buffer("searched", searched)
        self.generators, self.copies = generators, copies
        noise = 0.1 * torch.randn(1 + generators.raw.shape[1], copies, outputs, generator=source, dtype=torch.float64) / copies**0.5
        self.identity = nn.Parameter(torch.eye(copies, outputs, dtype=torch.float64) + noise[0])
        self.weights = nn.Parameter(noise[1:])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Rows ``(N, copies · n)`` to targets ``(N, outputs · n)``."""
        learned = torch.tensordot(self.generators(), self.searched, 1)
        signal = x.reshape(len(x), self.copies, -1).transpose(1, 2)
        return lconv(signal, learned, self.identity, self.weights).transpose(1, 2).reshape(len(x), -1)
