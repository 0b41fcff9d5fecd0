"""Chunks become batches of exactly the size that is asked for, and the key of a recipe differs where the sums would."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from physym import Rep, Samples
from physym.data import partitions
from physym.discovery.streaming.recipe import Head, Reading, Recipe, head_of
from tests.discovery.streaming import files


@given(sizes=st.lists(st.integers(0, 50), max_size=8), rows=st.integers(1, 40), labelled=st.booleans())
def test_batches_are_the_chunks_put_together_and_cut_anew(sizes: list[int], rows: int, labelled: bool) -> None:
    total = np.arange(2.0 * sum(sizes)).reshape(-1, 2)
    edges = np.cumsum([0, *sizes])
    labels = np.arange(len(total)) if labelled else None
    chunks = [
        Samples(total[i : i + n], rep_x=Rep("2V", n=1), y=None if labels is None else labels[i : i + n], mask=total[i : i + n] % 3 > 0)
        for i, n in zip(edges[:-1], sizes, strict=True)
    ]
    found = list(Reading().batches(iter(chunks), rows))
    assert [len(x) for x, _, _ in found[:-1]] == [rows] * (len(found) - 1)
    assert not found or 0 < len(found[-1][0]) <= rows
    if found:
        assert np.array_equal(np.concatenate([x for x, _, _ in found]), total)
        assert np.array_equal(np.concatenate([mask for _, mask, _ in found]), total % 3 > 0)
        assert all((y is None) is not labelled for _, _, y in found)
    if found and labelled:
        assert np.array_equal(np.concatenate([y for _, _, y in found if y is not None]), labels)
    assert len(found) == -(-len(total) // rows)


def test_every_setting_but_the_chunk_size_is_in_the_key() -> None:
    reading = Reading()
    other = {"constituents": 3, "resolution": 0.1, "units": "MeV"}
    for one in fields(Reading):
        changed = replace(Recipe(), reading=replace(reading, **{one.name: other.get(one.name, 7)}))
        assert (changed.key != Recipe().key) is (one.name != "chunk_size"), one.name
    for one in fields(Recipe)[1:]:
        changed = replace(Recipe(), **{one.name: (3.0,) if one.name == "row_scale" else 7})
        assert changed.key != Recipe().key, one.name


def test_the_head_of_a_file_is_that_of_its_first_rows(tmp_path: Path) -> None:
    content = files.jets(3000, 1)
    part = partitions(files.hdf5(tmp_path / "jets.h5", content), rows=3000)[0]
    head = head_of(part, Reading())
    assert isinstance(head, Head)
    assert head.labelled
    size = np.sqrt((content.samples().x ** 2).mean(0))
    assert np.abs(np.log2(np.array(head.row_scale) / size)).max() <= 0.5
