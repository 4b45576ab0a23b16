dnl SPDX-License-Identifier: Apache-2.0
dnl HOLDFAST_MISSING(DEBIAN-PACKAGE): remember a missing package, once.
AC_DEFUN([HOLDFAST_MISSING],
    [AS_CASE([" $missing_packages "], [*" $1 "*], [], [missing_packages="$missing_packages $1"])])

dnl HOLDFAST_LIBRARY(VARIABLE, MODULE, DEBIAN-PACKAGE): find a library with pkg-config or remember its package.
AC_DEFUN([HOLDFAST_LIBRARY], [PKG_CHECK_MODULES([$1], [$2], [], [HOLDFAST_MISSING([$3])])])
