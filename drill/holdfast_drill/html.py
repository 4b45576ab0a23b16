# SPDX-License-Identifier: Apache-2.0
"""The report as a page."""


def page(report):
    """One self-contained HTML page."""
    return str(report)
