# SPDX-License-Identifier: Apache-2.0
"""The shortest interval that version 3 can tell: a hundred adverts a second."""

import pytest

from lib.pairs import BACKUP_PRIORITY, MySqlLayoutV3, Pair
from lib.punctual import GRAIN_S, Punctuality
from lib.waiting import SLACK_S, wait_until

pytestmark = pytest.mark.ours

INTERVAL_S = 0.01
DOWN_S = 3 * INTERVAL_S + (256 - BACKUP_PRIORITY) / 256 * INTERVAL_S  # RFC 9568 6.1
ADVERTS = 100


def test_a_killed_master_is_followed_within_four_hundredths_of_a_second(net):
    """The down time, and what the backup itself says that its loop was late, and had to do."""
    layout = type("Fast", (MySqlLayoutV3,), {"interval_s": INTERVAL_S,
                  "configuration": MySqlLayoutV3.configuration.replace(
                      "advert_int 0.2", f"advert_int {INTERVAL_S}")})
    pair = Pair(net, ("holdfast", "holdfast"), layout, vrrp_only=True)
    pair.start()
    with Punctuality(pair.master, INTERVAL_S) as master:
        wait_until(lambda: len(master.adverts()) >= ADVERTS, ADVERTS * INTERVAL_S + 1 + SLACK_S,
                   "a hundred adverts")
        assert not master.late()
    assert {advert.interval_ms for advert in pair.capture.adverts()} == {1000 * INTERVAL_S}
    with Punctuality(pair.backup, INTERVAL_S) as backup:
        killed = pair.master.daemon.kill()
        (first, *_) = wait_until(lambda: pair.capture.adverts(pair.backup.address, killed),
                                 DOWN_S + SLACK_S, "the backup's advert")
        wait_until(lambda: pair.owners()[-1:] == [pair.backup.name], SLACK_S, "it has the address")
        lag_s = backup.lag_s()
    last = pair.capture.adverts(pair.master.address)[-1]
    limit_s = DOWN_S + lag_s + backup.busy_s(last.at, first.at) + GRAIN_S
    silence_s = first.at - last.at
    assert silence_s <= limit_s, f"{1000 * silence_s:.1f} ms, its limit is {1000 * limit_s:.1f} ms"
    assert silence_s >= DOWN_S - lag_s - INTERVAL_S, "it did not wait"
