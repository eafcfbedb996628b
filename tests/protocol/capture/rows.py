"""The rows of each file of ``captured/``."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

from tests.protocol.capture.answers import TRIED
from tests.protocol.capture.bench import BESIDE, IMPATIENCE, Bench
from tests.protocol.capture.calls import AUTHORIZED, CALLS, FILTER, OTHERS, ROOT, SIGNED
from tests.protocol.capture.recording import Request, parts, query
from tests.protocol.capture.trials import CONTENTS, ENVELOPES, LAST, SIGNED_FILE, UNREADABLE, polled

Rows = Iterator[dict[str, Any]]

SECRET = "sec-key"
CIPHER_KEY = "enigma"
KEYS = {"secret_key": SECRET, "auth_key": "auth-key"}
#: The crypto modules, by the language of the SDK; 4.8 has none.
MODULES = {
    "python": ("LegacyCryptoModule", "AesCbcCryptoModule"),
    "javascript": ("legacyCryptoModule", "aesCbcCryptoModule"),
}
#: Forms of signatures where the method of the request is not the one that is signed.
FORMS = {
    ("POST", "GET"): "published by JavaScript",
    ("GET", "LOCAL"): "address by JavaScript",
}
#: The headers that tell something; those of connections and compression of answers don't.
HEADERS = ("content-type", "content-encoding", "if-match", "authorization", "accept")


def shown(request: Request) -> dict[str, Any]:
    """A request as data: without the boundary of forms, which is chance."""
    row: dict[str, Any] = {"method": request.method, "target": request.target}
    headers = {name.lower(): value for name, value in request.headers if name.lower() in HEADERS}
    if headers.get("accept") in ("*/*", None):
        headers.pop("accept", None)
    form = parts(request)
    if form:
        headers["content-type"] = headers["content-type"].partition(";")[0]
        row["form"] = [[part.head, part.content.decode()] for part in form]
    elif request.body:
        compressed = "content-encoding" in headers
        row["body64" if compressed else "body"] = (
            base64.b64encode(request.body) if compressed else request.body
        ).decode()
    if headers:
        row["headers"] = headers
    return row


def requests(found: list[Bench]) -> Rows:
    """What each call sends, and whether the SDK took the answer."""
    seen: dict[tuple[str, str], Any] = {}
    for call in CALLS:
        if call in OTHERS or call in ("time", "publish", "here_now", "subscribe"):
            continue
        for bench in found:
            made = bench.made(call, **({"secret_key": SECRET} if call in ROOT else {}))
            sent = [shown(request) for request in made.requests]
            outcome = {"failed": made.told["failed"]} if "failed" in made.told else {}
            if not sent and not outcome:
                outcome = {"told": made.told["told"]}
            seen[bench.name, call] = comparable(sent), bool(outcome)
            beside = BESIDE.get(bench.name)
            if beside is None or seen[beside, call] != seen[bench.name, call]:
                yield {"sdk": bench.name, "call": call, "requests": sent, **outcome}


def comparable(value: Any) -> Any:
    """Requests without the names and the telemetry of the SDKs."""
    text = re.sub(r"signature=[^&\"]*", "signature=", json.dumps(value))
    for platform in ("-Tornado", "-Asyncio"):
        text = text.replace(f"PubNub-Python{platform}", "PubNub-Python")
    return json.loads(text)


def signatures(found: list[Bench]) -> Rows:
    """What is signed of each call, line by line, and with what outcome."""
    for call in (*filter(ROOT.__contains__, CALLS), *SIGNED):
        for bench in found:
            settings = {"filter_expression": FILTER} if call == "subscribe with a filter" else {}
            made = bench.made(call, secret_key=SECRET, **settings)
            texts = {_bare(signature): text for text, signature in made.told["signed"]}
            requests = made.requests or addresses(made.told.get("told"))
            for request in requests:
                signature = unquote(query(request.target).get("signature", ""))
                if not signature:
                    continue
                signed = texts[_bare(signature)].split("\n")
                row = shown(request)
                yield {
                    "sdk": bench.name,
                    "call": call,
                    "key": SECRET,
                    **{
                        name: row[name]
                        for name in ("method", "target", "body", "body64")
                        if name in row
                    },
                    "signed": signed,
                    "signature": signature,
                    **form(request, signed),
                }


def addresses(told: Any) -> list[Request]:
    """The request that an address stands for which an SDK made without asking."""
    if not isinstance(told, str):
        return []
    return [Request("GET", "/" + told.split("/", 3)[3], (), b"")]


def form(request: Request, signed: list[str]) -> dict[str, Any]:
    """How what was signed follows from the request: a form's name, and where it is read otherwise.

    ``twice``: the parameters that are encoded once more; ``unescaped``: the path is that before the
    HTTP library escaped it.
    """
    path = request.target.partition("?")[0]
    if len(signed) == len(("subscribe key", "publish key", "path", "query")):
        found: dict[str, Any] = {"form": "published by Python"}
        signed = [request.method, *signed[1:], ""]
    else:
        found = {"form": FORMS.get((request.method, signed[0]), "usual")}
    if signed[3] != (once := canonical(request.target)):
        pairs = zip(signed[3].split("&"), once.split("&"), strict=True)
        found["twice"] = [one.partition("=")[0] for one, other in pairs if one != other]
    if signed[2] != path:
        found["unescaped"] = True
    return found


def canonical(target: str) -> str:
    """A query as it is signed: without the signature, sorted, each value encoded once."""
    return "&".join(
        f"{name}={quote(unquote(value), safe='').replace('~', '%7E')}"
        for name, value in sorted(query(target).items())
        if name != "signature"
    )


def _bare(signature: str) -> str:
    """A signature without the marks of its form."""
    return signature.removeprefix("v2.").rstrip("=").replace("+", "-").replace("/", "_")


def answers(found: list[Bench]) -> Rows:
    """What each SDK makes of the answers that are tried."""
    for name, (call, path, answer) in TRIED.items():
        row: dict[str, Any] = {"tried": name, "call": call, "code": answer.code}
        row["answer"] = answer.body.decode()
        row["told"] = {}
        for bench in found:
            bench.recorder.overrides = {path: answer}
            made = bench.made(call, **({"secret_key": SECRET} if call in ROOT else {}))
            bench.recorder.overrides = {}
            told = {key: value for key, value in made.told.items() if key != "signed"}
            row["told"][bench.name] = {**told, "requests": len(made.requests)}
        yield row


def events(found: list[Bench]) -> Rows:
    """What listeners are told of each message, and for whom it is the end of the subscription."""
    for name, envelope in ENVELOPES.items():
        row: dict[str, Any] = {"event": name, "envelope": envelope, "told": {}}
        for bench in found:
            bench.recorder.news = polled(envelope)
            settings = bench.settings(**(KEYS if name == SIGNED_FILE else {}))
            told = bench.ask("listen", IMPATIENCE, settings=settings, last=LAST)
            goes_on = bool(told) and told[-1].get("message", {}).get("message") == LAST
            row["told"][bench.name] = told[:-1] if goes_on else told
            if not goes_on:
                row.setdefault("ends", []).append(bench.name)
            bench.recorder.news = []
        yield row


def tokens(found: list[Bench]) -> Rows:
    """What each SDK reads in a token, and what it does with one that is set."""
    (encoder,) = (bench for bench in found if bench.name == "python 10.8.0 threads")
    made = {name: encoder.ask("encode", content=content) for name, content in CONTENTS.items()}
    made["without padding"] = made["all"].rstrip("=")
    for name, token in {**made, **UNREADABLE}.items():
        told = {bench.name: bench.ask("token", token=token) for bench in found}
        row: dict[str, Any] = {"token": name, "text": token}
        if name in CONTENTS:
            row["content"] = CONTENTS[name]
        yield {**row, "told": told}


def authorizations(found: list[Bench]) -> Rows:
    """Which ``auth`` goes out with which call: the key's, the token's, or none."""
    (encoder,) = (bench for bench in found if bench.name == "python 10.8.0 threads")
    token = encoder.ask("encode", content=CONTENTS["of users and spaces"])
    words = {"": "none", "auth-key": "key", token: "token"}
    for call in AUTHORIZED:
        for bench in found:
            row: dict[str, Any] = {"sdk": bench.name, "call": call, "auth": {}}
            for case, settings, has_token in (
                ("key", {"auth_key": "auth-key"}, False),
                ("token", {}, True),
                ("key and token", {"auth_key": "auth-key"}, True),
                ("secret", {"secret_key": SECRET}, False),
                ("secret, key and token", {"secret_key": SECRET, "auth_key": "auth-key"}, True),
            ):
                if call in ROOT and "secret" not in case:
                    continue
                made = bench.made(call, token=token if has_token else None, **settings)
                targets = [f"{request.method} {request.target}" for request in made.requests]
                # The address of a file is made without a request.
                targets = targets or [str(made.told.get("told"))]
                row["auth"][case] = [
                    f"{target.partition('?')[0]}: {words[unquote(query(target).get('auth', ''))]}"
                    for target in targets
                ]
            yield row


def encryptions(found: list[Bench]) -> Rows:
    """Files and the messages about them as they are sent with a cipher key, and read again."""
    for bench in found:
        modules = () if "4.8" in bench.name else MODULES[bench.name.split()[0]]
        cases: list[dict[str, Any]] = [{}, {"use_random_initialization_vector": False}]
        cases += [{"use_random_initialization_vector": True}]
        cases += [{"crypto_module": module} for module in modules]
        for case in cases:
            settings = {"cipher_key": CIPHER_KEY, **case}
            sent = bench.made("files send", **settings)
            if "failed" in sent.told and not sent.requests:
                continue
            (upload,) = (request for request in sent.requests if parts(request))
            (content,) = (part.content for part in parts(upload) if 'name="file"' in part.head)
            message = sent.requests[-1].target.split("?")[0].rpartition("/")[2]
            again = bench.made("files download", **settings)
            yield {
                "sdk": bench.name,
                "settings": settings,
                "plain": "content",
                "encrypted": base64.b64encode(content).decode(),
                "message": json.loads(unquote(message)),
                "downloaded": again.told.get("told", again.told.get("failed")),
            }
