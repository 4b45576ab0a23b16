/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections of ours in libmariadb's hands: its interface for plugins that carry bytes (ma_pvio.h).
 * Its calls that wait are used; how they do is up to who gave the connection.
 */
#include "check/mysql_io.h"

#include <errno.h>
#include <ma_pvio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/*
 * What mysql/client_plugin.h declares of plugins. It cannot be included: it asks for a header that
 * Debian's libmariadb-dev does not have.
 */
enum { IO_PLUGIN = 101, IO_PLUGIN_VERSION = 0x0100 }; /* MARIADB_CLIENT_PVIO_PLUGIN... */

struct io_plugin {
    int type;
    unsigned interface_version;
    const char *name;
    const char *author;
    const char *description;
    unsigned version[3];
    const char *license;
    void *mysql_api;
    int (*init)(char *error, size_t size, int count, va_list arguments);
    int (*deinit)(void);
    int (*options)(const char *option, const void *value);
    PVIO_METHODS *methods;
};

static char io_option[] = "holdfast"; /* the name of our user data of a handle */

static my_bool io_set_timeout(MARIADB_PVIO *pvio, enum enum_pvio_timeout type, int seconds)
{
    (void)pvio; /* the time is kept by who waits */
    (void)type;
    (void)seconds;
    return 0;
}

static int io_get_timeout(MARIADB_PVIO *pvio, enum enum_pvio_timeout type)
{
    (void)pvio;
    (void)type;
    return 0;
}

static ssize_t io_read_ahead(struct mysql_io *io, uchar *buffer, size_t size)
{
    size_t taken = size < io->ahead_size ? size : io->ahead_size;

    memcpy(buffer, io->ahead, taken);
    io->ahead += taken;
    io->ahead_size -= taken;
    return (ssize_t)taken;
}

/* Whether an operation that has failed is to be tried again, after waiting. */
static bool io_again(struct mysql_io *io, bool writable)
{
    if (errno == EINTR) {
        return true;
    }
    if (errno != EAGAIN) {
        return false;
    }
    if (!io->wait(io, writable)) {
        errno = ETIMEDOUT;
        return false;
    }
    return true;
}

static ssize_t io_read(MARIADB_PVIO *pvio, uchar *buffer, size_t size)
{
    struct mysql_io *io = pvio->data;
    ssize_t done;

    if (io->ahead_size) {
        return io_read_ahead(io, buffer, size);
    }
    do {
        done = recv(io->fd, buffer, size, MSG_DONTWAIT);
    } while (done < 0 && io_again(io, false));
    return done;
}

static ssize_t io_write(MARIADB_PVIO *pvio, const uchar *buffer, size_t size)
{
    struct mysql_io *io = pvio->data;
    ssize_t done;

    do {
        done = send(io->fd, buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (done < 0 && io_again(io, true));
    return done;
}

/* For TLS, which reads and writes by itself. @return above 0: it can go on */
static int io_wait(MARIADB_PVIO *pvio, my_bool is_read, int timeout)
{
    struct mysql_io *io = pvio->data;

    (void)timeout;
    if (!io->wait(io, !is_read)) {
        errno = ETIMEDOUT;
        return 0;
    }
    return 1;
}

static int io_blocking(MARIADB_PVIO *pvio, my_bool value, my_bool *old)
{
    (void)pvio;
    (void)value;
    if (old) {
        *old = 0;
    }
    return 0;
}

static my_bool io_connect(MARIADB_PVIO *pvio, MA_PVIO_CINFO *cinfo)
{
    struct mysql_io *io = NULL;

    if (mysql_get_optionv(cinfo->mysql, MARIADB_OPT_USERDATA, io_option, &io) != 0 || !io ||
        io->taken) {
        return 1;
    }
    io->taken = true;
    pvio->mysql = cinfo->mysql;
    pvio->data = io;
    return 0;
}

static my_bool io_close(MARIADB_PVIO *pvio)
{
    pvio->data = NULL;
    return 0;
}

static int io_nothing(MARIADB_PVIO *pvio)
{
    (void)pvio;
    return 0;
}

static my_bool io_get_handle(MARIADB_PVIO *pvio, void *handle)
{
    const struct mysql_io *io = pvio->data;

    if (!io) {
        return 1;
    }
    *(my_socket *)handle = io->fd;
    return 0;
}

static my_bool io_is_blocking(MARIADB_PVIO *pvio)
{
    (void)pvio;
    return 0;
}

static my_bool io_is_alive(MARIADB_PVIO *pvio)
{
    return pvio->data ? 1 : 0;
}

static my_bool io_has_data(MARIADB_PVIO *pvio, ssize_t *size)
{
    const struct mysql_io *io = pvio->data;
    int waiting = 0;

    if (!io || ioctl(io->fd, FIONREAD, &waiting) != 0) {
        return 1;
    }
    *size = waiting;
    return 0;
}

static PVIO_METHODS io_methods = {
    .set_timeout = io_set_timeout,
    .get_timeout = io_get_timeout,
    .read = io_read,
    .write = io_write,
    .wait_io_or_timeout = io_wait,
    .blocking = io_blocking,
    .connect = io_connect,
    .close = io_close,
    .fast_send = io_nothing,
    .keepalive = io_nothing,
    .get_handle = io_get_handle,
    .is_blocking = io_is_blocking,
    .is_alive = io_is_alive,
    .has_data = io_has_data,
    .shutdown = io_nothing,
};

const char *mysql_io_open(void)
{
    const char *problem = NULL;
    struct io_plugin *plugin;
    MYSQL mysql;

    if (mysql_library_init(0, NULL, NULL) != 0 || !mysql_init(&mysql)) {
        return "libmariadb cannot be readied";
    }
    plugin = (struct io_plugin *)mysql_client_find_plugin(&mysql, "pvio_socket", IO_PLUGIN);
    if (!plugin || plugin->type != IO_PLUGIN || plugin->interface_version != IO_PLUGIN_VERSION) {
        problem = "this libmariadb takes no connections of others";
    } else {
        plugin->methods = &io_methods;
    }
    mysql_close(&mysql);
    return problem;
}

void mysql_io_close(void)
{
    mysql_library_end();
}

int mysql_io_give(MYSQL *mysql, struct mysql_io *io)
{
    return mysql_optionsv(mysql, MARIADB_OPT_USERDATA, io_option, io);
}
