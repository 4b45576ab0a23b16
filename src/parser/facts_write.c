/* SPDX-License-Identifier: Apache-2.0
 *
 * Values back into words: the opposite of the readers in build_*.c. Pure.
 */
#include "parser/facts_write.h"

#include "base/filemode.h"
#include "base/text.h"
#include "parser/conf.h"
#include "parser/facts.h"

#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* ---- Words and commands ---------------------------------------------------------------------- */

/* What never needs quotes. */
static bool facts_is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("_-./:%+,=", c));
}

void facts_write_word(const char *word, struct text_buffer *out)
{
    bool plain = *word;

    for (const char *at = word; *at && plain; at++) {
        plain = facts_is_plain(*at);
    }
    text_appendf(out, plain ? "%s" : "\"%s\"", word);
}

/* An argument of a command, by the rules of script_split(). */
static void facts_write_argument(const char *argument, bool first, struct text_buffer *out)
{
    bool quoted = !*argument || strpbrk(argument, " \t") != NULL;

    text_append(out, quoted ? "'" : "");
    for (const char *at = argument; *at; at++) {
        bool plain = facts_is_plain(*at) || strchr("(){}[]*?&|;@^~#!<>", *at) || *at == ' ' ||
                     (unsigned char)*at >= 0x80;

        if (first && at == argument && *at == '<') { /* it would be read as a test of a file */
            plain = false;
        }
        text_appendf(out, plain ? "%c" : "\\%03o", (unsigned char)*at);
    }
    text_append(out, quoted ? "'" : "");
}

void facts_write_script(const struct conf_script *script, bool user, struct text_buffer *out)
{
    text_append(out, "\"");
    for (size_t i = 0; script->argv[i]; i++) {
        text_append(out, i ? " " : "");
        facts_write_argument(script->argv[i], i == 0, out);
    }
    text_append(out, "\"");
    if (user && script->user) {
        text_append(out, " ");
        facts_write_word(script->user, out);
        if (script->group) {
            text_append(out, " ");
            facts_write_word(script->group, out);
        }
    }
}

/* ---- VRRP ------------------------------------------------------------------------------------ */

bool facts_write_address(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    struct schema_target target =
        row->effective.base == SCHEMA_OBJECT ? row->effective : row->target;
    struct inet_addr addr;
    char text[INET_ADDR_TEXT_SIZE];

    memcpy(&addr, (const unsigned char *)object + target.offset, sizeof(addr));
    if (!inet_is_set(&addr)) {
        return false;
    }
    text_append(out, inet_text(text, &addr));
    return true;
}

bool facts_write_connect_ip(const void *object, const struct schema_row *row,
                            struct text_buffer *out)
{
    const struct conf_check *check = object;

    return !check->connect_host && facts_write_address(object, row, out);
}

bool facts_write_pointer(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const char *text;

    memcpy(&text, (const unsigned char *)object + row->target.offset, sizeof(text));
    if (text) {
        facts_write_word(text, out);
    }
    return text;
}

bool facts_write_smtp_server(const void *object, const struct schema_row *row,
                             struct text_buffer *out)
{
    const struct conf_global *global = object;

    (void)row;
    if (global->mail.server) {
        facts_write_word(global->mail.server, out);
        text_appendf(out, " %u", global->mail.port);
    }
    return global->mail.server;
}

bool facts_write_recipients(const void *object, const struct schema_row *row,
                            struct text_buffer *out)
{
    const struct conf_mail *mail = &((const struct conf_global *)object)->mail;

    (void)row;
    text_append(out, "{");
    for (uint32_t i = 0; i < mail->to_count; i++) {
        text_append(out, " ");
        facts_write_word(mail->to[i], out);
    }
    text_append(out, " }");
    return mail->to_count;
}

/* As http_listen takes it; each word is one of its own. */
bool facts_write_http_listen(const void *object, const struct schema_row *row,
                             struct text_buffer *out)
{
    const struct conf_web *web = &((const struct conf_global *)object)->web;
    char text[INET_ENDPOINT_TEXT_SIZE];

    (void)row;
    for (uint32_t i = 0; i < web->listen_count; i++) {
        const struct conf_listen *listen = &web->listens[i];

        text_append(out, i ? " " : "");
        facts_write_word(listen->path ? listen->path
                                      : inet_endpoint_text(text, &listen->addr, listen->port),
                         out);
    }
    return web->listen_count;
}

bool facts_write_http_host(const void *object, const struct schema_row *row,
                           struct text_buffer *out)
{
    const struct conf_web *web = &((const struct conf_global *)object)->web;

    (void)row;
    for (uint32_t i = 0; i < web->host_count; i++) {
        text_append(out, i ? " " : "");
        facts_write_word(web->hosts[i], out);
    }
    return web->host_count;
}

bool facts_write_fifo(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    struct conf_fifo fifo;

    memcpy(&fifo, (const unsigned char *)object + row->target.offset, sizeof(fifo));
    if (!fifo.path) {
        return false;
    }
    facts_write_word(fifo.path, out);
    if (fifo.user) {
        text_append(out, " ");
        facts_write_word(fifo.user, out);
    }
    if (fifo.user && fifo.group) {
        text_append(out, " ");
        facts_write_word(fifo.group, out);
    }
    return true;
}

/* None is the default, which cannot be written. */
bool facts_write_pace(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    int64_t value;

    memcpy(&value, (const char *)object + row->target.offset, sizeof(value));
    if (value) {
        schema_write_seconds(value, out);
    }
    return value != 0;
}

bool facts_write_extra_garp(const void *object, const struct schema_row *row,
                            struct text_buffer *out)
{
    const struct conf_instance *instance = object;

    (void)row;
    if (instance->announce.extra_all) {
        text_append(out, "all ");
    }
    schema_write_seconds(instance->announce.extra, out);
    return true;
}

bool facts_write_notify_deleted(const void *object, const struct schema_row *row,
                                struct text_buffer *out)
{
    const struct conf_instance *instance = object;

    (void)row;
    if (instance->notify.deleted.argv) {
        facts_write_script(&instance->notify.deleted, true, out);
    }
    return instance->notify_deleted;
}

bool facts_write_late_priority(const void *object, const struct schema_row *row,
                               struct text_buffer *out)
{
    const struct conf_instance *instance = object;

    (void)row;
    if (instance->late_priority) {
        text_appendf(out, "%u", instance->late_priority);
    }
    return instance->late_priority != 0;
}

bool facts_write_process(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_track_process *process = object;

    (void)row;
    for (size_t i = 0; process->argv && process->argv[i]; i++) {
        text_append(out, i ? " " : "");
        facts_write_word(process->argv[i], out);
    }
    return process->argv;
}

/* "Exact" has no word: parameters ask for it, and without any the keyword alone does. */
bool facts_write_param_match(const void *object, const struct schema_row *row,
                             struct text_buffer *out)
{
    const struct conf_track_process *process = object;
    const char *name = conf_name_of(conf_param_names, (int)process->match);

    (void)row;
    text_append(out, name ? name : "");
    return name || (process->match == CONF_PARAM_EXACT && process->argv && !process->argv[1]);
}

bool facts_write_process_weight(const void *object, const struct schema_row *row,
                                struct text_buffer *out)
{
    const struct conf_track_process *process = object;

    (void)row;
    text_appendf(out, "%d%s", process->weight, process->reverse ? " reverse" : "");
    return true;
}

/* 0 goes with a quorum_max of 0, which says it. */
bool facts_write_quorum(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_track_process *process = object;

    (void)row;
    text_appendf(out, "%u", process->quorum);
    return process->quorum;
}

bool facts_write_quorum_max(const void *object, const struct schema_row *row,
                            struct text_buffer *out)
{
    const struct conf_track_process *process = object;

    (void)row;
    text_appendf(out, "%u", process->quorum_max);
    return process->quorum_max != UINT32_MAX;
}

bool facts_write_file_weight(const void *object, const struct schema_row *row,
                             struct text_buffer *out)
{
    const struct conf_track_file *file = object;

    (void)row;
    text_appendf(out, "%d%s", file->weight, file->reverse ? " reverse" : "");
    return true;
}

bool facts_write_init_file(const void *object, const struct schema_row *row,
                           struct text_buffer *out)
{
    const struct conf_track_file *file = object;

    (void)row;
    text_appendf(out, "%lld%s", (long long)file->init_value, file->overwrite ? " overwrite" : "");
    return file->init;
}

/* A number of 32 bits whose 0 means that nothing was said. */
bool facts_write_nonzero(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    uint32_t value;

    memcpy(&value, (const unsigned char *)object + row->target.offset, sizeof(value));
    if (value) {
        text_appendf(out, "%u", value);
    }
    return value;
}

bool facts_write_umask(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_global *global = object;

    (void)row;
    text_appendf(out, "%#o", global->umask);
    return global->umask != FILEMODE_DEFAULT_UMASK;
}

bool facts_write_nice(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_global *global = object;

    (void)row;
    if (global->process.nice == CONF_UNSET_NICE) {
        return false;
    }
    text_appendf(out, "%d", global->process.nice);
    return true;
}

bool facts_write_auto_priority(const void *object, const struct schema_row *row,
                               struct text_buffer *out)
{
    const struct conf_global *global = object;

    (void)row;
    text_appendf(out, "%d", global->process.realtime_most);
    return global->process.realtime_most;
}

bool facts_write_cpus(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_global *global = object;

    (void)row;
    text_append(out, global->process.cpus ? global->process.cpus : "");
    return global->process.cpus;
}

bool facts_write_nft_priority(const void *object, const struct schema_row *row,
                              struct text_buffer *out)
{
    const struct conf_global *global = object;

    (void)row;
    text_appendf(out, "%d", global->nft_priority);
    return global->nft_priority != CONF_NFT_PRIORITY;
}

bool facts_write_nftables(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_global *global = object;

    (void)row;
    if (global->nft_table) {
        facts_write_word(global->nft_table, out);
    }
    return global->nft_table;
}

bool facts_write_interface(const void *object, const struct schema_row *row,
                           struct text_buffer *out)
{
    const struct conf_instance *instance = object;

    (void)row;
    if (!*instance->interface) { /* unicast needs none */
        return false;
    }
    facts_write_word(instance->interface, out);
    return true;
}

/* Two keywords for one value: the one that fits the transport is written. */
bool facts_write_mcast_source(const void *object, const struct schema_row *row,
                              struct text_buffer *out)
{
    const struct conf_instance *instance = object;

    return !instance->peer_count && facts_write_address(object, row, out);
}

bool facts_write_unicast_source(const void *object, const struct schema_row *row,
                                struct text_buffer *out)
{
    const struct conf_instance *instance = object;

    return instance->peer_count && facts_write_address(object, row, out);
}

/* As much of its MAC as the file must have; the VRID is the rest. */
static void facts_write_mac(const struct conf_vmac *vmac, struct text_buffer *out)
{
    size_t count = vmac->short_mac ? CONF_MAC_SIZE - 1 : CONF_MAC_SIZE;

    for (size_t i = 0; i < count; i++) {
        text_appendf(out, "%s%02x", i ? ":" : " ", vmac->mac[i]);
    }
}

bool facts_write_vmac(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_instance *instance = object;
    const struct conf_vmac *vmac = instance->vmac;

    (void)row;
    if (!vmac || vmac->kind != CONF_VMAC_MACVLAN) {
        return false;
    }
    text_append(out, "name ");
    facts_write_word(vmac->name, out);
    if (vmac->own_mac) {
        facts_write_mac(vmac, out);
    }
    text_append(out, vmac->notify ? " netlink_notify_msg" : "");
    if (vmac->has_group) {
        text_appendf(out, " group %u", vmac->group);
    }
    return true;
}

bool facts_write_ipvlan(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_instance *instance = object;
    const struct conf_vmac *vmac = instance->vmac;
    char text[INET_PREFIX_TEXT_SIZE];

    (void)row;
    if (!vmac || vmac->kind != CONF_VMAC_IPVLAN) {
        return false;
    }
    text_append(out, "name ");
    facts_write_word(vmac->name, out);
    if (inet_is_set(&vmac->address.addr)) {
        text_appendf(out, " %s", inet_prefix_text(text, &vmac->address));
    }
    text_appendf(out, " %s", conf_name_of(conf_ipvlan_names, (int)vmac->mode));
    if (vmac->has_group) {
        text_appendf(out, " group %u", vmac->group);
    }
    return true;
}

bool facts_write_timeouts(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_global *global = object;
    const struct {
        const char *name;
        uint32_t seconds;
    } rows[] = {
        {"tcp", global->ipvs_timeouts.tcp_s},
        {"tcpfin", global->ipvs_timeouts.tcp_fin_s},
        {"udp", global->ipvs_timeouts.udp_s},
    };
    bool any = false;

    (void)row;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].seconds) {
            text_appendf(out, "%s%s %u", any ? " " : "", rows[i].name, rows[i].seconds);
            any = true;
        }
    }
    return any;
}

bool facts_write_reload_file(const void *object, const struct schema_row *row,
                             struct text_buffer *out)
{
    const char *file = ((const struct conf_global *)object)->reload_file;

    (void)row;
    if (file && *file) {
        facts_write_word(file, out);
    }
    return file;
}

bool facts_write_sync_daemon(const void *object, const struct schema_row *row,
                             struct text_buffer *out)
{
    const struct conf_sync_daemon *daemon = &((const struct conf_global *)object)->sync_daemon;
    const struct {
        const char *name;
        uint32_t number;
    } rows[] = {{"maxlen", daemon->maxlen}, {"port", daemon->port}, {"ttl", daemon->ttl}};
    char text[INET_ADDR_TEXT_SIZE];

    (void)row;
    if (!daemon->interface) {
        return false;
    }
    facts_write_word(daemon->interface, out);
    if (daemon->instance) {
        text_append(out, " inst ");
        facts_write_word(daemon->instance, out);
    }
    text_appendf(out, " id %u", daemon->id);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].number) {
            text_appendf(out, " %s %u", rows[i].name, rows[i].number);
        }
    }
    if (inet_is_set(&daemon->group)) {
        text_appendf(out, " group %s", inet_text(text, &daemon->group));
    }
    return true;
}

bool facts_write_old_checksum(const void *object, const struct schema_row *row,
                              struct text_buffer *out)
{
    uint8_t old = ((const struct conf_instance *)object)->old_checksum;

    (void)row;
    text_append(out, old == CONF_OLD_CHECKSUM_NEVER ? "never" : "");
    return old != CONF_OLD_CHECKSUM_DETECT;
}

bool facts_write_receive_policy(const void *object, const struct schema_row *row,
                                struct text_buffer *out)
{
    const struct conf_receive_buffers *buffers =
        &((const struct conf_global *)object)->receive_buffers;

    (void)row;
    if (buffers->policy == CONF_RECEIVE_BYTES) {
        text_appendf(out, "%u", buffers->bytes);
    } else if (buffers->policy != CONF_RECEIVE_AMPLE) {
        text_append(out, conf_name_of(conf_receive_policy_names, buffers->policy));
    }
    return buffers->policy != CONF_RECEIVE_AMPLE;
}

bool facts_write_receive_buffer(const void *object, const struct schema_row *row,
                                struct text_buffer *out)
{
    uint32_t bytes = ((const struct conf_instance *)object)->receive_buffer;

    (void)row;
    if (bytes) {
        text_appendf(out, "%u", bytes);
    }
    return bytes != 0;
}

bool facts_write_flush_on_stop(const void *object, const struct schema_row *row,
                               struct text_buffer *out)
{
    uint8_t flush = ((const struct conf_global *)object)->ipvs_flush_on_stop;

    (void)row;
    text_append(out, flush == CONF_FLUSH_WHOLE ? "VS" : "");
    return flush != CONF_FLUSH_OURS;
}

bool facts_write_script_weight(const void *object, const struct schema_row *row,
                               struct text_buffer *out)
{
    const struct conf_vrrp_script *script = object;

    (void)row;
    text_appendf(out, "%d%s", script->weight, script->reverse ? " reverse" : "");
    return true;
}

bool facts_write_misc_timeout(const void *object, const struct schema_row *row,
                              struct text_buffer *out)
{
    const struct conf_misc_check *misc = object;

    (void)row;
    schema_write_seconds(misc->timeout ? misc->timeout : misc->check.delay_loop, out);
    return true;
}

bool facts_write_file_check_weight(const void *object, const struct schema_row *row,
                                   struct text_buffer *out)
{
    const struct conf_file_check *check = object;

    (void)row;
    text_appendf(out, "%d%s", check->weight, check->reverse ? " reverse" : "");
    return true;
}

bool facts_write_agent_send(const void *object, const struct schema_row *row,
                            struct text_buffer *out)
{
    static const char bytes[] = "\n\r\t\\";
    static const char letters[] = "nrt\\";
    const char *text = ((const struct conf_agent_check *)object)->send;

    (void)row;
    if (!text) {
        return false;
    }
    text_append(out, "\"");
    for (const char *at = text; *at; at++) {
        const char *byte = strchr(bytes, *at);

        if (byte) {
            text_appendf(out, "\\%c", letters[byte - bytes]);
        } else {
            text_append_n(out, at, 1);
        }
    }
    text_append(out, "\"");
    return true;
}

/* ---- Services -------------------------------------------------------------------------------- */

void facts_write_endpoint(const struct inet_addr *addr, uint16_t port, struct text_buffer *out)
{
    char text[INET_ADDR_TEXT_SIZE];

    text_append(out, inet_text(text, addr));
    if (port) {
        text_appendf(out, " %u", port);
    }
}

bool facts_write_scheduler(const void *object, const struct schema_row *row,
                           struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;

    (void)row;
    text_append(out, service->scheduler);
    return true;
}

/* One bit has several names; that of the service's scheduler is the one to write. */
bool facts_write_scheduler_flag(const void *object, const struct schema_row *row,
                                struct text_buffer *out)
{
    static const struct {
        const char *keyword;
        const char *scheduler; /* NULL: those that are not named here */
        uint32_t flag;
    } rows[] = {
        {"sh-fallback", "sh", IP_VS_SVC_F_SCHED1}, {"sh-port", "sh", IP_VS_SVC_F_SCHED2},
        {"mh-fallback", "mh", IP_VS_SVC_F_SCHED1}, {"mh-port", "mh", IP_VS_SVC_F_SCHED2},
        {"flag-1", NULL, IP_VS_SVC_F_SCHED1},      {"flag-2", NULL, IP_VS_SVC_F_SCHED2},
        {"flag-3", NULL, IP_VS_SVC_F_SCHED3},
    };
    const struct conf_virtual_server *service = object;
    bool named = strcmp(service->scheduler, "sh") == 0 || strcmp(service->scheduler, "mh") == 0;

    (void)out;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].keyword, row->name) == 0) {
            bool mine = rows[i].scheduler ? strcmp(rows[i].scheduler, service->scheduler) == 0
                                          : !named || rows[i].flag == IP_VS_SVC_F_SCHED3;

            return mine && service->flags & rows[i].flag;
        }
    }
    return false;
}

bool facts_write_ops(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;

    (void)row;
    (void)out;
    return service->flags & IP_VS_SVC_F_ONEPACKET;
}

static void facts_write_forward(enum conf_forward forward, const struct conf_tunnel *tunnel,
                                struct text_buffer *out)
{
    text_append(out, conf_name_of(conf_forward_names, (int)forward));
    if (forward != CONF_FORWARD_TUN || !tunnel->type) {
        return;
    }
    text_appendf(out, " type %s", conf_name_of(conf_tunnel_names, tunnel->type));
    if (tunnel->port) {
        text_appendf(out, " port %u", tunnel->port);
    }
    if (tunnel->flags & IP_VS_TUNNEL_ENCAP_FLAG_CSUM) {
        text_append(out, " csum");
    } else if (tunnel->flags & IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM) {
        text_append(out, " remcsum");
    }
}

bool facts_write_service_forward(const void *object, const struct schema_row *row,
                                 struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;

    (void)row;
    facts_write_forward(service->forward, &service->tunnel, out);
    return true;
}

bool facts_write_server_forward(const void *object, const struct schema_row *row,
                                struct text_buffer *out)
{
    const struct conf_real_server *server = object;

    (void)row;
    facts_write_forward(server->forward, &server->tunnel, out);
    return true;
}

bool facts_write_protocol(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;

    (void)row;
    if (!service->key.protocol) { /* they are marks alone */
        return false;
    }
    text_append(out, conf_name_of(conf_protocol_names, service->key.protocol));
    return true;
}

bool facts_write_family(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;

    uint8_t family = service->key.fwmark ? service->key.family : service->mark_family;

    (void)row;
    if (!family) {
        return false;
    }
    text_append(out, conf_name_of(conf_family_names, family));
    return true;
}

bool facts_write_persistence(const void *object, const struct schema_row *row,
                             struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;

    (void)row;
    if (!service->persistence_timeout_s) {
        return false;
    }
    text_appendf(out, "%u", service->persistence_timeout_s);
    return true;
}

/* The whole address is the default, and would make a service persistent if it were written. */
bool facts_write_granularity(const void *object, const struct schema_row *row,
                             struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;
    struct inet_addr netmask = {0};
    char text[INET_ADDR_TEXT_SIZE];

    (void)row;
    if (!service->persistence_netmask) {
        return false; /* a group of both families */
    }
    if (service->members[0].family == AF_INET6) {
        text_appendf(out, "%u", service->persistence_netmask);
        return service->persistence_timeout_s && service->persistence_netmask != 128;
    }
    netmask.family = AF_INET;
    memcpy(netmask.bytes, &service->persistence_netmask, sizeof(service->persistence_netmask));
    text_append(out, inet_text(text, &netmask));
    return service->persistence_timeout_s && service->persistence_netmask != UINT32_MAX;
}

bool facts_write_sorry(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;

    (void)row;
    if (!service->sorry_server) {
        return false;
    }
    facts_write_endpoint(&service->sorry_server->key.addr, service->sorry_server->key.port, out);
    return true;
}

bool facts_write_sorry_forward(const void *object, const struct schema_row *row,
                               struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;

    (void)row;
    if (!service->sorry_server) {
        return false;
    }
    facts_write_forward(service->sorry_server->forward, &service->sorry_server->tunnel, out);
    return true;
}

/* What `fall` says is not said twice. */
bool facts_write_retry(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_check *check = object;

    (void)row;
    if (check->fall) {
        return false;
    }
    text_appendf(out, "%u", check->retry);
    return true;
}

bool facts_write_rise(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_check *check = object;

    (void)row;
    text_appendf(out, "%u", check->rise);
    return check->rise > 1;
}

bool facts_write_check_weight(const void *object, const struct schema_row *row,
                              struct text_buffer *out)
{
    const struct conf_check *check = object;

    (void)row;
    text_appendf(out, "%d", check->weight);
    return check->weight;
}

bool facts_write_slow_start(const void *object, const struct schema_row *row,
                            struct text_buffer *out)
{
    const struct conf_real_server *server = object;

    (void)row;
    schema_write_seconds(server->slow_start, out);
    return server->slow_start;
}

bool facts_write_service_drain(const void *object, const struct schema_row *row,
                               struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;

    (void)row;
    schema_write_seconds(service->drain_timeout, out);
    return service->drain_timeout;
}

/* 0 is worth a line where the virtual server may say something else. */
bool facts_write_server_drain(const void *object, const struct schema_row *row,
                              struct text_buffer *out)
{
    const struct conf_real_server *server = object;

    (void)row;
    schema_write_seconds(server->drain_timeout, out);
    return server->drain_timeout || server->drain_timeout_given;
}

bool facts_write_min_healthy(const void *object, const struct schema_row *row,
                             struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;

    (void)row;
    text_appendf(out, "%u%s", service->min_healthy, service->min_healthy_percent ? "%" : "");
    return service->min_healthy;
}

bool facts_write_announce_when(const void *object, const struct schema_row *row,
                               struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;

    (void)row;
    if (service->announce == CONF_ANNOUNCE_NONE) {
        return false;
    }
    text_appendf(out, "%s dev %s", conf_name_of(conf_announce_names, service->announce),
                 service->announce_device);
    return true;
}

bool facts_write_local_address(const void *object, const struct schema_row *row,
                               struct text_buffer *out)
{
    const struct conf_virtual_server *service = object;
    char text[INET_ADDR_TEXT_SIZE];
    bool any = false;

    (void)row;
    for (size_t i = 0; i < CONF_LOCALS; i++) {
        const struct conf_local *local = &service->local[i];

        if (inet_is_set(&local->first)) {
            text_appendf(out, "%s%s", any ? " " : "", inet_text(text, &local->first));
            if (!inet_equal(&local->first, &local->last)) {
                text_appendf(out, "-%s", inet_text(text, &local->last));
            }
            any = true;
        }
    }
    return any;
}
