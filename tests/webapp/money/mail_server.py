"""A mail server on this machine that takes and refuses as it is told."""

import socketserver
import threading

from typing_extensions import override


class MailServer(socketserver.ThreadingTCPServer):
    """``answers``: what it says to the address of a letter's reader, when that is not yes. ``asked`` are the
    readers of whom it was asked, ``taken`` those whose letters it took. ``hangs_up``: having taken one, it
    says nothing.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.answers: dict[str, str] = {}
        self.asked: list[str] = []
        self.taken: list[str] = []
        self.hangs_up = False
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @override
    def server_close(self) -> None:
        self.shutdown()
        super().server_close()


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    @override
    def handle(self) -> None:
        self._say("220 here")
        reader = ""
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "RCPT":
                reader = line.partition("<")[2].partition(">")[0]
                self.server.asked.append(reader)
                self._say(self.server.answers.get(reader, "250 yes"))
            elif word == "DATA":
                self._say("354 go on")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.server.taken.append(reader)
                if self.server.hangs_up:
                    return None
                self._say("250 taken")
            elif word == "QUIT":
                return self._say("221 bye")
            else:
                self._say("250 yes")
        return None

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")
