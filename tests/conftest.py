import pytest
import torch


@pytest.fixture(autouse=True)
def _same_weights():
    """Networks built in a test have the same weights in every run, whatever ran before."""
    torch.manual_seed(0)
