"""What a network that starts from a module takes: its outputs, what goes along with them, and what is refused."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import pushforward as pf
from parts import Module, cnn, normal
from pushforward.net import Ablated
from stretches import computed, factor, residual_stream, unet


def test_only_what_goes_round_the_start_is_kept() -> None:
    model = residual_stream().eval()
    chained = pf.Neurons(model, start="2").embed(normal(4, 3, 6))
    assert all(t.numel() == 0 for t in chained["constants"]["1 0 0"].values())
    around = pf.Neurons(model, start="2.up").embed(normal(4, 3, 6))
    kept = {name: t.numel() for name, part in around["constants"].items() for t in part.values()}
    assert sorted(kept.values()) == [0, 0, 4 * 3 * 6]


def test_two_starts() -> None:
    model = Module(
        lambda m, a, b: m.head(torch.tanh(m.left(m.first(a))) * m.right(b)),
        first=nn.Linear(3, 4), left=nn.Linear(4, 5), right=nn.Linear(2, 5), head=nn.Linear(5, 2),
    )  # fmt: skip
    model = model.double().eval()
    a, b = normal(6, 3).double(), normal(6, 2, seed=1).double()
    net = pf.Neurons(model, start=("left", "right"), layers="output")
    X = net.embed((a, b))
    assert X["embedding"]["left"].shape == X["embedding"]["right"].shape == (6, 5)
    L, R = (X["embedding"][k][0] for k in ("left", "right"))
    W = model.head.weight
    J = torch.cat([W * ((1 - torch.tanh(L) ** 2) * R), W * torch.tanh(L)], 1)
    torch.testing.assert_close(factor(net, X), J.detach())
    assert pf.Gaussian.fit(X, rank=3).chart(net.take(X, 0)).rank == 3


def test_several_outputs_move_and_keep_their_places() -> None:
    class Twice(nn.Module):
        def forward(self, x: Tensor, scale: Tensor) -> tuple[Tensor, dict[str, Any]]:
            return x.tanh(), {"square": x.square().T, "ids": torch.ones(len(x), 2).long(), "name": "n", "none": None}

    def run(m: Any, x: Tensor, scale: Tensor, mask: Tensor) -> Tensor:
        h, extra = m.twice(m.first(x), scale)
        assert extra["name"] == "n"
        assert extra["ids"].shape == (len(x), 2)
        return h * extra["square"].T * mask[:, None] * scale

    model = Module(run, first=nn.Linear(3, 4), twice=Twice()).double().eval()
    X = {"x": normal(5, 3).double(), "scale": normal(5, 1, seed=2).double(), "mask": torch.tensor([1, 0, 1, 1, 1])}
    net = pf.Neurons(model, start="twice")
    E = net.embed(X)
    assert [tuple(t.shape) for t in E["embedding"]] == [(5, 4), (5, 4), (5, 2)]
    torch.testing.assert_close(net(E), model(**X))
    h, s = E["embedding"][0][0], E["embedding"][1][0]
    J = torch.cat([s.diag(), h.diag()], 1) * X["scale"][0]
    torch.testing.assert_close(factor(net, E), J)


def test_time_first_and_recurrent_states() -> None:
    model = Module(
        lambda m, x: m.head(m.two(m.one(x.transpose(0, 1))[0])[0]).transpose(0, 1),
        one=nn.LSTM(3, 4), two=nn.GRU(4, 4), head=nn.Linear(4, 2),
    ).double()  # fmt: skip
    X = normal(3, 5, 3).double()
    net = pf.Neurons(model.eval(), start="one")
    E = net.embed(X)
    assert [t.shape[0] for t in E["embedding"]] == [3, 3, 3]
    torch.testing.assert_close(net(E)[:, -10:], model(X).reshape(3, -1))


def test_only_the_embedding_moves() -> None:
    model, X = residual_stream().eval(), normal(9, 3, 6)
    net = pf.Neurons(model, start="1")
    E = net.embed(X)
    assert list(pf.Gaussian.isotropic(net.take(E, 0)).chart(net.take(E, 0)).tangents(0, 1).shape) == [1, 18]
    streamed = pf.Gaussian.fit((net.embed(x) for x in X.split(4)), rank=5)
    torch.testing.assert_close(streamed.L, pf.Gaussian.fit(E, rank=5).L)
    torch.testing.assert_close(streamed.mean, model[1](model[0](X)).mean(0).reshape(-1).detach())
    pf.push(net, streamed, net.take(E, 0))


def test_embedding_binds_the_network() -> None:
    net = pf.Neurons(residual_stream().eval(), start="1")
    net.embed(normal(2, 3, 6))
    assert net.layers == ("2.act", "3.act", "4.act", "output")


def test_weights_that_change_are_followed() -> None:
    model, X = unet().eval(), normal(3, 6)
    net = pf.Neurons(model, start="inner", layers="output")
    E = net.embed(X)
    with computed(model, ["down"]) as calls:
        net(E).sum().backward()  # gradients go to weights before the start, too
    assert calls
    assert model.down.weight.grad is not None
    with torch.no_grad():
        before = net(E)
        model.down.weight.mul_(2)
        changed = net(E)
    assert not torch.allclose(before, changed)
    torch.testing.assert_close(net(net.embed(X)), model(X))
    twin = pf.Neurons(unet().eval(), start="inner", layers="output")  # other weights, with constants of the first
    with torch.no_grad():
        values = twin(E)
        E.pop("constants")
        torch.testing.assert_close(pf.Neurons(twin.model, start="inner", layers="output")(E), values)


def test_what_cannot_be_left_out_runs() -> None:
    def run(m: Any, x: Tensor) -> Tensor:
        h = m.first(x)
        m.act(h)  # in place, and what it returns is not used
        m.memory["h"] = m.second(h)
        return m.head(m.start(h)) + m.memory["h"]

    parts = {name: nn.Linear(4, 4) for name in ("first", "second", "start", "head")}
    model = Module(run, **parts, act=nn.ReLU(True), memory={}).double().eval()
    net = pf.Neurons(model, start="start", layers="output")
    E = net.embed(normal(3, 4).double())
    torch.testing.assert_close(net(E), model(normal(3, 4).double()))
    torch.testing.assert_close(factor(net, E), model.head.weight.detach())


def test_rows_that_are_sorted_before_the_start() -> None:
    class Sorted(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x[x[:, 0].argsort()]

    run = lambda m, x: m.head(m.start(h := m.experts(x))) + h  # noqa: E731
    model = Module(run, experts=Sorted(), start=nn.Linear(3, 3), head=nn.Linear(3, 3))
    net, X = pf.Neurons(model.eval(), start="start"), normal(6, 3)
    alone = torch.cat([model(x[None]) for x in X])
    with torch.no_grad():
        torch.testing.assert_close(net(net.embed(X))[:, -3:], alone)


@pytest.mark.parametrize(
    ("ends", "kind", "message"),
    [
        ({"start": "lost"}, "UnknownLayer", r"`start='lost'`: the model has no such module.*Modules: 0, 0\.norm"),
        ({"start": ""}, "UnknownLayer", "has no such module"),
        ({"start": 3}, "BadInput", r"`Neurons\(start=3\)`: the name of a module, or a tuple of names"),
        ({"start": ("0", "0.up")}, "BadInput", r"'0.up' is part of another start. Choose modules apart"),
        ({"stop": "lost"}, "UnknownLayer", r"`stop='lost'`: the model has no such module"),
        ({"stop": "0#x"}, "UnknownLayer", r"`stop='0#x'`: the model has no such module"),
        ({"start": "1", "stop": "1"}, "BadInput", "nothing lies between. Choose a stop after it"),
        ({"start": "1", "stop": "1.up"}, "BadInput", "nothing lies between"),
        ({"start": "2", "stop": "0"}, "BadInput", r"`stop='0'` ends before `start='2'` has run. Choose a stop after"),
        ({"start": "2", "stop": "3#2"}, "BadInput", r"`stop='3#2'` never ran at this input. Choose a module that runs"),
    ],
)  # fmt: skip
def test_ends_that_cannot_be(ends: dict[str, Any], kind: str, message: str) -> None:
    with pytest.raises(getattr(pf.errors, kind), match=message):
        pf.Neurons(residual_stream().eval(), **ends).embed(normal(2, 3, 6))


def test_starts_that_cannot_be() -> None:
    twice = Module(lambda m, x: m.one(m.one(x)), one=nn.Sequential(nn.Linear(3, 3)), other=nn.Linear(1, 1))
    for start, times in (("one", 2), ("one.0", 2), ("other", 0)):
        with pytest.raises(
            pf.errors.BadInput, match=rf"`start='{start}'` ran {times} times on this input; a module that"
        ):
            pf.Neurons(twice, start=start).embed(normal(2, 3))
    merged = Module(lambda m, x: m.flat(x).reshape(len(x), 2, 3), flat=nn.Flatten(0, 1))
    with pytest.raises(
        pf.errors.BadInput, match=r"\(4, 3\) for two inputs, has no axis of inputs. Start from a module"
    ):
        pf.Neurons(merged, start="flat").embed(normal(2, 2, 3))
    whole = Module(lambda m, x: m.ids(x) * x, ids=Module(lambda m, x: x.long()))
    with pytest.raises(pf.errors.BadInput, match="no floating-point numbers for each input"):
        pf.Neurons(whole, start="ids").embed(normal(2, 3))
    net = pf.Neurons(residual_stream().eval(), start="1")
    with pytest.raises(pf.errors.BadInput, match=r"`net.embed\(x\)`: the batch is empty"):
        net.embed(normal(0, 3, 6))
    stopped = pf.Neurons(residual_stream().eval(), stop="1", example=normal(3, 6))
    with pytest.raises(pf.errors.BadInput, match="stops at '1', before the output by which a lesion is measured"):
        Ablated(stopped, torch.tensor([0]), torch.zeros(len(stopped)))


def test_one_input_or_some() -> None:
    net = pf.Neurons(nn.Linear(3, 2), example=normal(3))
    X = {"a": normal(5, 3), "b": (torch.arange(5), "text")}
    assert torch.equal(net.take(X, -1)["a"], X["a"][4])
    assert net.take(X, 1)["b"][1] == "text"
    for i in (slice(1, 3), [1, 2], torch.tensor([1, 2]), torch.tensor([False, True, True, False, False])):
        assert net.take(X, i)["b"][0].tolist() == [1, 2]
    assert net.take(X, [])["a"].shape == (0, 3)
    for wrong in (5, -6, [7], torch.ones(3, dtype=torch.bool)):
        with pytest.raises(pf.errors.BadInput, match="the batch has 5 inputs, 0 … 4"):
            net.take(X, wrong)
    with pytest.raises(pf.errors.BadInput, match=r"numbers on one axis are needed, not \(1, 2\)"):
        net.take(X, [[0, 1]])


def test_inputs_made_by_hand_have_the_same_layers() -> None:
    model = cnn().eval()
    net = pf.Neurons(model, start="body.6")
    E = net.embed(normal(4, 1, 6, 6))
    x = net.take(E, 0)
    x.pop("constants")
    other = pf.Neurons(model, start="body.6", example=x)
    assert other.layers == net.layers
    torch.testing.assert_close(factor(net, E), pf.push(other, pf.Gaussian.isotropic(x), x).factor)


def test_embedding_is_the_same_in_other_modes() -> None:
    model, X = residual_stream().eval(), normal(3, 3, 6)
    net = pf.Neurons(model, start="1")
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.inference_mode():
        E = net.embed(X)
    torch.testing.assert_close(E["embedding"], model[:2](X))
    torch.testing.assert_close(net(E)[:, -18:], model(X).flatten(1))
