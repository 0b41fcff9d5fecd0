"""Where a network is trained: the device that was asked for, if it is there."""

from __future__ import annotations

from physym.errors import DiscoveryFailed


def require_device(device: str) -> str:
    """The device itself, where torch can use it.

    Arguments:
        device: ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.

    Returns:
        The same.

    Raises:
        DiscoveryFailed: a CUDA device is asked for, and torch sees none of that number.

    Example:
        >>> require_device("cpu")
        'cpu'
    """
    if not device.startswith("cuda"):
        return device
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(device.partition(":")[2] or 0) >= count:
        seen = f"{count} CUDA device{'' if count == 1 else 's'}" if count else "no CUDA device"
        raise DiscoveryFailed(f"device={device!r}, but torch {torch.__version__} sees {seen} here; use device='cpu' or 'auto'.")
    return device
