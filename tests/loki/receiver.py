"""Takes Loki's push protocol to pieces as Loki does, and answers its query for what arrived.

For machines where Grafana's Loki is not installed. A push is a snappy block that holds a protobuf
message (logproto.PushRequest); anything that is not exactly that is refused with 400 and the reason,
as the real one would. Kept in memory, newest last.

    receiver.py PORT        on 127.0.0.1
"""

import json
import re
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"'
STREAMS: list[tuple[dict[str, str], int, str]] = []


class Malformed(Exception):
    pass


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Malformed("a number that does not end")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def snappy_block(data: bytes) -> bytes:
    """The format of google/snappy's format_description.txt: length, then literals and copies."""
    length, at = varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag, kind = data[at] >> 2, data[at] & 3
        at += 1
        if kind == 0:
            if tag >= 60:
                extra = tag - 59
                tag = int.from_bytes(data[at : at + extra], "little")
                at += extra
            out += data[at : at + tag + 1]
            at += tag + 1
            continue
        if kind == 1:
            size, offset = (tag & 7) + 4, (tag >> 3) << 8 | data[at]
            at += 1
        else:
            width = 2 if kind == 2 else 4
            size, offset = tag + 1, int.from_bytes(data[at : at + width], "little")
            at += width
        if not 0 < offset <= len(out):
            raise Malformed("snappy: a copy from before the beginning")
        for _ in range(size):  # a copy may overlap what it writes
            out.append(out[-offset])
    if len(out) != length:
        raise Malformed(f"snappy: {len(out)} bytes where {length} were announced")
    return bytes(out)


def fields(message: bytes):
    """(number, value) of a protobuf message; bytes for length-delimited fields."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        if key & 7 == 0:
            value, at = varint(message, at)
        elif key & 7 == 1:
            value, at = message[at : at + 8], at + 8
        elif key & 7 == 2:
            size, at = varint(message, at)
            value, at = message[at : at + size], at + size
            if len(value) != size:
                raise Malformed("protobuf: a field that is cut off")
        else:
            raise Malformed(f"protobuf: wire type {key & 7}")
        yield key >> 3, value


def pushed(body: bytes):
    """logproto.PushRequest: streams = 1; of a stream labels = 1, entries = 2; of an entry
    timestamp = 1 (seconds = 1, nanos = 2), line = 2."""
    for number, stream in fields(snappy_block(body)):
        if number != 1:
            continue
        labels, entries = None, []
        for number, value in fields(stream):
            if number == 1:
                text = value.decode()
                if not re.fullmatch(r"\{\s*" + LABEL + r"(\s*,\s*" + LABEL + r")*\s*\}", text):
                    raise Malformed(f"labels that Loki cannot read: {text}")
                labels = dict(re.findall(LABEL, text))
            elif number == 2:
                entries.append(value)
        if not labels:
            raise Malformed("a stream without labels")
        for entry in entries:
            parts = dict(fields(entry))
            if 1 not in parts or 2 not in parts:
                raise Malformed("an entry without time or line")
            time = dict(fields(parts[1]))
            yield labels, time.get(1, 0) * 10**9 + time.get(2, 0), parts[2].decode()


def query(text: str) -> dict:
    """`{label="value"} |= "part"`: streams that carry the labels, lines that hold the part."""
    found = re.fullmatch(r'\{([^}]*)\}\s*(?:\|=\s*"([^"]*)")?', text.strip())
    if not found:
        raise Malformed("only {label=\"value\"} |= \"part\" is understood")
    wanted, part = dict(re.findall(LABEL, found[1])), found[2] or ""
    result: dict[str, dict] = {}
    for labels, time, line in STREAMS:
        if wanted.items() <= labels.items() and part in line:
            stream = result.setdefault(json.dumps(labels, sort_keys=True), {"stream": labels, "values": []})
            stream["values"].append([str(time), line])
    return {"status": "success", "data": {"resultType": "streams", "result": list(result.values())}}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        if address.path == "/ready":
            self.answer(200, b"ready\n")
        elif address.path == "/loki/api/v1/query_range":
            try:
                asked = urllib.parse.parse_qs(address.query).get("query", [""])[0]
                self.answer(200, json.dumps(query(asked)).encode(), "application/json")
            except Malformed as reason:
                self.answer(400, str(reason).encode())
        else:
            self.answer(404, b"not found\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/loki/api/v1/push":
            return self.answer(404, b"not found\n")
        if self.headers.get("Content-Type") != "application/x-protobuf":
            return self.answer(415, b"Content-Type must be application/x-protobuf\n")
        try:
            STREAMS.extend(pushed(body))
        except (Malformed, IndexError, UnicodeDecodeError, TypeError) as reason:
            return self.answer(400, str(reason).encode())
        self.answer(204, b"")

    def answer(self, status: int, body: bytes, kind: str = "text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
