/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies of DNS servers.
 */
#include "check/dns_reply.h"

#include <string.h>

/* Bits of the third and fourth byte of the header: RFC 1035 4.1.1. */
enum {
    DNS_IS_REPLY = 0x80,
    DNS_OPCODE = 0x78,
    DNS_RCODE = 0x0f,
};

enum {
    DNS_QUESTIONS = 4,     /* where the header counts them */
    DNS_QUESTION_TAIL = 4, /* type and class */
};

/* RFC 1035 4.1.1, RFC 2136 2.2. */
static const char *const dns_rcodes[DNS_RCODE + 1] = {
    [1] = "FORMERR",  [2] = "SERVFAIL", [3] = "NXDOMAIN", [4] = "NOTIMP",  [5] = "REFUSED",
    [6] = "YXDOMAIN", [7] = "YXRRSET",  [8] = "NXRRSET",  [9] = "NOTAUTH", [10] = "NOTZONE",
};

/* Bytes of the first question; the query is ours, so it is whole. */
static size_t dns_question_size(const unsigned char *query, size_t size)
{
    size_t at = DNS_HEADER_SIZE;

    while (at < size && query[at]) {
        at += query[at] + 1U;
    }
    return at + 1 + DNS_QUESTION_TAIL - DNS_HEADER_SIZE;
}

/* Letters without their case (RFC 4343); lengths of labels are below 'A'. */
static unsigned char dns_fold(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte - 'A' + 'a') : byte;
}

/* Whether the question of a reply is that of the query, as far as it is there. */
static bool dns_same_question(const unsigned char *query, size_t size, const unsigned char *reply,
                              size_t there)
{
    for (size_t i = 0; i < there; i++) {
        bool name = i < size - DNS_QUESTION_TAIL;
        unsigned char asked = query[DNS_HEADER_SIZE + i];
        unsigned char told = reply[DNS_HEADER_SIZE + i];

        if (name ? dns_fold(asked) != dns_fold(told) : asked != told) {
            return false;
        }
    }
    return true;
}

static struct verdict dns_bad_rcode(unsigned rcode)
{
    return dns_rcodes[rcode] ? verdict_of(VERDICT_ANSWER, "rcode %s", dns_rcodes[rcode])
                             : verdict_of(VERDICT_ANSWER, "rcode %u", rcode);
}

bool dns_reply_judge(const unsigned char *query, size_t query_size, const unsigned char *reply,
                     size_t seen, struct verdict *verdict)
{
    size_t question = dns_question_size(query, query_size);
    size_t there;

    if (seen < 2 || memcmp(reply, query, 2) != 0) {
        return false;
    }
    if (seen < DNS_HEADER_SIZE) {
        *verdict = verdict_of(VERDICT_PROTOCOL, "a reply of %zu bytes is no DNS", seen);
        return true;
    }
    if (!(reply[2] & DNS_IS_REPLY) || reply[2] & DNS_OPCODE) {
        *verdict = verdict_of(VERDICT_PROTOCOL, "what came back is no reply to a query");
        return true;
    }
    if (reply[3] & DNS_RCODE) { /* some of these have no question */
        *verdict = dns_bad_rcode(reply[3] & DNS_RCODE);
        return true;
    }
    there = seen - DNS_HEADER_SIZE < question ? seen - DNS_HEADER_SIZE : question;
    if (reply[DNS_QUESTIONS] != 0 || reply[DNS_QUESTIONS + 1] != 1) {
        there = 0;
    } else if (!dns_same_question(query, question, reply, there)) {
        return false;
    }
    if (there < question) {
        *verdict = verdict_of(VERDICT_PROTOCOL, "a reply without its question");
        return true;
    }
    *verdict = (struct verdict){.class = VERDICT_OK};
    return true;
}
