"""Work that is shared among ranks, stopped, gone on with and merged: the same to the bit as that of one process."""

import multiprocessing
from functools import partial

import pytest
import torch
from torch import distributed as dist

import pushforward as pf
from pushforward import store
from pushforward.datasets import planted
from pushforward.ranks import ALONE, Ranks, joined, ranks
from pushforward.shards import Crew, Shards, each, merge, sharing, surveyed, together, total

QUICK = {"points": 9, "nulls": 19, "sample": 120, "seed": 0}


def square(i):
    return {"square": torch.tensor(i * i), "row": torch.arange(i)}


def add(i, sums):
    sums.setdefault("squares", torch.zeros(2, dtype=torch.long)).add_(torch.tensor([i * i, 1]))


def crew(folder, **options):
    return Crew(ALONE, folder, {"seed": 0}, **options)


def squares(folder, **options):
    with together(crew(folder, **options)):
        return [int(one["square"]) for one in each("squares", 10, square, size=3, divided=True)]


def sums(folder, **options):
    with together(crew(folder, **options)):
        return total("sums", 10, add, size=3, divided=True)["squares"].tolist()


def test_without_a_survey_work_is_done_here():
    assert not sharing()
    assert [int(one["square"]) for one in each("squares", 4, square, size=3)] == [0, 1, 4, 9]
    assert total("sums", 4, add)["squares"].tolist() == [14, 4]


def test_finished_shards_are_read_and_only_the_others_made(tmp_path):
    assert squares(tmp_path) == [i * i for i in range(10)]
    files = sorted(tmp_path.iterdir())
    assert len(files) == 4
    files[1].unlink()
    made = list[int]()
    with together(crew(tmp_path)):
        again = each("squares", 10, lambda i: made.append(i) or square(i), size=3)
    assert made == [3, 4, 5]
    assert [one["row"].tolist() for one in again] == [list(range(i)) for i in range(10)]


def test_a_sum_that_was_stopped_goes_on_from_its_shards(tmp_path):
    def until(stop, made, i, sums):
        if i == stop:
            raise KeyboardInterrupt
        made.append(i)
        add(i, sums)

    first, second = list[int](), list[int]()
    with together(crew(tmp_path)), pytest.raises(KeyboardInterrupt):
        total("sums", 10, partial(until, 7, first), size=3)
    with together(crew(tmp_path)):
        whole = total("sums", 10, partial(until, None, second), size=3)
    assert (first, second) == ([0, 1, 2, 3, 4, 5, 6], [6, 7, 8, 9])  # the shard in hand is done again
    assert whole["squares"].tolist() == [285, 10]


def test_stages_of_one_name_are_told_apart_and_inner_ones_are_done_alone(tmp_path):
    def inner(i):
        assert not sharing()
        return {"sum": sum(int(one["square"]) for one in each("squares", i, square))}

    with together(crew(tmp_path)):
        one = each("squares", 2, square)
        two = each("squares", 3, lambda i: {"sum": torch.tensor(inner(i)["sum"])})
    assert ([int(x["square"]) for x in one], [int(x["sum"]) for x in two]) == ([0, 1], [0, 0, 1])
    assert {path.name.split(".")[0] for path in tmp_path.iterdir()} == {"squares", "squares-2"}


def test_shards_of_other_work_are_refused_by_name(tmp_path):
    squares(tmp_path)
    with together(Crew(ALONE, tmp_path, {"seed": 1})), pytest.raises(pf.errors.BadInput, match="seed was 0 and is 1"):
        each("squares", 10, square, size=3)
    (tmp_path / "other.00000.safetensors").write_bytes((tmp_path / "squares.00000.safetensors").read_bytes())
    with together(crew(tmp_path)), pytest.raises(pf.errors.UnreadableFile, match="Was it renamed"):
        each("other", 3, square, size=3)


@pytest.mark.parametrize(("work", "whole"), [(squares, [i * i for i in range(10)]), (sums, [285, 10])])
def test_parts_of_machines_that_never_met_are_merged(tmp_path, work, whole):
    for part in (1, 2, 3):
        with pytest.raises(pf.errors.Unfinished, match=f"part {part} of 3 of"):
            work(tmp_path / str(part), part=part, of=3)
    merged = merge([tmp_path / str(part) for part in (1, 2, 3)], tmp_path / "whole")
    assert len(merged) == (4 if work is squares else 3)
    assert work(tmp_path / "whole") == whole
    assert merge([tmp_path / "1"], tmp_path / "whole") == []  # there already


def test_sums_that_follow_from_other_numbers_are_never_added_up(tmp_path):
    labels = torch.tensor([0, 0, 1])
    with together(crew(tmp_path)):
        total("sums", 10, add, of=labels)
    with together(crew(tmp_path)):
        assert total("sums", 10, add, of=labels)["squares"].tolist() == [285, 10]
    with together(crew(tmp_path)), pytest.raises(pf.errors.BadInput, match="what came before was"):
        total("sums", 10, add, of=1 - labels)


def test_stages_that_follow_from_different_numbers_are_merged_but_not_sums_of_one(tmp_path):
    for part in ("a", "b", "other"):
        with together(crew(tmp_path / part, part=1 + (part == "b"), of=2)):
            total("first", 4, add, of=torch.zeros(2))
            with pytest.raises(pf.errors.Unfinished):
                total("second", 4, add, of=torch.full((2,), float(part == "other")), divided=True)
    merge([tmp_path / "a", tmp_path / "b"], tmp_path / "whole")
    with together(crew(tmp_path / "whole")):
        total("first", 4, add, of=torch.zeros(2))
        assert total("second", 4, add, of=torch.zeros(2), divided=True)["squares"].tolist() == [14, 4]
    with pytest.raises(pf.errors.BadInput, match="what came before was"):
        merge([tmp_path / "a", tmp_path / "other"], tmp_path / "none")


class Other(Ranks):
    """A second rank that says something else."""

    def gather(self, message):
        return [message, b"another"]


def test_ranks_that_do_not_agree_are_told_apart(tmp_path):
    with pytest.raises(pf.errors.BadInput, match="machines that are alike"):
        Crew(Other(0, 2), tmp_path, {}).stage("sums", torch.zeros(2))


def test_merging_refuses_what_does_not_belong_together(tmp_path):
    with together(Crew(ALONE, tmp_path / "other", {"seed": 1})):
        each("squares", 2, square)
    squares(tmp_path / "one")
    with pytest.raises(pf.errors.BadInput, match="seed was 1 and is 0"):
        merge([tmp_path / "one", tmp_path / "other"], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()
    with pytest.raises(pf.errors.UnreadableFile, match="no shards in"):
        merge([tmp_path / "none"], tmp_path / "whole")
    store.save(tmp_path / "one" / "x.safetensors", {}, {"kind": "Generator"})
    with pytest.raises(pf.errors.UnreadableFile, match="no shard"):
        merge([tmp_path / "one"], tmp_path / "whole")


def test_a_part_must_be_there():
    for part in ("0/2", "3/2", "2", "a/b", "1/2/3", "-1/2", ""):
        with pytest.raises(pf.errors.BadInput, match="part"):
            Shards.divided("shards", part)
    with pytest.raises(pf.errors.BadInput, match="a whole number"):
        Shards("shards", part=True)


def modules(folder):
    torch.set_num_threads(1)
    truth = planted(200, modules=2, seed=0)
    net, inputs = pf.Neurons(truth.model), pf.Gaussian.isotropic((64,))
    found = pf.find_modules(net, inputs, truth.inputs, **QUICK, shards=folder, run=folder.parent / "run")
    return found.labels, found.shares, found.overlap, found.evidence, found.curve, found.leakage


def _rank(rank, size, folder, send):
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=size)
    assert ranks() == Ranks(rank, size)
    assert [int(told) for told in ranks().gather(str(rank).encode() * (rank + 1))] == [0, 11, 222][:size]
    assert ranks().gather(b"") == [b""] * size
    found = modules(folder / "shards")
    if rank == size - 1:  # not the one that writes
        send.put([torch.as_tensor(part).numpy() if isinstance(part, torch.Tensor) else part for part in found])
    dist.barrier()


@pytest.mark.parametrize("size", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_modules_are_the_same_to_the_bit_by_whatever_number_of_ranks(tmp_path, size):
    alone = modules(tmp_path / "alone" / "shards")
    context = multiprocessing.get_context("fork")
    (tmp_path / "group").mkdir()
    answer = context.Queue()
    group = [context.Process(target=_rank, args=(i, size, tmp_path / "group", answer)) for i in range(size)]
    for one in group:
        one.start()
    together_found = answer.get(timeout=120)
    for one in group:
        one.join(timeout=60)
    assert [one.exitcode for one in group] == [0] * size
    for here, there in zip(alone, together_found, strict=True):
        assert torch.equal(here, torch.from_numpy(there)) if isinstance(here, torch.Tensor) else here == there
    assert len(list((tmp_path / "group" / "run" / "results").iterdir())) == 1


def test_modules_with_shards_are_those_without(tmp_path):
    first = modules(tmp_path / "a" / "shards")
    truth = planted(200, modules=2, seed=0)
    plain = pf.find_modules(pf.Neurons(truth.model), pf.Gaussian.isotropic((64,)), truth.inputs, **QUICK)
    assert torch.equal(first[0], plain.labels)
    assert torch.equal(first[1], plain.shares)
    with pytest.raises(pf.errors.BadInput, match="nulls was 19 and is 20"):
        pf.find_modules(
            pf.Neurons(truth.model), pf.Gaussian.isotropic((64,)), truth.inputs, **QUICK | {"nulls": 20},
            shards=tmp_path / "a" / "shards",
        )  # fmt: skip


def test_verbs_without_shards_are_as_they_were_and_a_process_alone_is_alone():
    assert surveyed(lambda x, *, seed=0: x + seed)(1, seed=2) == 3
    with joined() as alone:
        assert alone == ALONE
        assert alone.first
