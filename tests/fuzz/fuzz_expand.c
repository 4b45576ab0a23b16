/* SPDX-License-Identifier: Apache-2.0
 *
 * The syntax layer alone: any bytes as the files of a configuration (unit_files.h), read as words
 * and as commands. Whatever they are it comes to an end, and each token stands where it says.
 */
#include "../unit/unit_files.h"
#include "base/arena.h"
#include "base/memory.h"
#include "parser/diag.h"
#include "parser/lexer.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

/* A token is what it is, and read again it is the same. */
static void fuzz_token(struct lexer *lexer, bool commands)
{
    struct lexer_token token;
    struct lexer_token again;

    do {
        void (*next)(struct lexer *, struct lexer_token *) =
            commands ? lexer_next_command : lexer_next;

        next(lexer, &token);
        fuzz_require(token.kind != LEXER_WORD || token.text[token.length] == '\0');
        fuzz_require(token.kind == LEXER_END || token.place.position.line > 0);
        fuzz_require(token.kind == LEXER_END || token.place.position.column > 0);
        fuzz_require(token.kind != LEXER_WORD || token.place.length > 0);
        if (token.kind == LEXER_WORD) {
            lexer_unread(lexer, &token);
            next(lexer, &again);
            fuzz_require(again.kind == LEXER_WORD && again.length == token.length);
            fuzz_require(again.place.position.column == token.place.position.column);
        }
    } while (token.kind != LEXER_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = memory_new(size + 1, 1);

    if (size) {
        memcpy(text, data, size);
    }
    for (int commands = 0; commands < 2; commands++) {
        struct parser_options options = {.world = unit_files_world(text), .expansion_limit = 10000};
        struct diag_list *list = diag_new();
        struct arena *arena = arena_new();
        struct source *source = source_new(arena, &options.world, list);
        struct expand *expand = expand_new(source, UNIT_FILES_FIRST, "lb1", &options);

        if (expand) {
            struct lexer *lexer = lexer_new(expand, source);

            fuzz_token(lexer, commands);
            lexer_free(lexer);
        }
        expand_free(expand);
        source_free(source);
        arena_free(arena);
        diag_free(list);
    }
    free(text);
    return 0;
}
