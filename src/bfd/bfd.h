/* SPDX-License-Identifier: Apache-2.0
 *
 * BFD as a whole (RFC 5880, 5881, 5883): all sessions of a configuration and the sockets that they
 * share.
 */
#ifndef HOLDFAST_BFD_BFD_H
#define HOLDFAST_BFD_BFD_H

#include "parser/conf.h"

#include <jansson.h>

struct bfd;
struct log;
struct loop;

/* What a session is for those who track it. */
enum bfd_status {
    BFD_STATUS_UNKNOWN, /* it has not had the time to come up since it began */
    BFD_STATUS_UP,
    BFD_STATUS_DOWN,
};

struct bfd_hooks {
    void *argument;
    /*
     * The status of a session changed; `session->vrrp` and `session->checker` say who wants to hear of
     * it. Not called within bfd_configure().
     */
    void (*changed)(void *argument, const struct conf_bfd *session, enum bfd_status status);
};

/** BFD without sessions. What is passed must outlive it. */
struct bfd *bfd_new(struct loop *loop, struct log *log, const struct bfd_hooks *hooks);

/** Frees everything, telling nobody: see bfd_stop(). NULL is allowed. */
void bfd_free(struct bfd *bfd);

/**
 * Start and reload: sessions that are the same on the wire go on, with other intervals by a poll
 * sequence; others are created, or switched off. Nothing of `conf` is needed afterwards.
 */
void bfd_configure(struct bfd *bfd, const struct conf *conf);

/** An interface came, went or changed. */
void bfd_on_link_change(struct bfd *bfd);

/** Orderly stop: every neighbor is told AdminDown. */
void bfd_stop(struct bfd *bfd);

/** The status of a session by its name; BFD_STATUS_DOWN where there is none. */
enum bfd_status bfd_status(const struct bfd *bfd, const char *name);

/** The section "bfd" of the status document: doc/status.md. */
json_t *bfd_snapshot(const struct bfd *bfd);

#endif
