# SPDX-License-Identifier: Apache-2.0
"""Whether adverts are on time, on a machine of which nobody knows how busy it is.

An advert is due one interval after the one before it. It may be as late as the daemon's loop was at
its worst, which the daemon itself measures (`loop` of the status), and as its work after the timer
took: what the kernel says that the daemon ran, or stood in the queue of a processor, meanwhile
(lib/book.py). No number here is a guess; what is later than that was not sent when its
timer came.
"""

import threading

from lib.book import Book
from lib.capture import Capture
from lib.crowd import transitions

READ_S = 0.02
GRAIN_S = 2e-6  # both the loop's timers and its lag count in microseconds
SLEW = 500e-6   # the wall clock, which stamps packets, goes that much wrong while it is set: adjtimex(2)


class Punctuality:
    """Watches a director's adverts where they leave it, and what the kernel lets the daemon do.

    with Punctuality(director, interval_s) as watch: ...
    assert not watch.late()
    """

    def __init__(self, director, interval_s):
        self._director = director
        self._interval_s = interval_s
        self._capture = Capture(director.host)  # time stamps of the moment of sending
        self._book = Book(director.daemon.process)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._book.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *words):
        self._over.set()
        self._thread.join()
        self._book.__exit__(*words)

    def _run(self):
        while not self._over.wait(READ_S):
            self._capture.packets()  # its queue must not run over

    def busy_s(self, start, end):
        """How long the daemon ran or wanted to between two times; whole samples, so rather more."""
        return self._book.busy_s(start, end)

    def lag_s(self):
        """How late the loop was at its worst since the daemon started, as it says itself."""
        return self._director.daemon.status()["loop"]["lag"]["max_us"] / 1e6

    def adverts(self, vrid=None):
        """The director's adverts so far."""
        return self._capture.adverts(self._director.address, vrid=vrid)

    def late(self):
        """The adverts that were later than they may have been, in words; none is what is wanted.

        One that follows a change of state is not due by the one before.
        """
        lag_s = self.lag_s()
        apart = [line.at for line in transitions(self._director)]
        last, late = {}, []
        for advert in self.adverts():
            before = last.get(advert.vrid)
            last[advert.vrid] = advert
            if before is None or 0 in (before.priority, advert.priority) \
                    or any(before.at <= at <= advert.at for at in apart):
                continue
            due = before.at + self._interval_s
            limit_s = lag_s + self.busy_s(due, advert.at) \
                + GRAIN_S + SLEW * (advert.at - before.at)
            if advert.at - due > limit_s:
                late.append(f"virtual router {advert.vrid}: {1000 * (advert.at - due):.1f} ms late, "
                            f"its loop was {1000 * lag_s:.1f} ms, its limit is "
                            f"{1000 * limit_s:.1f} ms")
        return late
