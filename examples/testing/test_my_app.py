"""Test an app that publishes, on an emulator of its own: run ``pytest`` with this file."""

import json
from urllib.parse import quote
from urllib.request import urlopen


class App:
    """What is tested: it reports earthquakes on a channel."""

    def __init__(self, origin):
        self.service = f"http://{origin}"

    def report(self, quake):
        text = quote(json.dumps(quake), safe="")
        urlopen(f"{self.service}/publish/demo/demo/0/quakes/0/{text}?uuid=app").close()

    def reported(self):
        with urlopen(f"{self.service}/v2/history/sub-key/demo/channel/quakes") as answer:
            return json.load(answer)[0]


def test_my_app(pnfilter_origin):
    app = App(pnfilter_origin)
    app.report({"mag": 6})
    assert app.reported() == [{"mag": 6}]
