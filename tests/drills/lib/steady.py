# SPDX-License-Identifier: Apache-2.0
"""Whether a pair's master alone holds the address, on a machine that may keep it from saying so.

A backup that hears nothing for as long as it waits takes over, rightly; what it heard is on the wire.
"""

import time


def fell_silent(pair, since):
    """Says whether the master's adverts were further apart than a backup waits, from a time on."""
    wait_s = 3 * pair.layout.interval_s
    seen = [advert.at for advert in pair.capture.adverts(pair.master.address, since - wait_s)]
    return any(later - earlier > wait_s for earlier, later in zip(seen, [*seen[1:], time.time()]))


def rules_alone(pair, since):
    """Says whether the master alone holds the address, or had no processor to defend it with."""
    return pair.owners() == [pair.master.name] or fell_silent(pair, since)
