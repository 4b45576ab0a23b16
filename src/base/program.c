/* SPDX-License-Identifier: Apache-2.0
 *
 * Before a program of the configuration is run: where it is, as whom it runs, and whether others
 * could replace it.
 */
#include "base/program.h"

#include "base/text.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROGRAM_ACCOUNT_BUFFER = 16384 };

static bool program_find_user(const char *user, uid_t *uid, gid_t *gid)
{
    char buffer[PROGRAM_ACCOUNT_BUFFER];
    struct passwd account;
    struct passwd *found = NULL;

    if (getpwnam_r(user, &account, buffer, sizeof(buffer), &found) != 0 || !found) {
        return false;
    }
    *uid = account.pw_uid;
    *gid = account.pw_gid;
    return true;
}

static bool program_find_group(const char *group, gid_t *gid)
{
    char buffer[PROGRAM_ACCOUNT_BUFFER];
    struct group account;
    struct group *found = NULL;

    if (getgrnam_r(group, &account, buffer, sizeof(buffer), &found) != 0 || !found) {
        return false;
    }
    *gid = account.gr_gid;
    return true;
}

const char *program_default_user(const char *configured)
{
    uid_t uid;
    gid_t gid;

    if (configured) {
        return configured;
    }
    return program_find_user("keepalived_script", &uid, &gid) ? "keepalived_script" : NULL;
}

bool program_find_account(const char *user, const char *group, struct program *program)
{
    bool supplementary = group && *group == ':';

    program->uid = geteuid();
    program->gid = getegid();
    program->group_count = 0;
    if (supplementary) {
        group = group[1] ? group + 1 : NULL;
    }
    if (user && !program_find_user(user, &program->uid, &program->gid)) {
        (void)snprintf(program->reason, sizeof(program->reason),
                       "there is no user \"%.100s\": make it (useradd --system) or name another",
                       user);
        return false;
    }
    if (group && !program_find_group(group, &program->gid)) {
        (void)snprintf(program->reason, sizeof(program->reason),
                       "there is no group \"%.100s\": make it (groupadd --system) or name another",
                       group);
        return false;
    }
    if (supplementary && user) {
        int count = PROGRAM_GROUPS;

        (void)getgrouplist(user, program->gid, program->groups, &count); /* as many as have room */
        program->group_count = (size_t)(count < PROGRAM_GROUPS ? count : PROGRAM_GROUPS);
    }
    return true;
}

/* A bare name is looked for in PATH, as a shell would; a path is taken as it is. */
static bool program_find_path(const char *name, struct program *program)
{
    const char *search = getenv("PATH");
    struct stat info;

    if (strchr(name, '/')) {
        return text_copy(program->path, sizeof(program->path), name) &&
               stat(program->path, &info) == 0 && S_ISREG(info.st_mode);
    }
    for (const char *at = search ? search : "/usr/sbin:/usr/bin:/sbin:/bin"; *at;) {
        size_t length = strcspn(at, ":");

        if (snprintf(program->path, sizeof(program->path), "%.*s/%s", (int)length, at, name) <
                (int)sizeof(program->path) &&
            stat(program->path, &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 0111)) {
            return true;
        }
        at += length + (at[length] == ':');
    }
    (void)text_copy(program->path, sizeof(program->path), name);
    return false;
}

/*
 * Whether we may not see it, since somebody else's directory is on the way: we have no right to look
 * everywhere (CAP_DAC_READ_SEARCH), whoever runs it may well have it.
 */
static bool program_is_hidden(const struct program *program)
{
    struct stat info;

    return strchr(program->path, '/') && stat(program->path, &info) != 0 && errno == EACCES;
}

static bool program_has_group(const struct program *program, gid_t gid)
{
    for (size_t i = 0; i < program->group_count; i++) {
        if (program->groups[i] == gid) {
            return true;
        }
    }
    return gid == program->gid;
}

/* Whether the mode bits let this user execute it. */
static bool program_is_executable(const struct program *program)
{
    struct stat info;

    if (stat(program->path, &info) != 0) {
        return false;
    }
    if (program->uid == 0) {
        return info.st_mode & 0111;
    }
    if (info.st_uid == program->uid) {
        return info.st_mode & S_IXUSR;
    }
    return info.st_mode & (program_has_group(program, info.st_gid) ? S_IXGRP : S_IXOTH);
}

/* Whether it runs as root, or in root's group: then root alone may touch it. */
static bool program_is_roots(const struct program *program)
{
    return program->uid == 0 || program->gid == 0;
}

static bool program_owner_is_safe(const struct program *program, const struct stat *info)
{
    return info->st_uid == 0 || (!program_is_roots(program) && info->st_uid == program->uid);
}

/* Says what is wrong with a component of the path, and the cure. */
static void program_explain(struct program *program, const char *path, const struct stat *info)
{
    const char *alternative =
        program_is_roots(program) ? ", or run the script as another user (script_user)" : "";
    char user[32] = "root";

    if (!program_is_roots(program)) {
        (void)snprintf(user, sizeof(user), "user id %u", (unsigned)program->uid);
    }
    if (!program_owner_is_safe(program, info)) {
        (void)snprintf(program->reason, sizeof(program->reason),
                       "%.200s belongs to user id %u, who could replace what %s runs: chown root "
                       "%.100s%s",
                       path, (unsigned)info->st_uid, user, path, alternative);
    } else {
        (void)snprintf(program->reason, sizeof(program->reason),
                       "%.200s is writable by others (mode %04o), who could replace what %s runs: "
                       "chmod %s %.100s%s",
                       path, (unsigned)(info->st_mode & 07777), user,
                       !(info->st_mode & S_IWGRP) ? "o-w"
                       : info->st_mode & S_IWOTH  ? "go-w"
                                                  : "g-w",
                       path, alternative);
    }
}

static bool program_component_is_safe(const char *path, struct program *program)
{
    struct stat info;
    bool sticky;
    bool own_group;

    if (stat(path, &info) != 0) {
        (void)snprintf(program->reason, sizeof(program->reason), "%.200s: %s", path,
                       strerror(errno));
        return false;
    }
    sticky = S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX);
    own_group = info.st_gid == 0 || (!program_is_roots(program) && info.st_gid == program->gid);
    if (program_owner_is_safe(program, &info) &&
        (sticky || (!(info.st_mode & S_IWOTH) && (!(info.st_mode & S_IWGRP) || own_group)))) {
        return true;
    }
    program_explain(program, path, &info);
    return false;
}

/* Each directory down to the file, of the path as given and of the one without symbolic links. */
static bool program_path_is_safe(const char *path, struct program *program)
{
    char part[PROGRAM_PATH_SIZE];

    for (size_t i = 1; path[i]; i++) {
        if (path[i] == '/') {
            memcpy(part, path, i);
            part[i] = '\0';
            if (!program_component_is_safe(part, program)) {
                return false;
            }
        }
    }
    return program_component_is_safe("/", program) && program_component_is_safe(path, program);
}

enum program_verdict program_check_path(struct program *program)
{
    char real[PROGRAM_PATH_SIZE];

    return program_path_is_safe(program->path, program) && realpath(program->path, real) &&
                   program_path_is_safe(real, program)
               ? PROGRAM_OK
               : PROGRAM_UNSAFE;
}

enum program_verdict program_find(const char *name, const char *user, const char *group,
                                  struct program *program)
{
    *program = (struct program){0};
    if (!program_find_account(user, group, program)) {
        return PROGRAM_NO_USER;
    }
    if (!program_find_path(name, program)) {
        if (program_is_hidden(program) && !program_is_roots(program)) {
            return PROGRAM_OK; /* its user finds out */
        }
        if (program_is_hidden(program)) {
            (void)snprintf(
                program->reason, sizeof(program->reason),
                "%.200s is below a directory that root may not search, so it belongs to "
                "somebody who could replace what root runs: put it elsewhere, or run the "
                "script as that user (script_user)",
                program->path);
            return PROGRAM_UNSAFE;
        }
        (void)snprintf(program->reason, sizeof(program->reason),
                       "there is no program %.300s: install it or correct the path", program->path);
        return PROGRAM_MISSING;
    }
    if (!program_is_executable(program)) {
        (void)snprintf(program->reason, sizeof(program->reason),
                       "%.200s cannot be executed by user id %u: chmod a+x %.200s", program->path,
                       (unsigned)program->uid, program->path);
        return PROGRAM_NOT_EXECUTABLE;
    }
    if (program->uid != 0 && program->gid != 0) {
        return PROGRAM_OK;
    }
    return program_check_path(program);
}
