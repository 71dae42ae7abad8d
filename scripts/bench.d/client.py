"""A client of the API over one connection, and the papers that it hands in."""

import http.client
import json
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

# One page with a text layer, whose person is in the demonstration clinic.
PAPER = (Path(__file__).parent.parent.parent / "tests/corpus/semen_us_andrology_reportlab.pdf").read_bytes()


def answers(port: int, path: str) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False


class Client:
    def __init__(self, url: str, token: str, timeout: float = 120):
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
        self.token = token

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "", **headers) -> tuple[int, bytes]:
        headers |= {"Authorization": f"Bearer {self.token}"} | ({"Content-Type": kind} if kind else {})
        self.connection.request(method, path, body or None, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def get(self, path: str) -> dict:
        status, body = self.ask("GET", path)
        if status != 200:
            raise SystemExit(f"GET {path}: {status} {body[:300]!r}")
        return json.loads(body)

    def post(self, path: str, content: dict, method: str = "POST", expect=(200, 201, 204), **headers) -> dict:
        status, body = self.ask(method, path, json.dumps(content).encode(), "application/json", **headers)
        if status not in expect:
            raise SystemExit(f"{method} {path}: {status} {body[:300]!r}")
        return json.loads(body) if body else {}

    def upload(self, paper: bytes | None = None) -> str:
        """The id of the document. Another comment after the end makes other bytes of a report."""
        paper = paper or PAPER + b"\n%% " + uuid.uuid4().hex.encode() + b"\n"
        head, tail = form("report.pdf")
        status, answer = self.ask("POST", "/api/v1/documents", head + paper + tail, KIND)
        if status != 201:
            raise SystemExit(f"an upload was answered {status}: {answer[:300]!r}")
        return json.loads(answer)["documents"][0]["id"]

    def send_file(self, pieces: list[bytes]) -> float:
        """Seconds from the first byte of a large file to its receipt; sent as it lies in memory."""
        head, tail = form("scan.pdf")
        length = len(head) + sum(map(len, pieces)) + len(tail)
        began = time.perf_counter()
        self.connection.putrequest("POST", "/api/v1/documents")
        for name, value in (("Authorization", f"Bearer {self.token}"), ("Content-Type", KIND), ("Content-Length", str(length))):
            self.connection.putheader(name, value)
        self.connection.endheaders(head)
        for piece in pieces:
            self.connection.send(piece)
        self.connection.send(tail)
        answer = self.connection.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise SystemExit(f"an upload was answered {answer.status}: {said[:300]!r}")
        return time.perf_counter() - began


KIND = "multipart/form-data; boundary=cut"


def form(name: str) -> tuple[bytes, bytes]:
    head = f'--cut\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/pdf\r\n\r\n'
    return head.encode(), b"\r\n--cut--\r\n"
