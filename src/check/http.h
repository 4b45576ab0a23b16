/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP_GET and SSL_GET: whether a server answers HTTP requests as it should, plain or over TLS.
 */
#ifndef HOLDFAST_CHECK_HTTP_H
#define HOLDFAST_CHECK_HTTP_H

#include "check/kind.h"

extern const struct check_kind http_kind;
extern const struct check_kind https_kind;

#endif
