/* SPDX-License-Identifier: Apache-2.0
 *
 * How to leave a MySQL or MariaDB server that has greeted without being held against us: who closes the
 * connection then is counted as a failed handshake, and after max_connect_errors of them in a row the
 * server blocks his host. A login that is refused is not. So a user logs in whom nobody has. Pure.
 */
#ifndef HOLDFAST_CHECK_MYSQL_FAREWELL_H
#define HOLDFAST_CHECK_MYSQL_FAREWELL_H

#include "check/mysql_greeting.h"

#include <stddef.h>
#include <stdint.h>

/* In the server's log. Whoever makes an account of this name, without password and rights, has none. */
#define MYSQL_FAREWELL_USER "holdfast-handshake"

enum { MYSQL_FAREWELL_SIZE = 160 }; /* bytes that a step of ours has at most */

/**
 * The login of nobody.
 * @param greeting  of kind MYSQL_GREETING_GOOD
 * @return its bytes; 0: the server is older than such logins (MySQL 4.1, 2004)
 */
size_t mysql_farewell_begin(const struct mysql_greeting *greeting,
                            uint8_t out[MYSQL_FAREWELL_SIZE]);

enum mysql_farewell_step {
    MYSQL_FAREWELL_WAIT, /* more bytes are needed */
    MYSQL_FAREWELL_SAY,  /* send what is in `out`, then wait */
    MYSQL_FAREWELL_LAST, /* send what is in `out`, then close */
    MYSQL_FAREWELL_OVER, /* close */
};

/**
 * What to do on what the server says: it may ask for another kind of password, refuse, or let us in.
 * @param bytes  what it said since the last step
 * @param taken  set to how many of them are done with
 * @param count  set to the bytes in `out`
 */
enum mysql_farewell_step mysql_farewell_go(const uint8_t *bytes, size_t size, size_t *taken,
                                           uint8_t out[MYSQL_FAREWELL_SIZE], size_t *count);

#endif
