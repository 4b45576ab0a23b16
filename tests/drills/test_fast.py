# SPDX-License-Identifier: Apache-2.0
"""The shortest interval that version 3 can tell: a hundred adverts a second."""

import pytest

from lib.capture import Capture
from lib.pairs import BACKUP_PRIORITY, MySqlLayoutV3, Pair
from lib.punctual import GRAIN_S, Punctuality
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

INTERVAL_S = 0.01
DOWN_S = 3 * INTERVAL_S + (256 - BACKUP_PRIORITY) / 256 * INTERVAL_S  # RFC 9568 6.1
ADVERTS = 100
LIMIT_S = 10  # for what comes true, whenever the machine gets to it


def test_a_killed_master_is_followed_within_four_hundredths_of_a_second(net):
    """The down time, and what the backup itself says that its loop was late, and had to do.

    Both ends of it are measured where the backup is: the last advert as it came in, its own as it left.
    """
    layout = type("Fast", (MySqlLayoutV3,), {"interval_s": INTERVAL_S,
                  "configuration": MySqlLayoutV3.configuration.replace(
                      "advert_int 0.2", f"advert_int {INTERVAL_S}")})
    pair = Pair(net, ("holdfast", "holdfast"), layout, vrrp_only=True)
    seen = Capture(pair.backup.host)
    pair.start()
    with Punctuality(pair.master, INTERVAL_S) as master:
        wait_until(lambda: len(master.adverts()) >= ADVERTS, LIMIT_S, "a hundred adverts")
        assert not master.late()
    assert {advert.interval_ms for advert in pair.capture.adverts()} == {1000 * INTERVAL_S}
    with Punctuality(pair.backup, INTERVAL_S) as backup:
        killed = pair.master.daemon.kill()
        wait_until(lambda: backup.adverts() and backup.adverts()[-1].at > killed, LIMIT_S,
                   "the backup's advert")
        wait_until(lambda: pair.owners()[-1:] == [pair.backup.name], LIMIT_S, "it has the address")
        lag_s = backup.lag_s()
    last = seen.adverts(pair.master.address)[-1]
    # One that was master for a moment, since the other got no processor, yields to the last advert.
    first = next(advert for advert in seen.adverts(pair.backup.address) if advert.at > last.at)
    limit_s = DOWN_S + lag_s + backup.busy_s(last.at, first.at) + GRAIN_S
    silence_s = first.at - last.at
    assert silence_s <= limit_s, f"{1000 * silence_s:.1f} ms, its limit is {1000 * limit_s:.1f} ms"
    assert silence_s >= DOWN_S - lag_s - INTERVAL_S, "it did not wait"
