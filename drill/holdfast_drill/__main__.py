# SPDX-License-Identifier: Apache-2.0
"""`python3 -m holdfast_drill`."""

import sys

from holdfast_drill.main import main

sys.exit(main())
