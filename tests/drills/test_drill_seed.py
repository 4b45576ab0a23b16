# SPDX-License-Identifier: Apache-2.0
"""holdfast-drill on the seed's pair, through the virtual service of the real kernel."""

import json
import subprocess

import pytest

from lib.daemons import BUILD
from lib.pairs import SEED

pytestmark = pytest.mark.ipvs


def test_seed_pair_is_rehearsed_through_its_virtual_service(tmp_path):
    """Clients connect through IPVS to the stand-ins of MySQL; a reload costs nothing, a power cut what it must."""
    done = subprocess.run(
        [BUILD / "drill/holdfast-drill", "--twin", SEED, "--scenario", "reload", "--scenario", "power", "--interval", "20",
         "--slack", "30000", "--out", tmp_path], check=False, text=True, timeout=400, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["ipvs"] and [each["name"] for each in report["directors"]] == ["lb01", "lb02"]
    found = {record["name"]: record for record in report["scenarios"]}
    for record in found.values():
        (target,) = record["targets"]
        assert target["name"] == "172.16.1.18:3306/tcp" and target["requests"] > target["lost"]
        assert record["metrics"]["connections"] == 5
    assert found["reload"]["metrics"]["lost_connections"] == 0
    assert found["reload"]["metrics"]["lost_requests"] == 0
    power = found["power"]["metrics"]
    assert power["silence_s"] > 3.5, "three adverts and the skew time must be missing"
    assert power["downtime_s"] > 1 and power["lost_requests"] > 0
    assert power["lost_connections"] == 5, "no director knows of the other's connections without lvs_sync_daemon"
