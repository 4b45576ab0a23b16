/* SPDX-License-Identifier: Apache-2.0
 *
 * A datagram from the kernel, whatever is in it: no message may be read beyond its end, and what was
 * understood must be the same after it is written and read again.
 */
#include "ipvs/drift.h"
#include "ipvs/kernel_codec.h"
#include "ipvs/kernel_error.h"

#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

/* What we would write for it, as the kernel would tell it again. */
static void fuzz_read_again(const struct plan_operation *operation, uint8_t service_family,
                            struct kernel_reply *reply)
{
    _Alignas(uint32_t) uint8_t message[KERNEL_CODEC_MESSAGE_SIZE];
    struct kernel_decoder decoder = {
        .data = message, .family = 0x20, .service_family = service_family};

    decoder.size = kernel_encode_operation(message, 0x20, 1, operation);
    fuzz_require(kernel_decode_next(&decoder, reply) == KERNEL_DECODE_OK);
    fuzz_require(decoder.size == 0);
}

static void fuzz_service(const struct kernel_reply *reply)
{
    struct plan_operation operation = {.kind = PLAN_ADD_SERVICE,
                                       .service = reply->service.key,
                                       .service_settings = reply->service.settings};
    char name[TABLE_SERVICE_TEXT_SIZE];
    char text[KERNEL_ERROR_TEXT_SIZE];
    struct text_buffer words = {0};
    struct kernel_reply again;

    fuzz_read_again(&operation, 0, &again);
    fuzz_require(again.kind == KERNEL_REPLY_SERVICE);
    fuzz_require(memcmp(&again.service.key, &reply->service.key, sizeof(again.service.key)) == 0);
    fuzz_require(table_service_settings_equal(&again.service.settings, &reply->service.settings));
    fuzz_require(
        drift_describe_service(&words, &again.service.settings, &reply->service.settings) == 0);
    fuzz_require(*table_service_text(name, &reply->service.key) != '\0');
    fuzz_require(*kernel_error_text(text, &operation, -2 /* ENOENT */) != '\0');
}

static void fuzz_destination(const struct kernel_reply *reply)
{
    struct plan_operation operation = {.kind = PLAN_ADD_DESTINATION,
                                       .service = {.fwmark = 1, .family = AF_INET},
                                       .server = reply->destination.key,
                                       .destination_settings = reply->destination.settings};
    struct kernel_reply again;

    fuzz_read_again(&operation, AF_INET, &again);
    fuzz_require(again.kind == KERNEL_REPLY_DESTINATION);
    fuzz_require(memcmp(&again.destination.key, &reply->destination.key,
                        sizeof(again.destination.key)) == 0);
    fuzz_require(table_destination_settings_equal(&again.destination.settings,
                                                  &reply->destination.settings));
}

static void fuzz_daemon(const struct kernel_reply *reply)
{
    struct plan_operation operation = {
        .kind = PLAN_START_DAEMON, .role = reply->role, .daemon = reply->daemon};
    struct kernel_reply again;

    fuzz_read_again(&operation, AF_INET, &again);
    fuzz_require(again.kind == KERNEL_REPLY_DAEMON);
    fuzz_require(again.role == reply->role);
    fuzz_require(table_daemon_fits(&again.daemon, &reply->daemon));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *datagram = malloc(size + 1); /* of its own, so that a byte too far is seen */
    struct kernel_decoder decoder = {
        .data = datagram, .size = size, .family = 0x20, .service_family = AF_INET};
    enum kernel_decode_error error;
    struct kernel_reply reply;

    memcpy(datagram, data, size);
    if (size >= sizeof(struct nlmsghdr)) { /* the family's number is the boot's: see the corpus */
        decoder.family = ((const struct nlmsghdr *)(const void *)datagram)->nlmsg_type;
    }
    while ((error = kernel_decode_next(&decoder, &reply)) != KERNEL_DECODE_END) {
        fuzz_require(kernel_decode_text(error) != NULL);
        if (error != KERNEL_DECODE_OK) {
            continue;
        }
        if (reply.kind == KERNEL_REPLY_SERVICE) {
            fuzz_service(&reply);
        } else if (reply.kind == KERNEL_REPLY_DESTINATION) {
            fuzz_destination(&reply);
        } else if (reply.kind == KERNEL_REPLY_DAEMON) {
            fuzz_daemon(&reply);
        }
    }
    free(datagram);
    return 0;
}
