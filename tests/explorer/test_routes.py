"""What page and server say to each other."""

import asyncio
import threading

import pytest

from explorer.conftest import events_in, make_live


def test_the_page_and_its_scene(server):
    page = server.client.get("/")
    assert page.status_code == 200
    assert "<script>start()</script>" in page.text
    scene = server.client.get("/api/scene").json()
    assert scene["live"] is True
    assert scene["network"]["count"] == 200


def test_a_walk_and_its_frames_have_the_numbers_of_python(server):
    walk = server.walked(index=3)
    theirs = make_live().walk({"module": 0}, [{"module": 1}], {"index": 3}, 0.5)
    assert (walk["low"], walk["high"]) == pytest.approx(theirs.way.ends)
    assert walk["stamp"] == 1
    live = make_live()
    for at in (walk["low"], -0.17, 0.0, 0.31, walk["high"]):
        sent = server.post("frame", stamp=7, page="a", walk=walk["walk"], at=at)
        assert sent.status_code == 200
        assert sent.json()["stamp"] == 7
        frame, expected = sent.json()["frame"], live.frame(theirs.way, at)
        assert frame["picture"] == expected["picture"]
        for name in ("at", "moved", "leaked", "peak", "predicted", "percentile", "z"):
            assert frame[name] == pytest.approx(expected[name], abs=1e-9), name
        assert [tuple(one) for one in frame["worst"]] == [(n, pytest.approx(v)) for n, v in expected["worst"]]


def test_progress_is_told_to_the_tab_that_asked(server):
    job = server.walk(page="a").json()["job"]
    assert server.ended(job)["state"] == "done"
    other = server.walk(page="b").json()["job"]
    assert server.ended(other)["state"] == "done"
    assert [event["job"] for _, event in server.jobs.events.after(0, "a")] == [job]
    assert [event["job"] for _, event in server.jobs.events.after(0, "b")] == [other]
    assert [event["job"] for _, event in server.jobs.events.after(0, None)] == [job, other]


def test_a_stream_tells_stages_and_goes_on_where_it_was_lost(serve, gate):
    server = serve(lambda tell: (gate(), tell("loading the network", 1, 2), make_live())[-1]).open()
    stages, ids = [], []

    async def listen(seen: str) -> None:
        async for text in server.jobs.events.stream("a", seen):
            ids.extend(line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: "))
            stages.extend((event["stage"], event["state"]) for event in events_in(text))
            if stages and stages[0] == ("loading the network", "running"):
                gate.opened.set()
            if stages and stages[-1][1] != "running":
                return

    server.walk(page="a")
    asyncio.run(listen(""))
    assert stages[-1] == ("walking back", "done")
    assert stages[0] == ("loading the network", "running")
    seen = ids[-1]
    server.walk(page="a", stamp=2)
    stages.clear()
    asyncio.run(listen(seen))
    assert stages[-1][1] == "done"
    assert seen not in ids[ids.index(seen) + 1 :]
    stages.clear()
    asyncio.run(listen("another-server-99"))
    assert stages[-1][1] == "done"


def test_a_stream_without_news_says_that_it_lives(server):
    async def listen() -> str:
        async for text in server.jobs.events.stream("a", "", heartbeat=0.01):
            if "still" in text:
                return text
        raise AssertionError

    assert asyncio.run(listen()) == ": still here\n\n"


def test_the_newest_walk_of_a_tab_wins_and_other_tabs_are_left_alone(serve, gate):
    server = serve(lambda tell: (gate(), make_live())[-1]).open()
    mine = [server.walk(stamp=stamp, page="a", index=stamp).json()["job"] for stamp in (1, 2, 3)]
    other = server.walk(stamp=1, page="b", index=9).json()["job"]
    late = server.walk(stamp=2, page="a", index=2).json()["job"]
    gate.opened.set()
    states = [server.ended(job)["state"] for job in (*mine, other, late)]
    assert states == ["cancelled", "cancelled", "done", "done", "cancelled"]
    assert "newer" in server.ended(mine[0])["error"]


def test_a_walk_that_runs_ends_when_the_tab_asks_for_another(serve, gate):
    live = make_live(gate)
    server = serve(lambda tell: live).open()
    first = server.post("lesion", stamp=1, page="a", set={"module": 0}).json()["job"]
    assert gate.entered.wait(20)
    second = server.post("lesion", stamp=2, page="a", set={"module": 1}).json()["job"]
    gate.opened.set()
    assert server.ended(first)["state"] == "cancelled"
    assert server.ended(second)["state"] == "done"


def test_superseded_frames_are_answered_with_409(server, gate):
    walk = server.walked()["walk"]
    server.jobs.worker._subject.metric = gate
    job = server.post("lesion", stamp=2, page="other", set={"module": 0}).json()["job"]
    assert gate.entered.wait(20)
    answers: dict[int, int] = {}

    def ask(stamp: int) -> None:
        answers[stamp] = server.post("frame", stamp=stamp, page="a", walk=walk, at=0.1 * stamp).status_code

    asking = [threading.Thread(target=ask, args=(stamp,)) for stamp in (1, 2, 3)]
    for thread in asking:
        thread.start()
    while len(answers) < 2:  # all but the newest are answered at once
        asking[0].join(0.01)
    assert sorted(answers.values()) == [409, 409]
    gate.opened.set()
    for thread in asking:
        thread.join()
    assert answers == {1: 409, 2: 409, 3: 200}
    assert server.ended(job)["state"] == "done"


def test_frames_are_measured_between_the_steps_of_a_long_job(server):
    walk, steps, release = server.walked()["walk"], [], threading.Event()

    def metric(_: object) -> float:
        steps.append(1)
        if len(steps) == 2:
            release.wait(20)
        return 1.0

    server.jobs.worker._subject.metric = metric
    job = server.post("lesion", stamp=1, page="b", set={"module": 0}).json()["job"]
    asking = threading.Timer(0.2, release.set)
    asking.start()
    assert server.post("frame", stamp=1, page="a", walk=walk, at=0.1).status_code == 200
    assert server.ended(job)["state"] == "done"
    assert len(steps) == 22


def test_a_job_is_cancelled_while_it_waits_and_while_it_runs(serve, gate):
    server = serve(lambda tell: make_live(gate)).open()
    runs = server.post("lesion", stamp=1, page="a", set={"module": 0}).json()["job"]
    assert gate.entered.wait(20)
    waits = server.walk(page="b").json()["job"]
    assert server.post("cancel", job=waits).json() == {"job": waits, "cancelled": True}
    assert server.ended(waits)["state"] == "cancelled"
    assert server.post("cancel", job=runs).json()["cancelled"] is True
    gate.opened.set()
    assert server.ended(runs)["state"] == "cancelled"
    assert server.post("cancel", job=runs).json()["cancelled"] is False
    assert server.post("cancel", job="nobody").json()["cancelled"] is False
    assert server.walked()["low"] < 0


def test_a_failing_metric_says_what_it_said_and_the_server_lives(serve):
    def metric(_: object) -> float:
        raise ZeroDivisionError("no digits at all")

    server = serve(lambda tell: make_live(metric)).open()
    job = server.post("lesion", stamp=1, page="a", set={"module": 0}).json()["job"]
    event = server.ended(job)
    assert event["state"] == "failed"
    assert "ZeroDivisionError: no digits at all" in event["error"]
    assert "test_routes.py, line" in event["error"]
    assert server.walked()["low"] < 0


def test_a_metric_that_ends_python_does_not_end_the_server(serve):
    def metric(_: object) -> float:
        raise SystemExit(3)

    server = serve(lambda tell: make_live(metric)).open()
    event = server.ended(server.post("lesion", stamp=1, page="a", set={"module": 0}).json()["job"])
    assert "sys.exit(3)" in event["error"]
    assert server.walked()["low"] < 0


def test_a_network_that_cannot_be_loaded_is_told_to_whoever_asks(serve):
    def load(_: object) -> object:
        raise FileNotFoundError("weights.safetensors is gone")

    server = serve(load).open()
    for _ in range(2):
        event = server.ended(server.walk().json()["job"])
        assert event["state"] == "failed"
        assert "weights.safetensors is gone" in event["error"]
    assert server.client.get("/api/scene").status_code == 200


def test_a_lesion_and_a_push(serve):
    server = serve(lambda tell: make_live(lambda _: {"size": 1.0})).open()
    table = server.ended(server.post("lesion", stamp=1, page="a", set={"module": 0}).json()["job"])["result"]
    assert table["metrics"] == ["size"]
    assert len(table["control"][0]) == 20
    pushed = server.ended(server.post("push", stamp=4, page="a", input={"index": 0}).json()["job"])["result"]
    assert pushed["stamp"] == 4
    assert len(pushed["spread"]) == 2
    assert pushed["picture"]["kind"] == "vector"


def test_what_the_network_refuses_is_told_in_its_words(server):
    event = server.ended(server.walk(moves={"layer": "nowhere"}).json()["job"])
    assert event["state"] == "failed"
    assert "nowhere" in event["error"]
    event = server.ended(server.walk(fixed=[{"module": 0}]).json()["job"])
    assert "cannot both move and stay" in event["error"]


def test_walks_that_are_gone_are_asked_for_again(server):
    answer = server.post("frame", stamp=1, page="a", walk="long-ago", at=0.0)
    assert answer.status_code == 410
    assert "Ask for it again" in answer.json()["error"]


def test_positions_beyond_a_walk_are_refused(server):
    walk = server.walked()["walk"]
    answer = server.post("frame", stamp=1, page="a", walk=walk, at=3.0)
    assert answer.status_code == 400
    assert "goes from" in answer.json()["error"]


def test_too_much_at_once_is_refused(serve, gate):
    server = serve(lambda tell: (gate(), make_live())[-1]).open()
    answers = [server.walk(page=f"p{i}") for i in range(66)]
    assert [a.status_code for a in answers] == [202] * 64 + [503] * 2
    assert "too much waits" in answers[-1].json()["error"]
    for answer in answers[1:64]:
        server.post("cancel", job=answer.json()["job"])
    gate.opened.set()
    assert server.ended(answers[0].json()["job"])["state"] == "done"
