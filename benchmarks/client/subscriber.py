"""A client of ``pnclient`` that listens in a process of its own, and tells what it gets.

``python -m benchmarks.client.subscriber`` reads its options as one JSON text (``Options``) and then
listens until its standard input ends. It writes a JSON text a line: ``{"message": [channel,
timetoken, number]}``, ``{"status": {…}}``, and at its end ``{"end": {…}}`` with the client's
counters and what it has left.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
from dataclasses import asdict
from typing import Any, TypedDict

from pnclient.callbacks import SubscribeCallback
from pnclient.enums import PNReconnectionPolicy
from pnclient.models.consumer.common import PNStatus
from pnclient.models.consumer.pubsub import PNMessageResult
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado


class Options(TypedDict):
    """What a subscriber is told. Times are in seconds."""

    origin: str
    subscribe_key: str
    user: str
    #: The name of a policy of reconnection.
    policy: str
    channels: list[str]
    groups: list[str]
    filter: str
    subscribe_timeout: float
    call_timeout: float
    presence_timeout: int
    heartbeat_interval: float


def _tell(**told: Any) -> None:
    print(json.dumps(told), flush=True)


class _Telling(SubscribeCallback):
    def status(self, pubnub: Any, status: PNStatus) -> None:  # noqa: ARG002
        assert status.category is not None
        _tell(
            status={
                "category": status.category.name,
                "operation": None if status.operation is None else status.operation.name,
                "code": status.status_code,
                "error": status.is_error(),
                "text": str(status.error_data.information) if status.error_data else "",
            }
        )

    def message(self, pubnub: Any, message: PNMessageResult) -> None:  # noqa: ARG002
        _tell(message=[message.channel, str(message.timetoken), message.message["number"]])


def _configured(options: Options) -> PNConfiguration:
    config = PNConfiguration()
    config.origin, config.ssl = options["origin"], False
    config.subscribe_key, config.uuid = options["subscribe_key"], options["user"]
    config.reconnect_policy = PNReconnectionPolicy[options["policy"]]
    config.filter_expression = options["filter"]
    config.subscribe_timeout = options["subscribe_timeout"]
    config.non_subscribe_request_timeout = options["call_timeout"]
    config.set_presence_timeout_with_custom_interval(
        options["presence_timeout"], options["heartbeat_interval"]
    )
    return config


async def _listen(options: Options) -> None:
    pubnub = PubNubTornado(_configured(options))
    pubnub.add_listener(_Telling())
    pubnub.subscribe().channels(options["channels"]).channel_groups(options["groups"]).execute()
    # Until whoever started this closes its end.
    await asyncio.to_thread(sys.stdin.read)
    await pubnub.stop()
    left = [repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    left += [repr(one) for one in threading.enumerate() if one.name == "pnclient"]
    _tell(end={"counters": asdict(pubnub.counters), "left": left})


if __name__ == "__main__":
    # Failures come as statuses; what is logged beside them is a defect.
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(_listen(json.loads(sys.stdin.readline())))
