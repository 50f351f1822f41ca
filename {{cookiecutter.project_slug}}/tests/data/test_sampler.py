import pytest
from torch.utils.data import BatchSampler

from {{ cookiecutter.package_name }}.data.sampler import EpochSampler, SharedBatches


def in_epoch(epoch: int, seed: int = 0, rank: int = 0, devices: int = 1, start: int = 0) -> list[tuple[int, int]]:
    sampler = EpochSampler(range(10), seed, rank, devices)
    sampler.set_epoch(epoch)
    sampler.start = start
    return list(sampler)


def test_each_epoch_has_all_images_in_an_order_and_with_seeds_of_its_own() -> None:
    epochs = [in_epoch(epoch) for epoch in range(3)]
    assert all(sorted(index for index, _ in epoch) == list(range(10)) for epoch in epochs)
    assert len({seed for epoch in epochs for _, seed in epoch}) == 30
    assert len({tuple(index for index, _ in epoch) for epoch in epochs}) == 3


def test_an_epoch_can_be_entered_anywhere_and_the_next_is_whole() -> None:
    assert in_epoch(4, start=6) == in_epoch(4)[6:]
    sampler = EpochSampler(range(10), 0)
    sampler.start = 6
    sampler.set_epoch(0)
    assert len(list(sampler)) == 4
    sampler.set_epoch(1)
    assert list(sampler) == in_epoch(1)


def test_devices_share_the_images() -> None:
    shares = in_epoch(1, rank=0, devices=2) + in_epoch(1, rank=1, devices=2)
    assert sorted(shares) == sorted(in_epoch(1))


@pytest.mark.parametrize(("images", "devices"), [(10, 2), (9, 2), (12, 2), (1, 3), (3, 2)])
def test_devices_share_the_batches_of_one_and_take_each_step_together(images: int, devices: int) -> None:
    def batches(rank: int, devices: int) -> list[list[int]]:
        return list(BatchSampler(SharedBatches(range(images), 3, rank, devices), 3, drop_last=False))

    shared = [batches(rank, devices) for rank in range(devices)]
    assert len({len(each) for each in shared}) == 1
    in_turn = [batch for step in zip(*shared, strict=True) for batch in step if batch != [-1]]
    assert in_turn == batches(0, 1)
