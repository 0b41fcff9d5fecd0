"""A run of LieGAN that is killed again and again and goes on from its checkpoint: a program of its own for ``test_kill``.

Each attempt is a forked process, so that torch is imported once. It writes a byte at every progress call and on both sides of the
rename by which a checkpoint appears; its parent kills it after a random number of bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
from pathlib import Path

import torch

from physym.discovery import Discovery, discover
from physym.discovery.adversarial import Coordinates, Dense, LieGAN, Optimisation, Trials
from tests.discovery.adversarial.games import plane


def method(path: Path | None) -> LieGAN:
    """Small enough to be run a few times in a second."""
    return LieGAN(
        generators=1,
        critic=Dense((8,)),
        features=Coordinates(),
        optimisation=Optimisation(steps=300, batch=16),
        trials=Trials(starts=2, share=0.25, batch=16),
        seeds=2,
        checkpoint=path,
        checkpoint_every=10,
    )


def digest(found: Discovery) -> str:
    """Of every number that the training gave."""
    runs = found.runs
    assert runs is not None
    assert not runs.interrupted
    parts = (runs.generators, runs.statistic, runs.losses, runs.paths, runs.norms)
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


def attempt(path: Path, write: int) -> None:
    """Run to the end, if one is let, and write what came out."""
    replace = os.replace

    def told(source: str, target: str) -> None:
        os.write(write, b"w")
        replace(source, target)
        os.write(write, b"W")

    os.replace = told  # type: ignore[assignment]
    found = discover(plane(200), method(path), level="conditional", progress=lambda *words: os.write(write, b"p") and None)
    os.write(write, f"={digest(found)}".encode())


def killed_after(path: Path, patience: int) -> str | None:
    """The digest of an attempt that ended before it had written so many bytes; None where it was killed."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        code = 1
        try:
            attempt(path, write)
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    seen = b""
    while (byte := os.read(read, 1)) and b"=" not in seen + byte:
        seen += byte
        if len(seen) == patience:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(read)
            return None
    rest = b""
    while part := os.read(read, 4096):
        rest += part
    os.close(read)
    status = os.waitpid(child, 0)[1]
    if status:
        raise SystemExit(f"an attempt failed with status {status}")
    return rest.decode()


def main(folder: Path, kills: int, seed: int) -> dict[str, object]:
    """Kill until there were enough; each chain ends with a run that is let to its end."""
    torch.set_num_threads(1)
    truth = digest(discover(plane(200), method(None), level="conditional"))  # first, so that no attempt has anything left to import
    chance, done, digests, chains = random.Random(seed), 0, [], 0
    while done < kills or not digests:
        path, result = folder / f"chain{chains}.safetensors", None
        while result is None:
            result = killed_after(path, chance.randint(2, 12) if done < kills else 10**9)
            done += result is None
        digests.append(result)
        chains += 1
    return {"truth": truth, "found": digests, "kills": done}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201
