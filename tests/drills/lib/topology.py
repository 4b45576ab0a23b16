# SPDX-License-Identifier: Apache-2.0
"""`holdfast_drill.topology`, under the name by which drills know it: it is the same module."""

import sys

from holdfast_drill import topology

sys.modules[__name__] = topology
