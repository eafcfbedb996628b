"""Channel groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter.server.broker.subscriptions import Groups
from pnfilter.server.settings import MAX_GROUP_CHANNELS, MAX_NAME, MAX_NAMES
from pnfilter.server.store.store import Store
from tests.server.emulated import Emulated

GROUPS = "/v1/channel-registration/sub-key/sub/channel-group"
DONE = {"status": 200, "message": "OK", "service": "channel-registry", "error": False}


def change(emulated: Emulated, query: str, group: str = "g") -> None:
    assert emulated.get(f"{GROUPS}/{group}?{query}") == (200, DONE)


def channels(emulated: Emulated, group: str = "g") -> list[str]:
    status, body = emulated.get(f"{GROUPS}/{group}")
    found: list[str] = body["payload"].pop("channels")
    assert status == 200
    assert body == {
        "status": 200,
        "payload": {"group": group},
        "service": "channel-registry",
        "error": False,
    }
    return found


def test_a_group_is_there_once_it_has_a_channel(emulated: Emulated) -> None:
    assert channels(emulated) == []
    change(emulated, "add=a,b&uuid=u")
    change(emulated, "add=b%2Cc%2Fd")
    assert channels(emulated) == ["a", "b", "c/d"]
    change(emulated, "remove=a,never")
    assert channels(emulated) == ["b", "c/d"]
    change(emulated, "add=x&remove=b,x")
    assert channels(emulated) == ["c/d"]
    assert channels(emulated, "other") == []


def test_a_group_is_deleted(emulated: Emulated) -> None:
    change(emulated, "add=a,b")
    change(emulated, "add=a", "other")
    assert emulated.get(f"{GROUPS}/g/remove") == (200, DONE)
    assert emulated.get(f"{GROUPS}/never/remove") == (200, DONE)
    assert channels(emulated) == []
    assert channels(emulated, "other") == ["a"]


def test_the_groups_are_listed(emulated: Emulated) -> None:
    def names() -> Any:
        status, body = emulated.get(GROUPS)
        assert (status, body["status"], body["error"]) == (200, 200, False)
        return body["payload"]

    assert names() == {"namespace": "", "groups": []}
    change(emulated, "add=a", "g")
    change(emulated, "add=a", "h")
    assert names() == {"namespace": "", "groups": ["g", "h"]}
    change(emulated, "remove=a", "g")
    assert names() == {"namespace": "", "groups": ["h"]}


@pytest.mark.parametrize("group", ["g%2Ch", "g-pnpres", "x" * (MAX_NAME + 1), "%FF"])
def test_a_name_that_nobody_could_subscribe_to_is_refused(emulated: Emulated, group: str) -> None:
    status, body = emulated.get(f"{GROUPS}/{group}?add=a")
    assert (status, body["status"], body["error"]) == (400, 400, True)
    assert emulated.get(GROUPS)[1]["payload"]["groups"] == []


def test_a_group_has_a_limit(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    half = MAX_GROUP_CHANNELS // 2
    change(emulated, "add=" + ",".join(f"a{number}" for number in range(half)))
    change(emulated, "add=" + ",".join(f"b{number}" for number in range(half)))
    assert emulated.get(f"{GROUPS}/g?add=one-more")[0] == 400
    change(emulated, "add=a0,b0")
    change(emulated, "remove=a0")
    change(emulated, "add=one-more")
    assert len(channels(emulated)) == MAX_GROUP_CHANNELS
    many = ",".join(f"c{number}" for number in range(MAX_NAMES + 1))
    assert emulated.get(f"{GROUPS}/h?add={many}")[0] == 400
    monkeypatch.setattr("pnfilter.server.api.groups.MAX_GROUPED", MAX_GROUP_CHANNELS + 2)
    assert emulated.get(f"{GROUPS}/h?add=x,y,z")[0] == 400
    change(emulated, "add=x,y", "h")
    assert emulated.get(f"{GROUPS}/i?add=z")[0] == 400
    change(emulated, "remove=x", "h")
    change(emulated, "add=z", "i")


def test_groups_outlive_the_process_and_belong_to_one_keyset(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Emulated(store=store) as emulated:
        change(emulated, "add=a,w.*,%C3%BC")
        change(emulated, "remove=a")
        change(emulated, "add=x", "gone")
        emulated.get(f"{GROUPS}/gone/remove")
        assert (
            emulated.get(f"{GROUPS.replace('/sub/', '/other/')}/g")[1]["payload"]["channels"] == []
        )
    with Emulated(store=store) as emulated:
        assert sorted(channels(emulated)) == ["w.*", "ü"]
        assert emulated.get(GROUPS)[1]["payload"]["groups"] == ["g"]
        assert emulated.get(GROUPS.replace("/sub/", "/other/"))[1]["payload"]["groups"] == []


NAMES = st.lists(st.sampled_from("abcd"), max_size=4)


@given(st.lists(st.tuples(st.sampled_from("gh"), st.sampled_from(["add", "remove", "-"]), NAMES)))
def test_both_sides_of_the_groups_agree_with_the_store(
    steps: list[tuple[str, str, list[str]]],
) -> None:
    store = Store()
    try:
        groups = Groups("key", store.groups)
        model: dict[str, set[str]] = {"g": set(), "h": set()}
        for group, step, names in steps:
            if step == "add":
                assert set(groups.missing(group, names)) == {*names} - model[group]
                groups.add(group, names)
                model[group] |= {*names}
            elif step == "remove":
                groups.remove(group, names)
                model[group] -= {*names}
            else:
                groups.remove(group)
                model[group] = set()
            for mirror in (groups, Groups("key", store.groups)):
                assert {name: set(mirror.channels(name)) for name in "gh"} == model
                assert set(mirror.names()) == {name for name in "gh" if model[name]}
                assert len(mirror) == sum(map(len, model.values()))
                for channel in "abcd":
                    holding = {name for name in "gh" if channel in model[name]}
                    assert set(mirror.holding(channel)) == holding
    finally:
        store.close()
