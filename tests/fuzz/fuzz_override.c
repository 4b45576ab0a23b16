/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of overrides, whatever is in it: what is taken is the same after it is written and read
 * again, and what is not taken leaves nothing.
 */
#include "base/override.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_again(const struct override_list *list)
{
    struct override_list again = {0};
    char problem[OVERRIDE_PROBLEM_SIZE];
    char text[OVERRIDE_TEXT_SIZE];
    json_t *json = override_json(list);

    if (!override_read(json, &again, problem) || again.count != list->count) {
        abort();
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct override *one = override_at(list, i);
        const struct override *other = override_find(&again, one->kind, one->object, one->part);

        if (!other || other->number != one->number || other->until_wall != one->until_wall ||
            strcmp(other->like, one->like) != 0 || !*override_text(text, one)) {
            abort();
        }
    }
    override_release(&again);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct override_list list = {0};
    char problem[OVERRIDE_PROBLEM_SIZE] = "";
    json_t *json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);

    if (json && override_read(json, &list, problem)) {
        fuzz_again(&list);
    } else if (list.items || list.count || (json && !problem[0])) {
        abort();
    }
    override_release(&list);
    json_decref(json);
    return 0;
}
