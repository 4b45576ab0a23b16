/* SPDX-License-Identifier: Apache-2.0
 *
 * The generic netlink socket to the kernel's IPVS: sends requests and batches, reads the answers and
 * puts them where they belong. What the bytes mean is kernel_codec's.
 */
#include "ipvs/kernel.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    KERNEL_BATCH_SIZE = 128 * 1024,      /* bytes; some 800 operations */
    KERNEL_RECEIVE_BUFFER = 1024 * 1024, /* bytes asked for; the kernel doubles it: socket(7) */
    /*
     * What one refusal takes of the receive buffer at the most: 36 bytes of message, and the kernel's
     * own structures around them (768 bytes on Linux 6.1, counted by tests/lab/test_ipvs_kernel.c).
     */
    KERNEL_REFUSAL_SIZE = 1024,
    KERNEL_DATAGRAMS = 16,            /* taken with one system call */
    KERNEL_DATAGRAM_SIZE = 32 * 1024, /* the kernel makes no dump's part longer: netlink_dump() */
};

struct kernel {
    struct nl_sock *socket; /* owns fd */
    int fd;
    uint16_t family;
    uint32_t sequence; /* of the next message */
    size_t batch_size; /* bytes that one system call sends at the most */
    size_t batch_count;
    uint8_t *batch;
    uint8_t *datagrams; /* KERNEL_DATAGRAMS of them */
    struct kernel_statistics statistics;
};

/* One or more messages that were sent together, and what becomes of the answers. */
struct kernel_exchange {
    uint32_t first; /* sequence numbers: from this one */
    uint32_t count;
    bool ended; /* the last answer has come */
    bool lost;  /* an answer has not */
    int error;
    uint8_t service_family;
    void (*take)(struct kernel_exchange *exchange, const struct kernel_reply *reply);
    /* where `take` puts things: */
    struct table *table;
    struct table_service *service;
    struct kernel_info *info;
    int *results;
};

/* ---- Sending and receiving --------------------------------------------------------------------- */

static int kernel_send(struct kernel *kernel, const void *data, size_t size)
{
    const struct sockaddr_nl kernel_address = {.nl_family = AF_NETLINK};
    ssize_t sent;

    do {
        sent = sendto(kernel->fd, data, size, 0, (const struct sockaddr *)&kernel_address,
                      sizeof(kernel_address));
        kernel->statistics.sends++;
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

/* Hands the messages of one datagram on, where they are answers to this exchange. */
static void kernel_take_datagram(const struct kernel *kernel, struct kernel_exchange *exchange,
                                 void *data, size_t size)
{
    struct kernel_decoder decoder = {
        .data = data,
        .size = size,
        .family = kernel->family,
        .service_family = exchange->service_family,
    };
    struct kernel_reply reply;
    enum kernel_decode_error error;

    while ((error = kernel_decode_next(&decoder, &reply)) != KERNEL_DECODE_END) {
        if (error != KERNEL_DECODE_OK) {
            exchange->error = -EBADMSG;
        } else if (reply.sequence - exchange->first < exchange->count) {
            exchange->take(exchange, &reply);
        }
    }
}

/* @return how many datagrams were taken, 0 where none is left, or -errno */
static int kernel_receive_some(struct kernel *kernel, struct kernel_exchange *exchange)
{
    struct mmsghdr headers[KERNEL_DATAGRAMS];
    struct iovec places[KERNEL_DATAGRAMS];
    int count;

    memset(headers, 0, sizeof(headers));
    for (unsigned i = 0; i < KERNEL_DATAGRAMS; i++) {
        places[i].iov_base = kernel->datagrams + (size_t)i * KERNEL_DATAGRAM_SIZE;
        places[i].iov_len = KERNEL_DATAGRAM_SIZE;
        headers[i].msg_hdr.msg_iov = &places[i];
        headers[i].msg_hdr.msg_iovlen = 1;
    }
    count = recvmmsg(kernel->fd, headers, KERNEL_DATAGRAMS, MSG_DONTWAIT, NULL);
    if (count < 0) {
        return errno == EAGAIN ? 0 : -errno;
    }
    for (int i = 0; i < count; i++) {
        if (headers[i].msg_hdr.msg_flags & MSG_TRUNC) {
            exchange->error = -EBADMSG;
        }
        kernel_take_datagram(kernel, exchange, places[i].iov_base, headers[i].msg_len);
    }
    return count;
}

/*
 * Takes answers until the last one. All of them are there already (see kernel.h), so where none is
 * left and the last one has not come, it was lost.
 */
static int kernel_receive(struct kernel *kernel, struct kernel_exchange *exchange)
{
    while (!exchange->ended) {
        int count = kernel_receive_some(kernel, exchange);

        kernel->statistics.receives++;
        if (count == -ENOBUFS) {
            kernel->statistics.overruns++;
            exchange->lost = true;
        } else if (count < 0 && count != -EINTR) {
            return count;
        } else if (count == 0) {
            exchange->lost = true;
            break;
        }
    }
    if (exchange->lost && !exchange->error) {
        exchange->error = -ENOBUFS;
    }
    return exchange->error;
}

/* ---- Asking ------------------------------------------------------------------------------------ */

static int kernel_ask(struct kernel *kernel, enum kernel_request request,
                      const struct conf_service_key *service, struct kernel_exchange *exchange)
{
    size_t size =
        kernel_encode_request(kernel->batch, kernel->family, kernel->sequence, request, service);
    int error;

    exchange->first = kernel->sequence++;
    exchange->count = 1;
    exchange->service_family = service ? service->family : 0;
    kernel->statistics.requests++;
    error = kernel_send(kernel, kernel->batch, size);
    return error ? error : kernel_receive(kernel, exchange);
}

/* What ends any exchange: a refusal, or the end of a dump. @return whether it was that */
static bool kernel_take_end(struct kernel_exchange *exchange, const struct kernel_reply *reply)
{
    if (reply->kind != KERNEL_REPLY_ANSWER && reply->kind != KERNEL_REPLY_DONE) {
        return false;
    }
    exchange->ended = true;
    if (reply->error) {
        exchange->error = reply->error;
    }
    return true;
}

static void kernel_take_info(struct kernel_exchange *exchange, const struct kernel_reply *reply)
{
    if (!kernel_take_end(exchange, reply) && reply->kind == KERNEL_REPLY_INFO) {
        *exchange->info = reply->info;
        exchange->ended = true;
    }
}

static int kernel_read_info(struct kernel *kernel, struct kernel_info *info)
{
    struct kernel_exchange exchange = {.take = kernel_take_info, .info = info};

    return kernel_ask(kernel, KERNEL_REQUEST_INFO, NULL, &exchange);
}

static void kernel_take_config(struct kernel_exchange *exchange, const struct kernel_reply *reply)
{
    if (!kernel_take_end(exchange, reply) && reply->kind == KERNEL_REPLY_CONFIG) {
        exchange->table->timeouts = reply->timeouts;
        exchange->ended = true;
    }
}

static void kernel_take_service(struct kernel_exchange *exchange, const struct kernel_reply *reply)
{
    struct table_service *service;

    if (!kernel_take_end(exchange, reply) && reply->kind == KERNEL_REPLY_SERVICE) {
        service = table_put_service(exchange->table, &reply->service.key);
        service->settings = reply->service.settings;
        service->counters = reply->service.counters;
    }
}

static void kernel_take_daemon(struct kernel_exchange *exchange, const struct kernel_reply *reply)
{
    if (!kernel_take_end(exchange, reply) && reply->kind == KERNEL_REPLY_DAEMON) {
        exchange->table->daemons[reply->role] = reply->daemon;
    }
}

int kernel_list_services(struct kernel *kernel, struct table *table)
{
    struct kernel_exchange config = {.take = kernel_take_config, .table = table};
    struct kernel_exchange services = {.take = kernel_take_service, .table = table};
    struct kernel_exchange daemons = {.take = kernel_take_daemon, .table = table};
    int error = kernel_ask(kernel, KERNEL_REQUEST_CONFIG, NULL, &config);

    if (!error) {
        error = kernel_ask(kernel, KERNEL_REQUEST_DAEMONS, NULL, &daemons);
    }
    return error ? error : kernel_ask(kernel, KERNEL_REQUEST_SERVICES, NULL, &services);
}

static void kernel_take_destination(struct kernel_exchange *exchange,
                                    const struct kernel_reply *reply)
{
    struct table_destination *destination;

    if (!kernel_take_end(exchange, reply) && reply->kind == KERNEL_REPLY_DESTINATION) {
        destination = table_put_destination(exchange->service, &reply->destination.key);
        destination->settings = reply->destination.settings;
        destination->connections = reply->destination.connections;
        destination->counters = reply->destination.counters;
    }
}

int kernel_read_destinations(struct kernel *kernel, struct table_service *service)
{
    struct kernel_exchange exchange = {.take = kernel_take_destination, .service = service};

    return kernel_ask(kernel, KERNEL_REQUEST_DESTINATIONS, &service->key, &exchange);
}

/* ---- Changing ---------------------------------------------------------------------------------- */

/* A refusal names its operation by its sequence number; the answer to the last one ends the batch. */
static void kernel_take_result(struct kernel_exchange *exchange, const struct kernel_reply *reply)
{
    uint32_t index = reply->sequence - exchange->first;

    if (reply->kind == KERNEL_REPLY_ANSWER) {
        exchange->results[index] = reply->error;
        exchange->ended = exchange->ended || index == exchange->count - 1;
    }
}

/* How many operations go into the next batch, written to kernel->batch. */
static size_t kernel_encode_batch(struct kernel *kernel, const struct plan *plan, size_t index,
                                  size_t *size)
{
    size_t total = plan_count(plan);
    size_t count = 0;
    size_t last = 0; /* where the last message begins */

    *size = 0;
    while (index + count < total && count < kernel->batch_count &&
           *size + KERNEL_CODEC_MESSAGE_SIZE <= kernel->batch_size) {
        last = *size;
        *size += kernel_encode_operation(kernel->batch + last, kernel->family,
                                         kernel->sequence + (uint32_t)count,
                                         plan_at(plan, index + count));
        count++;
    }
    kernel_want_answer(kernel->batch + last);
    return count;
}

/* @return 0, or -errno where not all results are known or the kernel could not be asked */
static int kernel_apply_batch(struct kernel *kernel, size_t size, size_t count, int *results)
{
    struct kernel_exchange exchange = {
        .first = kernel->sequence,
        .count = (uint32_t)count,
        .take = kernel_take_result,
        .results = results,
    };
    int error;

    kernel->sequence += (uint32_t)count;
    kernel->statistics.writes += count;
    error = kernel_send(kernel, kernel->batch, size);
    if (error) {
        return error;
    }
    for (size_t i = 0; i < count; i++) { /* carried out, unless the kernel says otherwise */
        results[i] = 0;
    }
    error = kernel_receive(kernel, &exchange);
    for (size_t i = 0; error && i < count; i++) {
        results[i] = results[i] ? results[i] : -ENOBUFS;
    }
    return error == -ENOBUFS ? 0 : error; /* the results tell */
}

/* An unknown scheduler and an unknown family give the same error. */
static int kernel_verify(struct kernel *kernel, const int *results, size_t count)
{
    struct kernel_info info;

    for (size_t i = 0; i < count; i++) {
        if (results[i] == -ENOENT) {
            return kernel_read_info(kernel, &info);
        }
    }
    return 0;
}

int kernel_apply(struct kernel *kernel, const struct plan *plan, int *results)
{
    size_t total = plan_count(plan);
    size_t count;
    size_t size;
    int error = 0;

    for (size_t i = 0; i < total; i++) {
        results[i] = -ECANCELED;
    }
    for (size_t index = 0; index < total && !error; index += count) {
        count = kernel_encode_batch(kernel, plan, index, &size);
        error = kernel_apply_batch(kernel, size, count, results + index);
    }
    return error ? error : kernel_verify(kernel, results, total);
}

struct kernel_statistics kernel_statistics(const struct kernel *kernel)
{
    return kernel->statistics;
}

/* ---- Connecting -------------------------------------------------------------------------------- */

static size_t kernel_socket_buffer(int fd, int option)
{
    int size = 0;
    socklen_t length = sizeof(size);

    return getsockopt(fd, SOL_SOCKET, option, &size, &length) == 0 && size > 0 ? (size_t)size : 0;
}

/* A batch is no larger than what the socket takes, and than what fits its buffer if all is refused. */
static void kernel_limit_batch(struct kernel *kernel)
{
    const int wanted = KERNEL_RECEIVE_BUFFER;
    const int on = 1;
    size_t sending;

    if (setsockopt(kernel->fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)) != 0) {
        (void)setsockopt(kernel->fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
    }
    (void)setsockopt(kernel->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
    kernel->batch_count = kernel_socket_buffer(kernel->fd, SO_RCVBUF) / KERNEL_REFUSAL_SIZE;
    if (kernel->batch_count == 0) {
        kernel->batch_count = 1;
    }
    sending = kernel_socket_buffer(kernel->fd, SO_SNDBUF) / 2; /* it counts its own overhead too */
    kernel->batch_size = sending < KERNEL_BATCH_SIZE ? sending : KERNEL_BATCH_SIZE;
    if (kernel->batch_size < KERNEL_CODEC_MESSAGE_SIZE) {
        kernel->batch_size = KERNEL_CODEC_MESSAGE_SIZE;
    }
}

static int kernel_open_socket(struct kernel *kernel)
{
    const struct sockaddr_nl own = {.nl_family = AF_NETLINK};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

    if (fd < 0) {
        return -errno;
    }
    kernel->socket = nl_socket_alloc();
    if (!kernel->socket) {
        memory_exhausted(sizeof(void *)); /* nl_socket_alloc() fails for no other reason */
    }
    if (bind(fd, (const struct sockaddr *)&own, sizeof(own)) != 0) {
        int error = -errno;

        (void)close(fd);
        return error;
    }
    if (nl_socket_set_fd(kernel->socket, NETLINK_GENERIC, fd) != 0) {
        (void)close(fd);
        return -EPROTONOSUPPORT;
    }
    kernel->fd = fd;
    return 0;
}

static int kernel_resolve(struct kernel *kernel)
{
    int family = genl_ctrl_resolve(kernel->socket, IPVS_GENL_NAME);

    if (family < 0) {
        return family == -NLE_OBJ_NOTFOUND ? -ENOENT : family == -NLE_PERM ? -EPERM : -EIO;
    }
    kernel->family = (uint16_t)family;
    return 0;
}

struct kernel *kernel_open(struct kernel_info *info, int *error)
{
    struct kernel *kernel = memory_new(1, sizeof(*kernel));

    kernel->sequence = 1;
    kernel->batch = memory_new(1, KERNEL_BATCH_SIZE);
    kernel->datagrams = memory_new(KERNEL_DATAGRAMS, KERNEL_DATAGRAM_SIZE);
    *error = kernel_open_socket(kernel);
    if (!*error) {
        *error = kernel_resolve(kernel);
    }
    if (!*error) {
        kernel_limit_batch(kernel);
        *error = kernel_read_info(kernel, info);
    }
    if (*error) {
        kernel_close(kernel);
        return NULL;
    }
    return kernel;
}

void kernel_close(struct kernel *kernel)
{
    if (!kernel) {
        return;
    }
    nl_socket_free(kernel->socket);
    free(kernel->batch);
    free(kernel->datagrams);
    free(kernel);
}
