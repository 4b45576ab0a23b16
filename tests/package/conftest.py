# SPDX-License-Identifier: Apache-2.0
"""What the drills have to look with, for the packages as well."""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "drills")]
