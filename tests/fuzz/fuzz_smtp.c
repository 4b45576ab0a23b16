/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what a mail server says. However it is cut, it ends the same way, and nothing that we
 * say depends on more than the codes. The same bytes are a mail's texts: they stay in their places.
 */
#include "base/mailbox.h"
#include "mail/message.h"
#include "mail/smtp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

static enum smtp_result fuzz_talk(const uint8_t *data, size_t size, size_t step,
                                  struct text_buffer *out)
{
    static const char *const to[] = {"a@b", "c@d"};
    const struct smtp_mail mail = {
        .helo = "h", .from = "e@f", .to = to, .to_count = 2, .message = "m\r\n.\r\n"};
    struct smtp smtp;

    smtp_begin(&smtp, &mail);
    text_append(out, "");
    for (size_t at = 0; at < size; at += step) {
        (void)smtp_feed(&smtp, (const char *)data + at, size - at < step ? size - at : step, out);
    }
    fuzz_require((smtp.result == SMTP_FAILED) <= (*smtp.error != '\0'));
    return smtp.result;
}

static void fuzz_replies(const uint8_t *data, size_t size)
{
    struct text_buffer whole = {0};
    struct text_buffer cut = {0};

    fuzz_require(fuzz_talk(data, size, size, &whole) == fuzz_talk(data, size, 3, &cut));
    fuzz_require(strcmp(whole.data, cut.data) == 0);
    text_release(&whole);
    text_release(&cut);
}

/* Each line ends with CRLF and is no longer than RFC 5321 4.5.3.1.6 allows; a lone dot is the last. */
static void fuzz_message(const char *text)
{
    static const char *const to[] = {"a@b"};
    const struct message_head head = {
        .router = text, .host = "h", .from = "e@f", .to = to, .to_count = 1};
    const struct message_event event = {.subject = text, .reason = text};
    struct text_buffer out = {0};
    const char *line;

    message_write(&head, &event, 1, 0, &out);
    for (line = out.data; strcmp(line, ".\r\n") != 0; line = strchr(line, '\n') + 1) {
        size_t length = strcspn(line, "\r\n");

        fuzz_require(strncmp(line + length, "\r\n", 2) == 0 && length <= 998);
        fuzz_require(strncmp(line, ".\r\n", 3) != 0);
    }
    text_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char mailbox[MAILBOX_SIZE];
    char *text = malloc(size + 1);

    memcpy(text, data, size);
    text[size] = '\0';
    if (size) {
        fuzz_replies(data, size);
    }
    if (size < 200) { /* the router's name and a subject are one header */
        fuzz_message(text);
    }
    if (mailbox_find(text, mailbox)) {
        fuzz_require(*mailbox && !strpbrk(mailbox, "<> \r\n"));
    }
    free(text);
    return 0;
}
