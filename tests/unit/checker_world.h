/* SPDX-License-Identifier: Apache-2.0
 *
 * What the checker's unit tests have in common: configurations made by hand, listeners of this process,
 * and a checker on a real loop whose events and log are kept.
 */
#ifndef HOLDFAST_TESTS_CHECKER_WORLD_H
#define HOLDFAST_TESTS_CHECKER_WORLD_H

#include "unit.h"

#include "base/clock.h"
#include "base/loop.h"
#include "check/checker.h"

#include <netinet/in.h>

#define MS CLOCK_MILLISECOND
#define S  CLOCK_SECOND

/* An event that the checker told. */
struct seen {
    enum checker_event_kind kind;
    bool removed;
    uint16_t port; /* the server's; 0: about quorum */
    char reason[200];
};

/* The state of each test: WORLD_TEST() makes and frees it. */
struct world {
    struct loop *loop;
    struct log *log;
    struct runner *runner; /* NULL: no programs are started */
    pid_t helper;          /* the process that starts them */
    struct checker *checker;
    struct seen seen[64];
    unsigned seen_count;
    unsigned changes; /* calls of service_changed */
    unsigned orders;  /* calls of orders_changed */
    unsigned asked;   /* calls of server_asked */
    int log_fd;       /* what was logged */
    int stderr_fd;
};

/* Connections that come to a listener: for world_wait() with met_arrivals(). */
struct arrival {
    int fd;
    int wanted;
    int count;
    struct sockaddr_in peer;
};

struct inet_addr address_of(const char *text);

/* An empty configuration; world_configure() frees it. */
struct conf *conf_begin(void);

struct conf_service_key service_key(const char *address, uint16_t port);

struct conf_server_key server_key(const char *address, uint16_t port);

/* Adds a TCP service with quorum 1. */
struct conf_virtual_server *conf_service(struct conf *conf, const char *address, uint16_t port);

/* A server of weight 1 that is in no service: for sorry_server. */
struct conf_real_server *conf_server_alone(struct conf *conf, const char *address, uint16_t port);

/* Adds such a server to a service. */
struct conf_real_server *conf_server(struct conf *conf, struct conf_virtual_server *service,
                                     const char *address, uint16_t port);

/* A check of the server itself: every 50 ms, one retry after 10 ms, no warm-up, 500 ms to connect. */
struct conf_check *conf_check(struct conf *conf, struct conf_real_server *server);

/* The shortest one: one service, one server with one check. */
struct conf *conf_of_one(uint16_t port, struct conf_virtual_server **service,
                         struct conf_real_server **server, struct conf_check **check);

/* Listens without blocking. @param port 0: any, then set. @return the descriptor, -1 on an error */
int listen_at(const char *address, uint16_t *port, int backlog);

/* Listens at a free port of 127.0.0.1 that the kernel gives to nobody else. */
int listener(uint16_t *port);

/* A port of 127.0.0.1 where nobody listens. */
uint16_t closed_port(void);

/* Takes all waiting connections. @return how many there were */
int accept_all(int listening, struct sockaddr_in *peer);

/* A listener whose queue is full: the kernel drops what else wants to connect. */
int full_listener(uint16_t *port, int clients[4]);

void close_full_listener(int fd, const int clients[4]);

/* All that was logged so far. */
const char *logged(struct world *world);

/* What is logged between the two is kept for logged(). */
void world_log_begin(struct world *world);
void world_log_end(struct world *world);

int world_open(void **state);

/* The same with a helper process, for checks that run programs. */
int world_open_programs(void **state);

int world_close(void **state);

/* Takes a configuration and frees it, so that the sanitizer sees any pointer that was kept. */
void world_configure(struct world *world, struct conf *conf);

/* The same, with what an operator added. */
void world_configure_by_hand(struct world *world, struct conf *conf);

/* Runs the loop until something holds; a test fails where it does not within 10 s. */
void world_wait(struct world *world, const char *what,
                bool (*met)(struct world *world, void *argument), void *argument);

/* Until so many events were told since the start, and no more. */
void wait_events(struct world *world, unsigned count);

/* How many checks ended so since the start. */
json_int_t results_of(struct world *world, const char *class);

/* Until so many more checks ended so. */
void wait_results(struct world *world, const char *class, json_int_t more);

/* Lets the loop run for a time. */
void wait_time(struct world *world, int64_t span);

/* The event of this number, from 0, is this. */
void expect_seen(struct world *world, unsigned index, enum checker_event_kind kind,
                 const char *reason);

/* What is to be in the IPVS table for 127.0.0.1:PORT of the service 192.0.2.1:80. */
void expect_view(struct world *world, uint16_t port, bool present, uint32_t weight);

/* The same for its sorry server. */
void expect_sorry(struct world *world, bool present, uint32_t weight);

/* The first server of the first service; the caller owns the reference. */
json_t *first_server(struct world *world);

/* Its first check. */
json_t *first_check(struct world *world);

/* The state of the first server, as the snapshot says it. */
void expect_state(struct world *world, const char *state);

/* When its first check comes next. */
json_int_t next_in_ms(struct world *world);

/* The text of a key that must be there. */
const char *text_at(json_t *object, const char *key);

/* Takes what has come; whether the wanted number has. @param argument a struct arrival */
bool met_arrivals(struct world *world, void *argument);

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

#endif
