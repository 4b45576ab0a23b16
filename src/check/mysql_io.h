/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection of ours in libmariadb's hands. By itself the library makes its own, without a mark, an
 * interface or a port of the source, after looking up a name; and its calls that are not to wait
 * (MYSQL_OPT_NONBLOCK) do wait, in poll(2), for the server's part of a TLS handshake. So its plugin
 * for sockets gets our functions: they take a connection that is there, and whenever the library would
 * wait they ask who gave it.
 */
#ifndef HOLDFAST_CHECK_MYSQL_IO_H
#define HOLDFAST_CHECK_MYSQL_IO_H

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mysql_io {
    int fd;               /* connected, does not block; stays its maker's */
    const uint8_t *ahead; /* what was read from it before */
    size_t ahead_size;
    /** Waits until it can be read, or written. @return false: nothing comes any more */
    bool (*wait)(struct mysql_io *io, bool writable);
    bool taken; /* the library has it */
};

/**
 * Readies libmariadb, and puts our functions in their place; to be called once before its use.
 * @return NULL, or why that cannot be
 */
const char *mysql_io_open(void);

/** Frees what libmariadb holds. */
void mysql_io_close(void);

/** Gives a handle its connection: it "connects" with this. @return 0, or an error of libmariadb's */
int mysql_io_give(MYSQL *mysql, struct mysql_io *io);

#endif
