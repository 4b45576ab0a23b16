/* SPDX-License-Identifier: Apache-2.0
 *
 * The writers of HTTP_GET, SSL_GET and url. Pure.
 */
#include "parser/facts_write.h"

#include "base/text.h"
#include "parser/conf.h"
#include "parser/facts.h"

#include <ctype.h>
#include <string.h>

bool facts_write_sni_name(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_check_http *http = object;

    (void)row;
    if (http->sni_name) {
        facts_write_word(http->sni_name, out);
    }
    return http->sni_given;
}

bool facts_write_verify(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_check_http *http = object;

    (void)row;
    text_append(out, http->verify == CONF_VERIFY_ON ? "on" : "off");
    return http->verify != CONF_VERIFY_AS_SSL;
}

bool facts_write_digest(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_url *url = object;

    (void)row;
    for (size_t i = 0; url->has_digest && i < CONF_DIGEST_SIZE; i++) {
        text_appendf(out, "%02x", url->digest[i]);
    }
    return url->has_digest;
}

bool facts_write_statuses(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_url *url = object;
    const struct conf_status *status;

    (void)row;
    if (STAILQ_EMPTY(&url->statuses)) {
        text_append(out, "200-299");
    }
    STAILQ_FOREACH(status, &url->statuses, next) {
        text_append(out, status == STAILQ_FIRST(&url->statuses) ? "" : " ");
        text_appendf(out, status->low == status->high ? "%u" : "%u-%u", status->low, status->high);
    }
    return true;
}

/* In double quotes, with escapes for what the parser, its definitions or its sequences would read. */
bool facts_write_regex(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_url *url = object;

    (void)row;
    if (!url->regex) {
        return false;
    }
    text_append(out, "\"");
    for (const char *at = url->regex; *at; at++) {
        if (*at == '\\') {
            text_append(out, "\\\\");
        } else if (isalnum((unsigned char)*at) || strchr(" -_.,:;/()[]{}*+?|^=<>%&", *at)) {
            text_append_n(out, at, 1);
        } else {
            text_appendf(out, "\\%03o", (unsigned char)*at);
        }
    }
    text_append(out, "\"");
    return true;
}

bool facts_write_regex_options(const void *object, const struct schema_row *row,
                               struct text_buffer *out)
{
    const struct conf_url *url = object;
    bool any = false;

    (void)row;
    for (const struct conf_name *name = conf_regex_names; name->name; name++) {
        if (url->regex_options & (uint32_t)name->value) {
            text_appendf(out, "%s%s", any ? " " : "", name->name);
            any = true;
        }
    }
    return any;
}

bool facts_write_regex_max_offset(const void *object, const struct schema_row *row,
                                  struct text_buffer *out)
{
    const struct conf_url *url = object;

    (void)row;
    text_appendf(out, "%lld", (long long)url->regex_max_offset);
    return url->regex_max_offset >= 0;
}

bool facts_write_regex_stack(const void *object, const struct schema_row *row,
                             struct text_buffer *out)
{
    const struct conf_url *url = object;

    (void)row;
    text_appendf(out, "%u %u", url->regex_stack_start, url->regex_stack_most);
    return url->regex_stack_start != 0;
}
