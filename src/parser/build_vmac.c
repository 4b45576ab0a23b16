/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtual interfaces: use_vmac, use_ipvlan and the addresses that have one of their own; their names,
 * their MACs, and on which of them an address is set. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"
#include "parser/lookup.h"

#include <stdio.h>
#include <string.h>

enum {
    VMAC_PREFIX_SIZE = CONF_INTERFACE_SIZE - 5, /* with its NUL; "6.255" follows */
    VMAC_MOST_NAMES = 256,                      /* of instances with one VRID */
};

/* RFC 9568 7.3: the last byte is the VRID. */
static const uint8_t vmac_ipv4[CONF_MAC_SIZE] = {0x00, 0x00, 0x5e, 0x00, 0x01, 0x00};
static const uint8_t vmac_ipv6[CONF_MAC_SIZE] = {0x00, 0x00, 0x5e, 0x00, 0x02, 0x00};

/* ---- The keywords' arguments ----------------------------------------------------------------- */

/* The next word of the statement's line. */
static bool vmac_next(struct build *build, struct build_frame *frame, struct lexer_token *token)
{
    if (!build_optional(build, frame, token)) {
        return false;
    }
    if (token->first) {
        lexer_unread(build->lexer, token);
        return false;
    }
    return true;
}

static int vmac_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Reads "00:00:5e:00:01:33" of up to 6 octets. @return how many there are, 0 where it is none */
static size_t vmac_parse_mac(const char *text, uint8_t mac[CONF_MAC_SIZE])
{
    size_t count = 0;

    while (count < CONF_MAC_SIZE) {
        int high = vmac_digit(text[0]);
        int low = high < 0 ? -1 : vmac_digit(text[1]);

        if (high < 0) {
            return 0;
        }
        mac[count++] = (uint8_t)(low < 0 ? high : high * 16 + low);
        text += low < 0 ? 1 : 2;
        if (*text != ':') {
            break;
        }
        text++;
    }
    return *text ? 0 : count;
}

/* @return whether the word is meant as a MAC */
static bool vmac_read_mac(struct build *build, struct conf_vmac *vmac,
                          const struct lexer_token *token)
{
    uint8_t mac[CONF_MAC_SIZE] = {0};
    size_t count;

    if (!strchr(token->text, ':')) {
        return false;
    }
    count = vmac_parse_mac(token->text, mac);
    if (count < CONF_MAC_SIZE - 1) {
        source_error(build->source, &token->place,
                     "use_vmac \"%.*s\" is no MAC address: 6 octets as in 02:00:5e:10:00:01, or 5, "
                     "and the virtual_router_id is the last",
                     BUILD_WORD(token));
    } else if (mac[0] & 1) {
        source_error(build->source, &token->place,
                     "%s is a multicast address; make the first octet of the MAC address even",
                     token->text);
    } else if (memcmp(mac, vmac_ipv4, 4) == 0 && (mac[4] == 1 || mac[4] == 2)) {
        source_warning(build->source, &token->place,
                       "%s belongs to the virtual routers of RFC 9568 and is ignored, as in "
                       "keepalived; remove it: use_vmac takes the right one itself",
                       token->text);
    } else {
        memcpy(vmac->mac, mac, sizeof(mac));
        vmac->own_mac = true;
        vmac->short_mac = count < CONF_MAC_SIZE;
    }
    return true;
}

static void vmac_read_name(struct build *build, const struct schema_row *row,
                           struct conf_vmac *vmac, const struct lexer_token *token)
{
    if (vmac->named) {
        source_error(build->source, &token->place,
                     "%s has the name %s already; \"%.*s\" is one too many", row->name, vmac->name,
                     BUILD_WORD(token));
        return;
    }
    vmac->name = build_read_interface(build, row->name, token);
    vmac->named = vmac->name != NULL;
}

static void vmac_read_group(struct build *build, struct build_frame *frame,
                            const struct schema_row *row, struct conf_vmac *vmac)
{
    static const struct conf_name names[] = {{"default", 0}, {NULL, 0}};
    struct lexer_token token;
    int64_t number = 0;
    int found;

    if (!vmac_next(build, frame, &token)) {
        source_error(build->source, &frame->keyword,
                     "%s: group needs a number: group 0..4294967295", row->name);
        return;
    }
    if (conf_name_find(names, token.text, &found) ||
        build_read_number(build, "group", &token, 0, UINT32_MAX, &number)) {
        vmac->has_group = true;
        vmac->group = (uint32_t)number;
    }
}

/* What use_vmac and use_ipvlan have in common. @return whether the word was understood */
static bool vmac_read_common(struct build *build, struct build_frame *frame,
                             const struct schema_row *row, struct conf_vmac *vmac,
                             struct lexer_token *token)
{
    if (strcmp(token->text, "group") == 0) {
        vmac_read_group(build, frame, row, vmac);
        return true;
    }
    if (strcmp(token->text, "name") == 0) {
        if (vmac_next(build, frame, token)) {
            vmac_read_name(build, row, vmac, token);
        } else {
            source_error(build->source, &frame->keyword,
                         "%s: a name must follow the word name; type name %s", row->name,
                         row->example);
        }
        return true;
    }
    return false;
}

/* @return NULL where there is one of the other kind already */
static struct conf_vmac *vmac_begin(struct build *build, struct build_frame *frame,
                                    const struct schema_row *row, enum conf_vmac_kind kind)
{
    struct conf_instance *instance = frame->object;
    struct conf_vmac *vmac = arena_alloc(build->arena, sizeof(*vmac));

    vmac->kind = kind;
    if (instance->vmac && instance->vmac->kind != kind) {
        source_error(build->source, &frame->keyword,
                     "%s: an instance has one virtual interface, by use_vmac or by use_ipvlan; "
                     "remove one of them",
                     row->name);
    }
    if (!frame->discard) {
        instance->vmac = vmac;
    }
    return vmac;
}

void build_read_use_vmac(struct build *build, struct build_frame *frame,
                         const struct schema_row *row)
{
    struct conf_vmac *vmac = vmac_begin(build, frame, row, CONF_VMAC_MACVLAN);
    struct lexer_token token;

    while (vmac_next(build, frame, &token)) {
        if (token.bad || vmac_read_common(build, frame, row, vmac, &token)) {
            continue;
        }
        if (strcmp(token.text, "netlink_notify_msg") == 0) {
            vmac->notify = true;
        } else if (!vmac_read_mac(build, vmac, &token)) {
            vmac_read_name(build, row, vmac, &token);
        }
    }
}

void build_read_use_ipvlan(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    struct conf_vmac *vmac = vmac_begin(build, frame, row, CONF_VMAC_IPVLAN);
    struct lexer_token token;
    int mode;

    while (vmac_next(build, frame, &token)) {
        if (token.bad || vmac_read_common(build, frame, row, vmac, &token)) {
            continue;
        }
        if (conf_name_find(conf_ipvlan_names, token.text, &mode)) {
            vmac->mode = (enum conf_ipvlan_mode)mode;
        } else if (!inet_parse_prefix(token.text, &vmac->address)) {
            vmac_read_name(build, row, vmac, &token);
        }
    }
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* An interface's name and who has it. */
struct vmac_named {
    const char *name;
    const struct conf_instance *instance;
};

/* @return NULL, or who has the name already */
static const struct vmac_named *vmac_add_name(struct build *build, struct lookup *names,
                                              const char *name,
                                              const struct conf_instance *instance)
{
    struct vmac_named *named = arena_alloc(build->scratch, sizeof(*named));

    *named = (struct vmac_named){name, instance};
    return lookup_add(names, name, strlen(name), named);
}

/* "vrrp.51", for IPv6 "vrrp6.51"; where that is taken "vrrp.51.2" and so on. */
static const char *vmac_make_name(struct build *build, struct lookup *names, const char *prefix,
                                  const struct build_instance *extra, uint8_t family)
{
    const struct conf_instance *instance = extra->instance;

    for (unsigned number = 1; number <= VMAC_MOST_NAMES; number++) {
        char name[2 * CONF_INTERFACE_SIZE + 8];
        char suffix[8] = "";
        int length;

        if (number > 1) {
            (void)snprintf(suffix, sizeof(suffix), ".%u", number);
        }
        length = snprintf(name, sizeof(name), "%.15s%s.%u%s", prefix, family == AF_INET6 ? "6" : "",
                          instance->vrid, suffix);
        if (length >= CONF_INTERFACE_SIZE) {
            break;
        }
        if (!lookup_find(names, name, (size_t)length)) {
            const char *kept = arena_text_n(build->arena, name, (size_t)length);

            (void)vmac_add_name(build, names, kept, instance);
            return kept;
        }
    }
    source_error(
        build->source, &extra->place,
        "%s: no name with the prefix %s has room in 15 bytes; shorten vmac_prefix, or give "
        "use_vmac a name",
        instance->name, prefix);
    return prefix;
}

static void vmac_check_prefix(struct build *build, const char *keyword, const char **prefix,
                              const char *otherwise)
{
    if (!*prefix) {
        *prefix = otherwise;
    } else if (strlen(*prefix) >= VMAC_PREFIX_SIZE) {
        source_error(build->source, build_mark(build, &build->global_marks, keyword),
                     "%s \"%s\" is longer than %d bytes; a name of 15 bytes is made from it",
                     keyword, *prefix, VMAC_PREFIX_SIZE - 1);
    }
}

/* ---- An instance's interfaces ---------------------------------------------------------------- */

static void vmac_set_mac(struct conf_vmac *vmac, const struct conf_instance *instance,
                         uint8_t family)
{
    if (!vmac->own_mac) {
        memcpy(vmac->mac, family == AF_INET6 ? vmac_ipv6 : vmac_ipv4, CONF_MAC_SIZE);
        vmac->short_mac = true;
    }
    if (vmac->short_mac) {
        vmac->mac[CONF_MAC_SIZE - 1] = instance->vrid;
    }
    if (vmac->kind == CONF_VMAC_IPVLAN) {
        memset(vmac->mac, 0, sizeof(vmac->mac));
    }
}

void build_reset_vmac(struct conf_instance *instance)
{
    instance->vmac->own_mac = false;
    vmac_set_mac(instance->vmac, instance, instance->family);
}

static void vmac_finish_ipvlan(struct build *build, const struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    const struct inet_addr *own = &instance->vmac->address.addr;
    const struct source_place *place = build_mark(build, &extra->marks, "use_ipvlan");

    if (inet_is_set(own) ? own->family != instance->family : instance->family == AF_INET) {
        source_error(build->source, place,
                     "use_ipvlan of an %s instance needs an %s address of its own, another one on "
                     "each director; add it: use_ipvlan %s",
                     instance->family == AF_INET ? "IPv4" : "IPv6",
                     instance->family == AF_INET ? "IPv4" : "IPv6",
                     instance->family == AF_INET ? "192.0.2.5/24" : "fe80::5/64");
    } else if (!inet_is_set(&instance->source)) {
        instance->source = *own;
    }
}

/* The instance's own one, by use_vmac or use_ipvlan. */
static void vmac_finish_own(struct build *build, struct build_instance *extra, struct lookup *names)
{
    struct conf_instance *instance = extra->instance;
    struct conf_vmac *vmac = instance->vmac;

    if (!vmac->named) {
        vmac->name =
            vmac_make_name(build, names, build->global->vmac_prefix, extra, instance->family);
    }
    vmac->parent = instance->interface;
    vmac->family = instance->family;
    vmac->ipv6 = instance->family == AF_INET6;
    vmac_set_mac(vmac, instance, instance->family);
    if (vmac->kind == CONF_VMAC_IPVLAN) {
        vmac_finish_ipvlan(build, extra);
    }
    STAILQ_INSERT_HEAD(&instance->vmacs, vmac, next);
}

/* The virtual interface for addresses of a family on an interface; made where there is none. */
static struct conf_vmac *vmac_for_address(struct build *build, struct build_instance *extra,
                                          struct lookup *names, const char *parent, uint8_t family)
{
    struct conf_instance *instance = extra->instance;
    struct conf_vmac *vmac;

    STAILQ_FOREACH(vmac, &instance->vmacs, next) {
        if (vmac->kind == CONF_VMAC_MACVLAN && strcmp(vmac->parent, parent) == 0 &&
            vmac->family == family) {
            return vmac;
        }
    }
    vmac = arena_alloc(build->arena, sizeof(*vmac));
    vmac->kind = CONF_VMAC_MACVLAN;
    vmac->parent = parent;
    vmac->family = family;
    vmac->ipv6 = family == AF_INET6;
    vmac->name = vmac_make_name(build, names, build->global->vmac_addr_prefix, extra, family);
    vmac_set_mac(vmac, instance, family);
    STAILQ_INSERT_TAIL(&instance->vmacs, vmac, next);
    return vmac;
}

/* B16: `dev`, else the instance's virtual interface; its own interface is finish_device()'s. */
static void vmac_place_address(struct build *build, struct build_instance *extra,
                               struct lookup *names, struct conf_address *address)
{
    struct conf_instance *instance = extra->instance;
    uint8_t family = address->prefix.addr.family;
    const char *device = address->device ? address->device : instance->interface;
    bool elsewhere = strcmp(device, instance->interface) != 0 || family != instance->family;

    if (address->device && instance->vmac && strcmp(address->device, instance->vmac->name) == 0) {
        instance->vmac->ipv6 |= family == AF_INET6; /* it is there already */
    } else if (address->own_vmac || (instance->use_vmac_addr && elsewhere)) {
        address->vmac = vmac_for_address(build, extra, names, device, family);
        address->device = address->vmac->name;
    } else if (!address->device && instance->vmac) {
        address->device = instance->vmac->name;
        instance->vmac->ipv6 |= family == AF_INET6;
    }
}

/* B37: unicast comes to the MAC of the interface itself, and leaves with it. */
static void vmac_check_transport(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    bool ipvlan = instance->vmac->kind == CONF_VMAC_IPVLAN;
    const struct source_place *place =
        build_mark(build, &extra->marks, ipvlan ? "use_ipvlan" : "use_vmac");

    if (!*instance->interface && instance->peer_count) {
        source_error(build->source, place,
                     "a virtual interface needs one to stand on; add: interface NAME");
    }
    if (instance->peer_count && !ipvlan && !instance->vmac_xmit_base) {
        instance->vmac_xmit_base = true;
        source_warning(build->source, place,
                       "unicast adverts leave by the interface itself: vmac_xmit_base is on, as in "
                       "keepalived; add vmac_xmit_base");
    }
}

static void vmac_finish_instance(struct build *build, struct build_instance *extra,
                                 struct lookup *names)
{
    struct conf_instance *instance = extra->instance;
    const struct source_place *base = build_mark(build, &extra->marks, "vmac_xmit_base");
    struct conf_address *address;

    if (instance->vmac) {
        vmac_check_transport(build, extra);
        vmac_finish_own(build, extra, names);
    } else if (instance->vmac_xmit_base) {
        instance->vmac_xmit_base = false;
        source_warning(build->source, base,
                       "vmac_xmit_base has no effect without use_vmac; add use_vmac, or remove it");
    }
    STAILQ_FOREACH(address, &instance->addresses, next) {
        vmac_place_address(build, extra, names, address);
    }
}

/* Names that stand in the file are theirs, whatever is made up for others. */
static void vmac_reserve(struct build *build, const struct build_instance *extra,
                         struct lookup *names)
{
    const struct conf_instance *instance = extra->instance;
    const struct conf_vmac *vmac = instance->vmac;
    const struct vmac_named *first;
    const struct source_place *place;

    if (!vmac || !vmac->named) {
        return;
    }
    place = build_mark(build, &extra->marks,
                       vmac->kind == CONF_VMAC_IPVLAN ? "use_ipvlan" : "use_vmac");
    first = vmac_add_name(build, names, vmac->name, instance);
    if (strcmp(vmac->name, instance->interface) == 0) {
        source_error(build->source, place,
                     "%s is the interface of %s itself; the virtual one needs a name of its own: "
                     "leave it out, or type another",
                     vmac->name, instance->name);
    } else if (first) {
        source_error(build->source, place,
                     "%s is the virtual interface of %s already; give %s one of another name",
                     vmac->name, first->instance->name, instance->name);
    }
}

void build_finish_vmacs(struct build *build)
{
    struct lookup *names = lookup_new(build->scratch);
    struct build_instance *extra;

    vmac_check_prefix(build, "vmac_prefix", &build->global->vmac_prefix, "vrrp");
    vmac_check_prefix(build, "vmac_addr_prefix", &build->global->vmac_addr_prefix,
                      build->global->vmac_prefix);
    STAILQ_FOREACH(extra, &build->instances, next) {
        vmac_reserve(build, extra, names);
    }
    STAILQ_FOREACH(extra, &build->instances, next) {
        vmac_finish_instance(build, extra, names);
    }
    lookup_free(names);
}
