# SPDX-License-Identifier: Apache-2.0
"""Who may speak in a virtual router, judged by what was heard on the wire.

On a machine that gives a master no processor for longer than a backup waits, that takes over, rightly, and yields
when it hears the master again. Nobody else may speak.
"""

from lib.waiting import SOON_S

EARLY_S = 0.05  # how much earlier than due a timer may look on another host's capture


def unprovoked(adverts, is_masters, wait_s, since=0):
    """The adverts of others than the master that nothing on the wire explains: it had spoken within what they wait.

    adverts    -- of all, in the order of the wire; what comes before the master's first one is nobody's fault
    is_masters -- says of an advert whether it is the master's
    wait_s     -- at the least
    since      -- what others said before that is not judged, but what the master did not say excuses them
    """
    heard, excused_until, found = None, 0, []
    for advert in adverts:
        if is_masters(advert):
            if heard is not None and advert.at - heard >= wait_s - EARLY_S:
                excused_until = advert.at + SOON_S  # who has taken over needs a processor to yield, too
            heard = advert.at
        elif heard is not None and advert.at - heard < wait_s - EARLY_S and advert.at > max(excused_until, since):
            found.append(advert)
    return found


def speaks_alone(adverts, is_masters, interval_s):
    """Says whether the last few adverts are all the master's."""
    last = adverts[-3:]
    return len(last) == 3 and all(map(is_masters, last)) and last[-1].at - last[0].at >= interval_s
