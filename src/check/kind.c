/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of check kinds.
 */
#include "check/kind.h"

#include "check/agent.h"
#include "check/bfd.h"
#include "check/dns.h"
#include "check/file.h"
#include "check/http.h"
#include "check/misc.h"
#include "check/mysql.h"
#include "check/ping.h"
#include "check/smtp.h"
#include "check/tcp.h"
#include "check/udp.h"

static const struct check_kind *const check_kinds[CONF_CHECK_KINDS] = {
    [CONF_CHECK_TCP] = &tcp_kind,     [CONF_CHECK_UDP] = &udp_kind,
    [CONF_CHECK_PING] = &ping_kind,   [CONF_CHECK_MISC] = &misc_kind,
    [CONF_CHECK_MYSQL] = &mysql_kind, [CONF_CHECK_HTTP] = &http_kind,
    [CONF_CHECK_SSL] = &https_kind,   [CONF_CHECK_FILE] = &file_kind,
    [CONF_CHECK_BFD] = &bfd_kind,     [CONF_CHECK_AGENT] = &agent_kind,
    [CONF_CHECK_SMTP] = &smtp_kind,   [CONF_CHECK_DNS] = &dns_kind,
};

const struct check_kind *check_kind(enum conf_check_kind kind)
{
    return check_kinds[kind];
}
