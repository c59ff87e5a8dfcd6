import torch

from pushforward.datasets import DigitCNN, PairMLP


def test_digit_cnn_has_the_documented_shape():
    net = DigitCNN().eval()
    assert net(torch.zeros(3, 1, 28, 28)).shape == (3, 10)
    assert sum(p.numel() for p in net.parameters()) == 33_354


def test_pair_mlp_has_the_documented_shape():
    net = PairMLP()
    assert net(torch.zeros(3, 1, 14, 28)).shape == (3, 20)
    assert sum(p.numel() for p in net.parameters()) == 69_396


def test_layers_run_in_the_order_of_their_names():
    assert [name for name, _ in PairMLP().named_children()] == ["flat", "fc1", "relu1", "fc2", "relu2", "out"]
