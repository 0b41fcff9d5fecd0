"""What a step uses is a function of its seed and its number alone."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from physym.discovery.adversarial import IntegerGrid, Normal
from physym.discovery.adversarial.draws import CHUNK, STREAMS, Draws, stream

ROWS = torch.arange(100, 130)


def draws(*, seeds: tuple[int, ...] = (0, 1), batch: int = 8, paired: bool = False, rows: torch.Tensor = ROWS) -> Draws:
    return Draws(seeds, rows, batch, 2, Normal(), paired)


@pytest.mark.parametrize("step", [0, 3, 4, CHUNK - 1, CHUNK, 1000])
def test_a_step_draws_the_same_whatever_came_before(step: int) -> None:
    walked, fresh = draws(), draws()
    for before in range(max(0, step - 6), step):
        walked.at(before)
    one, two = walked.at(step), fresh.at(step)
    assert torch.equal(one.moved, two.moved)
    assert torch.equal(one.real, two.real)
    assert torch.equal(one.noise, two.noise)


def test_steps_may_be_drawn_in_any_order() -> None:
    one, order = draws(), [70, 3, 64, 0, 129, 3]
    found = [one.at(step) for step in order]
    for step, draw in zip(order, found, strict=True):
        assert torch.equal(draw.noise, draws().at(step).noise)
        assert torch.equal(draw.moved, draws().at(step).moved)


def test_a_seed_draws_the_same_alone_and_among_others() -> None:
    among, alone = draws(seeds=(2, 3, 4)).at(77), draws(seeds=(3,)).at(77)
    assert torch.equal(among.moved[1], alone.moved[0])
    assert torch.equal(among.real[1], alone.real[0])
    assert torch.equal(among.noise[1], alone.noise[0])


def test_an_epoch_goes_once_through_all_rows() -> None:
    """30 rows in batches of 8: the fourth batch is filled up from the beginning of the epoch."""
    one = draws()
    for name in ("moved", "real"):
        batches = [getattr(one.at(step), name) for step in range(4)]
        for seed in range(2):
            drawn = torch.cat([batch[seed] for batch in batches])
            assert sorted(drawn[:30].tolist()) == ROWS.tolist()
            assert drawn[30:].tolist() == drawn[:2].tolist()


def test_epochs_seeds_and_players_have_orders_of_their_own() -> None:
    one = draws()
    first, later = one.at(0), one.at(4)
    assert not torch.equal(first.moved, later.moved)
    assert not torch.equal(first.moved[0], first.moved[1])
    assert not torch.equal(first.moved, first.real)
    assert not torch.equal(first.noise[0], first.noise[1])


def test_paired_rows_are_the_same() -> None:
    draw = draws(paired=True).at(9)
    assert torch.equal(draw.moved, draw.real)


def test_only_the_rows_that_are_given_are_drawn() -> None:
    one = draws(rows=torch.tensor([3, 7, 11]), batch=3)
    assert {row for step in range(10) for row in one.at(step).moved.flatten().tolist()} == {3, 7, 11}


def test_the_noise_is_that_of_the_law() -> None:
    one = Draws((0,), ROWS, 30, 3, IntegerGrid(2))
    drawn = torch.cat([one.at(step).noise.flatten() for step in range(CHUNK * 2)])
    assert drawn.unique().tolist() == [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert one.at(0).noise.shape == (1, 30, 3)


def test_the_noise_of_two_steps_is_independent() -> None:
    one = Draws((0,), torch.arange(2000), 2000, 1, Normal())
    a, b, c = (one.at(step).noise.flatten() for step in (0, 1, CHUNK))
    for first, second in ((a, b), (a, c)):
        assert abs(float((first * second).mean())) < 5 / 2000**0.5


def test_streams_do_not_share_their_numbers() -> None:
    """Every purpose, seed and number starts elsewhere."""
    found = {
        tuple(torch.rand(2, generator=stream(seed, name, number), dtype=torch.float64).tolist())
        for seed, name, number in product(range(12), STREAMS, range(20))
    }
    assert len(found) == 12 * len(STREAMS) * 20


def test_the_mersenne_twister_keeps_32_bits_of_its_seed_and_no_two_are_the_same() -> None:
    """All seeds and epochs that a long run uses, for one purpose."""
    a, b = 6364136223846793005, 3935559000370003845
    low = {(a * seed + b * number) & (2**32 - 1) for seed in range(200) for number in range(500)}
    assert len(low) == 200 * 500


def test_the_global_seed_is_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    draws().at(0)
    assert torch.equal(torch.rand(3), expected)
