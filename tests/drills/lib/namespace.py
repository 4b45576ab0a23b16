# SPDX-License-Identifier: Apache-2.0
"""`holdfast_drill.namespace`, under the name by which drills know it: it is the same module."""

import sys

from holdfast_drill import namespace

sys.modules[__name__] = namespace
