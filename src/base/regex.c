/* SPDX-License-Identifier: Apache-2.0
 *
 * Regular expressions. One match is bounded by PCRE2's own limits, which count anew at each offset;
 * how many offsets are tried at once is bounded here, by PCRE2's offset limit.
 */
#include "base/regex.h"

#include "base/memory.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

enum {
    REGEX_STEPS = 50000,       /* of PCRE2 at one offset: about 2 ms at most */
    REGEX_HEAP_KIB = 8192,     /* of PCRE2 for one match */
    REGEX_FIRST_OFFSETS = 64,  /* tried by the first call */
    REGEX_MOST_OFFSETS = 65536 /* tried by any call */
};

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    uint32_t options; /* those in the pattern, such as (*UTF), too */
    uint32_t refuse;  /* PCRE2_NO_JIT once the machine code's stack was too small */
};

struct regex *regex_new(const char *pattern, uint32_t options, struct regex_error *error)
{
    PCRE2_SIZE offset = 0;
    int code = 0;
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                         options | PCRE2_USE_OFFSET_LIMIT, &code, &offset, NULL);
    struct regex *regex;

    if (!compiled) {
        error->offset = offset;
        (void)pcre2_get_error_message(code, (PCRE2_UCHAR *)error->text, sizeof(error->text));
        return NULL;
    }
    (void)pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE); /* without it, it is slower */
    regex = memory_new(1, sizeof(*regex));
    regex->code = compiled;
    regex->data = pcre2_match_data_create_from_pattern(compiled, NULL);
    regex->context = pcre2_match_context_create(NULL);
    if (!regex->data || !regex->context) {
        memory_exhausted(sizeof(*regex));
    }
    (void)pcre2_set_match_limit(regex->context, REGEX_STEPS);
    (void)pcre2_set_heap_limit(regex->context, REGEX_HEAP_KIB);
    (void)pcre2_pattern_info(compiled, PCRE2_INFO_ALLOPTIONS, &regex->options);
    return regex;
}

void regex_free(struct regex *regex)
{
    if (regex) {
        pcre2_jit_stack_free(regex->stack);
        pcre2_match_context_free(regex->context);
        pcre2_match_data_free(regex->data);
        pcre2_code_free(regex->code);
        free(regex);
    }
}

void regex_set_stack(struct regex *regex, size_t start, size_t most)
{
    pcre2_jit_stack_free(regex->stack);
    regex->stack = pcre2_jit_stack_create(start, most, NULL);
    pcre2_jit_stack_assign(regex->context, NULL, regex->stack); /* NULL: the machine's own stack */
}

/* Where the next call ends: behind a whole character. */
static size_t regex_end_of_step(const struct regex *regex, const struct regex_search *search)
{
    size_t end = search->length - search->first > search->step ? search->first + search->step
                                                               : search->length;

    while (regex->options & PCRE2_UTF && end < search->length &&
           ((unsigned char)search->subject[end] & 0xc0) == 0x80) {
        end++;
    }
    return end;
}

static void regex_choose_step(const struct regex *regex, struct regex_search *search, bool quick)
{
    if (regex->options & (PCRE2_ANCHORED | PCRE2_FIRSTLINE)) {
        search->step = SIZE_MAX; /* these mean the beginning of the search, which must be one */
    } else if (!search->begun) {
        search->step = REGEX_FIRST_OFFSETS;
    } else if (quick) {
        search->step = search->step < REGEX_MOST_OFFSETS ? search->step * 2 : search->step;
    } else {
        search->step = search->step > 1 ? search->step / 2 : 1;
    }
}

static int regex_match(struct regex *regex, const struct regex_search *search, size_t end)
{
    uint32_t checked = search->begun && regex->options & PCRE2_UTF ? PCRE2_NO_UTF_CHECK : 0;
    size_t last = end > search->first ? end - 1 : end;
    int code;

    (void)pcre2_set_offset_limit(regex->context, end == search->length ? search->last
                                                 : last < search->last ? last
                                                                       : search->last);
    code = pcre2_match(regex->code, (PCRE2_SPTR)search->subject, search->length, search->first,
                       checked | regex->refuse, regex->data, regex->context);
    if (code == PCRE2_ERROR_JIT_STACKLIMIT) {
        regex->refuse = PCRE2_NO_JIT;
        code = pcre2_match(regex->code, (PCRE2_SPTR)search->subject, search->length, search->first,
                           checked | regex->refuse, regex->data, regex->context);
    }
    return code;
}

enum regex_result regex_search(struct regex *regex, struct regex_search *search, bool quick,
                               struct regex_error *error)
{
    size_t end;
    int code;

    if (search->first > search->length || search->first > search->last) {
        return REGEX_NOT_MATCHED;
    }
    regex_choose_step(regex, search, quick);
    end = regex_end_of_step(regex, search);
    code = regex_match(regex, search, end);
    search->begun = true;
    if (code >= 0) {
        return REGEX_MATCHED;
    }
    if (code != PCRE2_ERROR_NOMATCH) {
        error->offset = search->first;
        (void)pcre2_get_error_message(code, (PCRE2_UCHAR *)error->text, sizeof(error->text));
        return REGEX_GAVE_UP;
    }
    if (end == search->length || end > search->last) {
        return REGEX_NOT_MATCHED;
    }
    search->first = end;
    return REGEX_MORE;
}
