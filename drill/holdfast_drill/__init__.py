# SPDX-License-Identifier: Apache-2.0
"""holdfast-drill: a failover of a cluster's own configuration, rehearsed in network namespaces."""
