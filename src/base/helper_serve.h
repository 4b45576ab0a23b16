/* SPDX-License-Identifier: Apache-2.0
 *
 * The helper process itself: base/helper.h says what it is for. Only helper.c includes this.
 */
#ifndef HOLDFAST_BASE_HELPER_SERVE_H
#define HOLDFAST_BASE_HELPER_SERVE_H

#include <stdint.h>

/**
 * What the helper does until the daemon closes its end; called in the process that was forked.
 * @param fd    its end of the socket
 * @param keep  the capabilities that it goes on using once it has settled
 */
void helper_serve(int fd, uint64_t keep) __attribute__((noreturn));

#endif
