"""The same work in eight threads at once."""

import threading
from collections.abc import Callable

AT_ONCE = 8


def together(work: Callable[[int], None]) -> None:
    """Do it in eight threads at once; what one of them raises is raised here."""
    failures: list[BaseException] = []
    start = threading.Barrier(AT_ONCE)

    def one(number: int) -> None:
        start.wait()
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
