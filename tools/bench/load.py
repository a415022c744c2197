"""A small load generator: connections kept by a few threads, in a process of its own; it prints answers a second."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time


def main() -> None:
    """Ask the same request again and again, as the one JSON argument says."""
    said = json.loads(sys.argv[1])
    body = json.dumps(said["body"]).encode()
    head = (
        f"POST {said['path']} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {said['token']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    request, until = head.encode() + body, time.monotonic() + said["seconds"]
    done: list[int] = []
    failures: list[bytes] = []

    def ask() -> None:
        count = 0
        with socket.create_connection(("127.0.0.1", said["port"]), timeout=20) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.monotonic() < until:
                connection.sendall(request)
                answer = _read(connection)
                if not answer.startswith(b"HTTP/1.1 200"):
                    failures.append(answer[:200])
                    return
                count += 1
        done.append(count)

    threads = [threading.Thread(target=ask) for _ in range(said["connections"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures or len(done) < said["connections"]:
        raise SystemExit(f"not answered: {failures[:1]!r}")
    print(sum(done) / said["seconds"])


def _read(connection: socket.socket) -> bytes:
    """One whole answer."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(rest) < length:
        rest += _more(connection)
    return head + b"\r\n\r\n" + rest


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise ConnectionError("closed")
    return part


if __name__ == "__main__":
    main()
