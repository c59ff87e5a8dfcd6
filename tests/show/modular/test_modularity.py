import torch

import pushforward as pf


def test_a_frontier_is_drawn_with_a_dot_for_each_network():
    numbers = torch.rand(4, 2, 3, generator=torch.Generator().manual_seed(0)).double()
    found = pf.results.Frontier((0.0, 3.0), (0, 1, 2), *numbers)
    ax = found.plot().axes[0]
    dots = [line for line in ax.lines if len(line.get_xdata()) == 3]
    assert len(dots) == 2
    assert list(dots[0].get_xdata()) == numbers[1, 0].tolist()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0", "3"]
