/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of what operators asked of servers, whatever is in it: what is taken is the same after it
 * is written and read again, and what is not taken leaves nothing.
 */
#include "base/text.h"
#include "check/order.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* But for `by`, of which a character may have been cut. */
static bool fuzz_same(const struct order *a, const struct order *b)
{
    return memcmp(a, b, offsetof(struct order, by)) == 0;
}

static void fuzz_again(const struct order_list *list)
{
    json_t *root = json_object();
    char *dump;
    struct text_buffer text = {0};
    struct order_list again = {0};
    char problem[ORDER_PROBLEM_SIZE];

    order_write(list, root);
    dump = json_dumps(root, 0);
    text_append(&text, dump);
    free(dump);
    json_decref(root);
    if (!order_read(text.data, text.length, &again, problem) || again.count != list->count) {
        abort();
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct order *order = &list->orders[i];

        if (!fuzz_same(order, &again.orders[i]) ||
            order_find(list, &order->service, &order->server) != order) {
            abort();
        }
    }
    order_release(&again);
    text_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct order_list list = {0};
    char problem[ORDER_PROBLEM_SIZE];

    if (order_read((const char *)data, size, &list, problem)) {
        fuzz_again(&list);
    } else if (list.orders || list.count || !problem[0]) {
        abort();
    }
    order_release(&list);
    return 0;
}
