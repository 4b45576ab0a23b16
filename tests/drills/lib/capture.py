# SPDX-License-Identifier: Apache-2.0
"""`holdfast_drill.capture`, under the name by which drills know it: it is the same module."""

import sys

from holdfast_drill import capture

sys.modules[__name__] = capture
