/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets that stand in a file of their own or come as a credential from systemd. Pure, but for what
 * the parser's world reads.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "parser/parser.h"

#include <stdlib.h>
#include <string.h>

/* Where systemd puts a credential: systemd.exec(5), LoadCredential=. NULL where there is none. */
static const char *secret_credential_path(struct build *build, const char *name)
{
    const struct parser_world *world = source_world(build->source);
    const char *directory =
        world->environment ? world->environment(world->argument, "CREDENTIALS_DIRECTORY") : NULL;

    return directory ? arena_format(build->scratch, "%s/%s", directory, name) : NULL;
}

static const char *secret_read(struct build *build, const char *path, struct build_secret *secret)
{
    const struct parser_world *world = source_world(build->source);

    if (build->options->keys == PARSER_KEYS_NONE ||
        (build->options->keys == PARSER_KEYS_AT_HAND && !path)) {
        return NULL; /* the configuration is not for use here */
    }
    if (!path) {
        return "names a credential, and the daemon was given none (LoadCredential= of its unit)";
    }
    if (!world->read || world->read(world->argument, path, &secret->text, &secret->size) < 0) {
        secret->text = NULL;
        return "cannot be read";
    }
    while (secret->size &&
           (secret->text[secret->size - 1] == '\n' || secret->text[secret->size - 1] == '\r')) {
        secret->text[--secret->size] = '\0';
    }
    return NULL;
}

bool build_open_secret(struct build *build, const char *word, struct build_secret *secret,
                       const char **complaint)
{
    *secret = (struct build_secret){.text = NULL};
    *complaint = NULL;
    if (strncmp(word, "file:", strlen("file:")) == 0) {
        *complaint = secret_read(build, word + strlen("file:"), secret);
    } else if (strncmp(word, "credential:", strlen("credential:")) == 0) {
        *complaint =
            secret_read(build, secret_credential_path(build, word + strlen("credential:")), secret);
    } else {
        return false;
    }
    return true;
}

void build_close_secret(struct build_secret *secret)
{
    if (secret->text) {
        explicit_bzero(secret->text, secret->size);
        free(secret->text);
        secret->text = NULL;
    }
}
