/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_parser.h"

#include "base/arena.h"
#include "parser/lexer.h"

/* A lexer over a string, and what it takes. */
struct fixture {
    struct unit_file file;
    struct arena *arena;
    struct diag_list *list;
    struct source *source;
    struct expand *expand;
    struct lexer *lexer;
};

static void fixture_open(struct fixture *fixture, const char *text)
{
    fixture->file = (struct unit_file){text, strlen(text)};
    fixture->arena = arena_new();
    fixture->list = diag_new();
    fixture->source = source_new(
        fixture->arena, &(struct parser_world){.read = unit_read, .argument = &fixture->file},
        fixture->list);
    fixture->expand =
        expand_new(fixture->source, UNIT_FILE, "lb1", &(struct parser_options){.config_id = "lb1"});
    fixture->lexer = lexer_new(fixture->expand, fixture->source);
}

static void fixture_close(struct fixture *fixture)
{
    lexer_free(fixture->lexer);
    expand_free(fixture->expand);
    source_free(fixture->source);
    diag_free(fixture->list);
    arena_free(fixture->arena);
}

static void append_token(struct text_buffer *out, const struct lexer_token *token)
{
    switch (token->kind) {
    case LEXER_WORD:
        text_appendf(out, token->quoted ? "[\"%s\"]%s" : "[%s]%s", token->text,
                     token->bad ? "bad" : "");
        assert_int_equal(token->length, strlen(token->text));
        break;
    case LEXER_OPEN:
        text_append(out, "{");
        break;
    case LEXER_CLOSE:
        text_append(out, "}");
        break;
    case LEXER_LINE_END:
        text_append(out, ";");
        break;
    case LEXER_END:
        text_append(out, ".");
        break;
    }
}

/* All tokens of a text. Each is read, taken back and read again: that changes nothing. */
static void append_tokens(struct fixture *fixture, bool commands, struct text_buffer *out)
{
    void (*next)(struct lexer *, struct lexer_token *) = commands ? lexer_next_command : lexer_next;
    struct lexer_token token;

    do {
        struct lexer_token again;

        next(fixture->lexer, &token);
        lexer_unread(fixture->lexer, &token);
        next(fixture->lexer, &again);
        assert_int_equal(token.kind, again.kind);
        assert_int_equal(token.first, again.first);
        assert_memory_equal(&token.place.position, &again.place.position,
                            sizeof(token.place.position));
        append_token(out, &again);
    } while (token.kind != LEXER_END);
}

static void check_tokens(const char *text, bool commands, const char *expected, size_t errors,
                         size_t warnings)
{
    struct fixture fixture;
    struct text_buffer out = {0};

    fixture_open(&fixture, text);
    append_tokens(&fixture, commands, &out);
    assert_fact(strcmp(out.data, expected) == 0, "\"%s\" gives %s, not %s", text, out.data,
                expected);
    assert_fact(diag_count(fixture.list, DIAG_ERROR) == errors, "\"%s\": %zu errors", text,
                diag_count(fixture.list, DIAG_ERROR));
    assert_fact(diag_count(fixture.list, DIAG_WARNING) == warnings, "\"%s\": %zu warnings", text,
                diag_count(fixture.list, DIAG_WARNING));
    text_release(&out);
    fixture_close(&fixture);
}

struct token_row {
    const char *text;
    const char *tokens;
    size_t errors;
    size_t warnings;
};

static void test_words_braces_quotes_and_comments(void **state)
{
    static const struct token_row rows[] = {
        {"", ".", 0, 0},
        {"\n", ";.", 0, 0},
        {"a", "[a];.", 0, 0},
        {"a b\n", "[a][b];.", 0, 0},
        {" a\tb\vc\fd \r\n\r\n", "[a][b][c][d];;.", 0, 0},
        /* S13, S14, S16: double quotes */
        {"top \"b c\"", "[top][\"b c\"];.", 0, 0},
        {"d\"e f\"g", "[d][\"e f\"][g];.", 0, 0},
        {"top a \"\" b", "[top][a][\"\"][b];.", 0, 0},
        {"\"{ # ! }\"", "[\"{ # ! }\"];.", 0, 0},
        {"\"a\\b\"", "[\"a\\b\"];.", 0, 0},
        /* S15: single quotes are letters */
        {"'h i'", "['h][i'];.", 0, 0},
        /* S17: a quote without a partner */
        {"top \"x y\nb", "[top][\"x y\"]bad;[b];.", 1, 0},
        /* S18: no other separators */
        {"a;b=c", "[a;b=c];.", 0, 0},
        /* S19, S20: braces anywhere */
        {"blk n{k1 a}", "[blk][n]{[k1][a]};.", 0, 0},
        {"blk b { sub q { s1 z } k1 w }", "[blk][b]{[sub][q]{[s1][z]}[k1][w]};.", 0, 0},
        {"{}}{", "{}}{;.", 0, 0},
        /* S4, S5: comments, where a word could begin */
        {"# a\n! b\n  #c", ";;;.", 0, 0},
        {"a # b { \"\n", "[a];.", 0, 0},
        {"a !b", "[a];.", 0, 0},
        {"{#x", "{;.", 0, 0},
        {"}!x", "};.", 0, 0},
        {"\"a\"#x", "[\"a\"];.", 0, 0},
        {"auth_pass ab!cd", "[auth_pass][ab!cd];.", 0, 1},
        {"a#b!c", "[a#b!c];.", 0, 2},
        {"top a\\#b\\!", "[top][a#b!];.", 0, 0},
        {"\\#a", "[#a];.", 0, 0},
        {"a\\b\\", "[a\\b\\];.", 0, 0},
        /* S7: no continuation */
        {"k a \\\nb", "[k][a];[b];.", 0, 1},
        {"k \\ b", "[k][\\][b];.", 0, 0},
        {"\\", ";.", 0, 1},
        /* S1: no limit; S2: CRLF; a mark at the beginning */
        {"\xef\xbb\xbf"
         "a\r\nb\r\n",
         "[a];[b];.", 0, 0},
        {"a\xef\xbb\xbf", "[a\xef\xbb\xbf];.", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        check_tokens(rows[i].text, false, rows[i].tokens, rows[i].errors, rows[i].warnings);
    }
}

static void test_commands_have_quotes_of_both_kinds_and_join_parts(void **state)
{
    static const struct token_row rows[] = {
        {"\"/x.sh a\" bob ops", "[\"/x.sh a\"][bob][ops];.", 0, 0},
        {"'/x.sh a'", "[\"/x.sh a\"];.", 0, 0},
        {"/x.sh\" a\"' b'c d", "[/x.sh a bc][d];.", 0, 0},
        {"\"/x 'a b'\"", "[\"/x 'a b'\"];.", 0, 0},
        {"'/x \"a b\"'", "[\"/x \"a b\"\"];.", 0, 0},
        {"\"/x \\\"a\\\" b\"", "[\"/x \\\"a\\\" b\"];.", 0, 0},
        {"'/x {a} # !'", "[\"/x {a} # !\"];.", 0, 0},
        {"/x\\\"y z", "[/x\\\"y][z];.", 0, 0},
        {"/x{", "[/x]{;.", 0, 0},
        {"/x # y", "[/x];.", 0, 0},
        {"/x#y", "[/x#y];.", 0, 1},
        {"\"/x", "[\"/x\"]bad;.", 1, 0},
        {"/x'a", "[/xa]bad;.", 1, 0},
        {"'/x\\", "[\"/x\\\"]bad;.", 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        check_tokens(rows[i].text, true, rows[i].tokens, rows[i].errors, rows[i].warnings);
    }
}

static void test_lines_for_another_id_do_not_exist(void **state)
{
    static const struct token_row rows[] = {
        {"@lb1 a b\n@lb2 c", "[a][b];.", 0, 0}, {"  @lb1\ta", "[a];.", 0, 0},
        {"@^lb1 a\n@^lb2 b", "[b];.", 0, 0},    {"@lb1 @^lb2 a\n@lb1 @lb2 b", "[a];.", 0, 0},
        {"@lb1\n@^lb2\n@\n@^", ".", 0, 0},      {"@lb a\n@lb11 b\n@LB1 c", ".", 0, 0},
        {"a @lb1 b", "[a][@lb1][b];.", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        check_tokens(rows[i].text, false, rows[i].tokens, rows[i].errors, rows[i].warnings);
    }
}

static void test_tokens_know_where_they_stand(void **state)
{
    static const struct {
        uint32_t line;
        uint32_t column;
        uint32_t length;
        bool first;
    } expected[] = {
        {1, 1, 1, true},   {1, 3, 5, false}, {1, 9, 1, false}, /* a "b c" { */
        {1, 10, 1, false},                                     /* the end of line 1 */
        {2, 7, 2, true},   {2, 9, 1, false},                   /* behind @lb1 */
        {3, 3, 1, true},   {3, 4, 1, false},                   /* a tab and a blank */
        {3, 4, 1, true},                                       /* the end of the text */
    };
    struct fixture fixture;
    struct lexer_token token;

    (void)state;
    fixture_open(&fixture, "a \"b c\" {\n@lb1  xx\n\t }");
    for (size_t i = 0; i < UNIT_COUNT(expected); i++) {
        lexer_next(fixture.lexer, &token);
        assert_string_equal(token.place.position.file, UNIT_FILE);
        assert_fact(token.place.position.line == expected[i].line &&
                        token.place.position.column == expected[i].column,
                    "token %zu stands at %u:%u", i, token.place.position.line,
                    token.place.position.column);
        assert_fact(token.place.length == expected[i].length, "token %zu has %u bytes", i,
                    token.place.length);
        assert_fact(token.first == expected[i].first, "token %zu is first: %d", i, token.first);
    }
    fixture_close(&fixture);
}

static void test_a_quiet_lexer_says_nothing_and_can_speak_again(void **state)
{
    struct fixture fixture;
    struct lexer_token token;

    (void)state;
    fixture_open(&fixture, "a#b c#d");
    lexer_set_quiet(fixture.lexer, true);
    lexer_next(fixture.lexer, &token);
    lexer_next(fixture.lexer, &token);
    assert_int_equal(diag_count(fixture.list, DIAG_WARNING), 0);
    lexer_set_quiet(fixture.lexer, false);
    lexer_unread(fixture.lexer, &token);
    lexer_next(fixture.lexer, &token);
    assert_string_equal(token.text, "c#d");
    assert_int_equal(diag_count(fixture.list, DIAG_WARNING), 1);
    fixture_close(&fixture);
}

static void test_words_of_one_line_stay_valid_together(void **state)
{
    enum { WORDS = 20000 };
    struct text_buffer text = {0};
    struct lexer_token *tokens = memory_new(WORDS, sizeof(*tokens));
    struct fixture fixture;

    (void)state;
    for (int i = 0; i < WORDS; i++) {
        text_appendf(&text, "%d ", i);
    }
    fixture_open(&fixture, text.data);
    for (int i = 0; i < WORDS; i++) {
        lexer_next(fixture.lexer, &tokens[i]);
    }
    for (int i = 0; i < WORDS; i++) {
        assert_int_equal(strtol(tokens[i].text, NULL, 10), i);
    }
    fixture_close(&fixture);
    text_release(&text);
    free(tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_braces_quotes_and_comments),
        cmocka_unit_test(test_commands_have_quotes_of_both_kinds_and_join_parts),
        cmocka_unit_test(test_lines_for_another_id_do_not_exist),
        cmocka_unit_test(test_tokens_know_where_they_stand),
        cmocka_unit_test(test_a_quiet_lexer_says_nothing_and_can_speak_again),
        cmocka_unit_test(test_words_of_one_line_stay_valid_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
