/* SPDX-License-Identifier: Apache-2.0
 *
 * What the VRRP module needs of others: interfaces, addresses, announcements. src/daemon fills it in; a
 * test may fill it with its own.
 */
#ifndef HOLDFAST_VRRP_HOOKS_H
#define HOLDFAST_VRRP_HOOKS_H

#include "parser/conf.h"
#include "vrrp/track.h"

#include <stdbool.h>
#include <stdint.h>

/* An interface as a virtual router sees it. */
struct vrrp_link {
    int index;
    bool running;             /* it counts as up, with a carrier */
    bool awaited;             /* it is the other now, which counts in a while */
    uint32_t mtu;             /* bytes */
    struct inet_addr primary; /* of the family asked for (IPv6: link-local); AF_UNSPEC: none */
    struct inet_addr global;  /* IPv6: the first one that is not link-local; AF_UNSPEC: none */
    bool tentative;           /* IPv6: a link-local address is there, still looked for elsewhere */
};

/* How a route or a rule is. */
struct vrrp_owned {
    bool present;        /* the kernel has it */
    const char *trouble; /* why not; NULL: nothing is known */
};
/* What an operator wants of an instance. */
struct vrrp_steering {
    struct track_operator operator;
    bool drained; /* it takes no part: no adverts, never master */
};

enum { VRRP_PROBLEM_SIZE = 192 };

enum vrrp_news_kind {
    VRRP_NEWS_INSTANCE, /* an instance changed its state */
    VRRP_NEWS_GROUP,    /* a sync group did, with all its members */
    VRRP_NEWS_PRIORITY, /* the effective priority of an instance changed */
};

/* Something that the event log is about; valid during the call. */
struct vrrp_news {
    enum vrrp_news_kind kind;
    const char *name; /* of the instance or the group */
    const char *from;
    const char *to;
    const char *code;   /* why, as a word for programs; NULL: there is none */
    const char *reason; /* why, for people; NULL: there is none */
};

struct vrrp_hooks {
    void *argument;
    /* Looks an interface up. @return false where there is none of that name */
    bool (*find_link)(void *argument, const char *name, uint8_t family, struct vrrp_link *link);
    /* The instance, by its name, holds what it owns (addresses, routes, rules), or nothing, from now
     * on; both take effect with commit. */
    void (*claim)(void *argument, const struct conf_instance *instance);
    void (*release)(void *argument, const char *owner);
    void (*commit)(void *argument);
    /*
     * Tells the neighbours of an instance's addresses, `repeat` packets each.
     * @param elsewhere  only those that are on other interfaces than its adverts: garp_extra_if
     */
    void (*announce)(void *argument, const struct conf_instance *instance, uint32_t repeat,
                     bool elsewhere);
    /* What an instance has told to announce and waits is not to be told. @return whether anything is */
    bool (*hush)(void *argument, const char *owner);
    /* The last instance that had left let go of its addresses: vrrp_is_leaving() is false now. */
    void (*left)(void *argument);
    /* After vrrp_stop(): vrrp_is_telling() is false now. NULL: nobody waits for that. */
    void (*told)(void *argument);
    /* An instance's state has changed: vrrp_is_master() may answer otherwise. */
    void (*changed)(void *argument);
    /* Something has happened that the event log is to have. NULL: nobody hears of it. */
    void (*news)(void *argument, const struct vrrp_news *news);
    /* A line for the FIFOs of VRRP, without its newline. */
    void (*tell)(void *argument, const char *line);
    /* A mail is to tell of a change (smtp_alert): keepalived-reference.md 3.5. */
    void (*mail)(void *argument, const char *subject, const char *reason);
    /* Whether the kernel has this address. */
    bool (*is_present)(void *argument, const struct conf_address *address);
    /* Whether this address is this host's, on any interface. */
    bool (*is_ours)(void *argument, const struct inet_addr *addr);
    /* The number in a tracked file has changed: vrrp_each_file() tells it. */
    void (*files_changed)(void *argument);
    /* How a BFD session is, by its name. */
    enum track_status (*find_bfd)(void *argument, const char *name);
    /* What an operator wants of it now. */
    struct vrrp_steering (*find_steering)(void *argument, const struct conf_instance *instance);
    struct vrrp_owned (*find_route)(void *argument, const struct conf_route *route);
    struct vrrp_owned (*find_rule)(void *argument, const struct conf_rule *rule);
    /*
     * Makes sure that an owner's virtual interface is there; a new one is down.
     * @return its index; 0: it is not, and `problem` says why
     */
    int (*obtain_virtual)(void *argument, const char *owner, const struct conf_vmac *vmac,
                          char problem[VRRP_PROBLEM_SIZE]);
    /* Sets it up or down. */
    void (*raise_virtual)(void *argument, const char *owner, const char *name, bool up);
    /* Removes it. */
    void (*release_virtual)(void *argument, const char *owner, const char *name);
    /* promote_secondaries of an interface is held on, or let go. */
    void (*promote)(void *argument, const char *interface, bool on);
};

#endif
