/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of a command line, one row of the table for each option.  An option's row says how many words it takes;
 * its reader gets them and fills the command.  Texts for a person are bubblewrap's own, to the letter: other programs
 * match them. */
#include "bwrap/command.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bwrap/capability.h"

typedef struct Reader {
        BwrapCommand *command;
        const BwrapHost *host;
        bool in_file;       /* the words come from --args */
        size_t n_words;     /* so far, of all sources */
        int64_t next_mode;  /* --perms; -1: not said */
        uint64_t next_size; /* --size; 0: not said */
        size_t first_layer; /* --overlay-src: those from here on wait for their overlay */
        bool overlay_next;  /* some do */
        bool user_try, cgroup_try;
        BwrapOutcome outcome;
} Reader;

typedef struct Option Option;
typedef BwrapOutcome (*ReadOption)(Reader *reader, const Option *option, char **words);

typedef enum OptionTrait {
        TAKES_MODE = 1 << 0,   /* --perms may stand before it */
        TAKES_SIZE = 1 << 1,   /* --size */
        TAKES_LAYERS = 1 << 2, /* --overlay-src */
        MODIFIER = 1 << 3,     /* is one of these */
} OptionTrait;

struct Option {
        const char *name;
        unsigned n_words;
        ReadOption read;
        uint32_t traits;
        int kind;       /* the reader's: an enum's value */
        uint32_t flags; /* the reader's */
};

/* Room for one element more; false without memory. */
static bool grow(void *list, size_t n, size_t *room, size_t size)
{
        void *old, *grown;
        size_t more = *room == 0 ? 16 : 2 * *room;

        if (n < *room)
                return true;
        memcpy(&old, list, sizeof old);
        grown = realloc(old, more * size);
        if (grown == NULL)
                return false;
        memcpy(list, &grown, sizeof grown);
        *room = more;
        return true;
}

const char *bwrap_command_prefix(const BwrapCommand *command, bool warning)
{
        return !command->level_prefix ? "bwrap: " : warning ? "<4>bwrap: " : "<3>bwrap: ";
}

static void __attribute__((format(printf, 2, 0))) say(Buffer *text, const char *format, va_list list)
{
        char line[512], *whole = NULL;
        va_list again;
        int n;

        va_copy(again, list);
        n = vsnprintf(line, sizeof line, format, list);
        if (n >= (int)sizeof line && vasprintf(&whole, format, again) < 0)
                whole = NULL;
        va_end(again);
        buffer_add_text(text, whole != NULL ? whole : line);
        free(whole);
        buffer_add_byte(text, '\n');
}

static BwrapOutcome __attribute__((format(printf, 2, 3))) refuse(const Reader *reader, const char *format, ...)
{
        Buffer *text = &reader->command->messages;
        va_list list;

        buffer_add_text(text, bwrap_command_prefix(reader->command, false));
        va_start(list, format);
        say(text, format, list);
        va_end(list);
        return BWRAP_REFUSED;
}

static void warn_last(const Reader *reader, const char *option)
{
        Buffer *text = &reader->command->messages;

        buffer_add_text(text, bwrap_command_prefix(reader->command, true));
        buffer_printf(text, "Only the last %s option will take effect\n", option);
}

/* A whole decimal number, 0 to max; -1 for anything else. */
static int64_t number(const char *text, int64_t max)
{
        char *end = NULL;
        long long value;

        errno = 0;
        value = strtoll(text, &end, 10);
        return errno != 0 || end == text || *end != '\0' || value < 0 || value > max ? -1 : value;
}

static BwrapOutcome read_fd(const Reader *reader, const char *word, int *ret_fd)
{
        int64_t fd = number(word, INT_MAX);

        if (fd < 0)
                return refuse(reader, "Invalid fd: %s", word);
        *ret_fd = (int)fd;
        return BWRAP_RUN;
}

static bool read_octal(const char *word, uint32_t *ret_mode)
{
        char *end = NULL;
        unsigned long mode = strtoul(word, &end, 8);

        if (end == word || *end != '\0' || mode > 07777)
                return false;
        *ret_mode = (uint32_t)mode;
        return true;
}

/* A new step; NULL without memory. */
static BwrapOp *add_op(Reader *reader, const Option *option, const char *dest)
{
        BwrapCommand *command = reader->command;
        BwrapOp *op;

        if (!grow(&command->ops, command->n_ops, &command->room_ops, sizeof *command->ops))
                return NULL;
        op = &command->ops[command->n_ops++];
        *op = (BwrapOp){ .kind = (BwrapOpKind)option->kind, .flags = option->flags, .dest = dest, .fd = -1 };
        return op;
}

static uint32_t take_mode(Reader *reader, uint32_t usual)
{
        uint32_t mode = reader->next_mode < 0 ? usual : (uint32_t)reader->next_mode;

        reader->next_mode = -1;
        return mode;
}

/* The readers. */

static BwrapOutcome read_unshare(Reader *reader, const Option *option, char **words)
{
        (void)words;
        reader->command->unshare[option->kind] = true;
        return BWRAP_RUN;
}

static BwrapOutcome read_unshare_all(Reader *reader, const Option *option, char **words)
{
        bool *unshare = reader->command->unshare;

        (void)option;
        (void)words;
        reader->user_try = reader->cgroup_try = true;
        unshare[BWRAP_NS_IPC] = unshare[BWRAP_NS_PID] = unshare[BWRAP_NS_UTS] = unshare[BWRAP_NS_NET] = true;
        return BWRAP_RUN;
}

static BwrapOutcome read_share_net(Reader *reader, const Option *option, char **words)
{
        (void)option;
        (void)words;
        reader->command->unshare[BWRAP_NS_NET] = false;
        return BWRAP_RUN;
}

static BwrapOutcome read_try(Reader *reader, const Option *option, char **words)
{
        (void)words;
        if (option->kind == BWRAP_NS_USER)
                reader->user_try = true;
        else
                reader->cgroup_try = true;
        return BWRAP_RUN;
}

enum { SWITCH_DISABLE_USERNS, SWITCH_ASSERT_USERNS, SWITCH_NEW_SESSION, SWITCH_DIE, SWITCH_AS_PID_1, SWITCH_LEVEL };

static BwrapOutcome read_switch(Reader *reader, const Option *option, char **words)
{
        BwrapCommand *command = reader->command;
        bool *const switches[] = {
                [SWITCH_DISABLE_USERNS] = &command->disable_userns,
                [SWITCH_ASSERT_USERNS] = &command->assert_userns_disabled,
                [SWITCH_NEW_SESSION] = &command->new_session,
                [SWITCH_DIE] = &command->die_with_parent,
                [SWITCH_AS_PID_1] = &command->as_pid_1,
                [SWITCH_LEVEL] = &command->level_prefix,
        };

        (void)words;
        *switches[option->kind] = true;
        return BWRAP_RUN;
}

static BwrapOutcome read_kept_fd(Reader *reader, const Option *option, char **words)
{
        BwrapCommand *command = reader->command;
        int *fd = &command->fds[option->kind];

        if (option->kind == BWRAP_FD_SECCOMP && command->n_filters > 0)
                return refuse(reader, "--seccomp cannot be combined with --add-seccomp-fd");
        if (*fd >= 0)
                warn_last(reader, option->name);
        return read_fd(reader, words[0], fd);
}

static BwrapOutcome read_filter(Reader *reader, const Option *option, char **words)
{
        BwrapCommand *command = reader->command;

        (void)option;
        if (command->fds[BWRAP_FD_SECCOMP] >= 0)
                return refuse(reader, "--add-seccomp-fd cannot be combined with --seccomp");
        if (!grow(&command->filters, command->n_filters, &command->room_filters, sizeof *command->filters))
                return BWRAP_NO_MEMORY;
        return read_fd(reader, words[0], &command->filters[command->n_filters++]);
}

static BwrapOutcome read_id(Reader *reader, const Option *option, char **words)
{
        int64_t *id = option->kind == 0 ? &reader->command->uid : &reader->command->gid;

        if (*id >= 0)
                warn_last(reader, option->name);
        *id = number(words[0], INT_MAX);
        return *id < 0 ? refuse(reader, option->kind == 0 ? "Invalid uid: %s" : "Invalid gid: %s", words[0])
                       : BWRAP_RUN;
}

static BwrapOutcome read_hostname(Reader *reader, const Option *option, char **words)
{
        if (reader->command->hostname != NULL)
                warn_last(reader, option->name);
        reader->command->hostname = words[0];
        return BWRAP_RUN;
}

static BwrapOutcome read_chdir(Reader *reader, const Option *option, char **words)
{
        if (reader->command->chdir != NULL)
                warn_last(reader, option->name);
        reader->command->chdir = words[0];
        return BWRAP_RUN;
}

static BwrapOutcome read_argv0(Reader *reader, const Option *option, char **words)
{
        if (reader->command->argv0 != NULL)
                return refuse(reader, "%s used multiple times", option->name);
        reader->command->argv0 = words[0];
        return BWRAP_RUN;
}

static BwrapOutcome read_lock_file(Reader *reader, const Option *option, char **words)
{
        BwrapCommand *command = reader->command;

        (void)option;
        if (!grow(&command->lock_files, command->n_lock_files, &command->room_lock_files, sizeof *command->lock_files))
                return BWRAP_NO_MEMORY;
        command->lock_files[command->n_lock_files++] = words[0];
        return BWRAP_RUN;
}

/* This build knows no SELinux. */
static BwrapOutcome read_label(Reader *reader, const Option *option, char **words)
{
        (void)option;
        (void)words;
        return refuse(reader, "labeling not supported on this system");
}

/* Bytes that the command owns, as "NAME=VALUE" is. */
static bool own(BwrapCommand *command, char *blob)
{
        if (blob == NULL || !grow(&command->blobs, command->n_blobs, &command->room_blobs, sizeof *command->blobs)) {
                free(blob);
                return false;
        }
        command->blobs[command->n_blobs++] = blob;
        return true;
}

static bool is_variable(const char *name)
{
        return *name != '\0' && strchr(name, '=') == NULL;
}

/* The place of NAME among the variables, or n_env. */
static size_t variable(const BwrapCommand *command, const char *name)
{
        size_t n = strlen(name), i = 0;

        while (i < command->n_env && (strncmp(command->env[i], name, n) != 0 || command->env[i][n] != '='))
                i++;
        return i;
}

static BwrapOutcome read_setenv(Reader *reader, const Option *option, char **words)
{
        BwrapCommand *command = reader->command;
        char *text = NULL;
        size_t at;

        (void)option;
        if (!is_variable(words[0]))
                return refuse(reader, "setenv failed: %s", strerror(EINVAL));
        if (asprintf(&text, "%s=%s", words[0], words[1]) < 0 || !own(command, text))
                return BWRAP_NO_MEMORY;
        at = variable(command, words[0]);
        if (at == command->n_env) {
                if (!grow(&command->env, command->n_env + 1, &command->room_env, sizeof *command->env))
                        return BWRAP_NO_MEMORY;
                command->env[++command->n_env] = NULL;
        }
        command->env[at] = text;
        return BWRAP_RUN;
}

static BwrapOutcome read_unsetenv(Reader *reader, const Option *option, char **words)
{
        BwrapCommand *command = reader->command;
        size_t at;

        (void)option;
        if (!is_variable(words[0]))
                return refuse(reader, "unsetenv failed: %s", strerror(EINVAL));
        while ((at = variable(command, words[0])) < command->n_env) {
                memmove(command->env + at, command->env + at + 1, (command->n_env - at) * sizeof *command->env);
                command->n_env--;
        }
        return BWRAP_RUN;
}

/* PWD is set anyway, once the directory is known. */
static BwrapOutcome read_clearenv(Reader *reader, const Option *option, char **words)
{
        (void)option;
        (void)words;
        reader->command->n_env = 0;
        reader->command->env[0] = NULL;
        return BWRAP_RUN;
}

static BwrapOutcome read_cap(Reader *reader, const Option *option, char **words)
{
        BwrapCommand *command = reader->command;
        uint64_t set = UINT64_MAX;

        if (strcasecmp(words[0], "ALL") != 0) {
                int64_t cap = number(words[0], 63);

                if (cap < 0)
                        cap = bwrap_capability(words[0]);
                if (cap < 0)
                        return refuse(reader, "unknown cap: %s", words[0]);
                set = UINT64_C(1) << cap;
        }
        command->caps = option->kind == 1 ? command->caps | set : command->caps & ~set;
        command->caps_said = true;
        return BWRAP_RUN;
}

static BwrapOutcome read_perms(Reader *reader, const Option *option, char **words)
{
        uint32_t mode = 0;

        (void)option;
        if (reader->next_mode >= 0)
                return refuse(reader, "--perms given twice for the same action");
        if (!read_octal(words[0], &mode))
                return refuse(reader, "--perms takes an octal argument <= 07777");
        reader->next_mode = mode;
        return BWRAP_RUN;
}

static BwrapOutcome read_size(Reader *reader, const Option *option, char **words)
{
        char *end = NULL;
        unsigned long long size;

        (void)option;
        if (reader->next_size > 0)
                return refuse(reader, "--size given twice for the same action");
        errno = 0;
        size = strtoull(words[0], &end, 0);
        if (errno != 0 || end == words[0] || *end != '\0' || strchr(words[0], '-') != NULL || size == 0)
                return refuse(reader, "--size takes a non-zero number of bytes");
        if (size > SIZE_MAX / 2)
                return refuse(reader, "--size (for tmpfs) is limited to %zu", SIZE_MAX / 2);
        reader->next_size = size;
        return BWRAP_RUN;
}

static BwrapOutcome read_bind(Reader *reader, const Option *option, char **words)
{
        BwrapOp *op = add_op(reader, option, words[1]);

        if (op == NULL)
                return BWRAP_NO_MEMORY;
        op->source = words[0];
        return BWRAP_RUN;
}

static BwrapOutcome read_bind_fd(Reader *reader, const Option *option, char **words)
{
        BwrapOp *op = add_op(reader, option, words[1]);

        return op == NULL ? BWRAP_NO_MEMORY : read_fd(reader, words[0], &op->fd);
}

/* An operation that has a destination, and at most a mode and a size. */
static BwrapOutcome read_dest(Reader *reader, const Option *option, char **words)
{
        BwrapOp *op = add_op(reader, option, words[0]);

        if (op == NULL)
                return BWRAP_NO_MEMORY;
        op->mode = (option->traits & TAKES_MODE) != 0 ? take_mode(reader, 0755) : 0;
        if ((option->traits & TAKES_SIZE) != 0) {
                op->size = reader->next_size;
                reader->next_size = 0;
        }
        return BWRAP_RUN;
}

static BwrapOutcome read_data(Reader *reader, const Option *option, char **words)
{
        BwrapOp *op = add_op(reader, option, words[1]);

        if (op == NULL)
                return BWRAP_NO_MEMORY;
        op->mode = take_mode(reader, op->kind == BWRAP_FILE ? 0666 : 0600);
        return read_fd(reader, words[0], &op->fd);
}

static BwrapOutcome read_chmod(Reader *reader, const Option *option, char **words)
{
        BwrapOp *op = add_op(reader, option, words[1]);

        if (op == NULL)
                return BWRAP_NO_MEMORY;
        return read_octal(words[0], &op->mode) ? BWRAP_RUN : refuse(reader, "--chmod takes an octal argument <= 07777");
}

static BwrapOutcome read_layer(Reader *reader, const Option *option, char **words)
{
        BwrapCommand *command = reader->command;

        (void)option;
        if (!grow(&command->layers, command->n_layers, &command->room_layers, sizeof *command->layers))
                return BWRAP_NO_MEMORY;
        if (!reader->overlay_next)
                reader->first_layer = command->n_layers;
        command->layers[command->n_layers++] = words[0];
        reader->overlay_next = true;
        return BWRAP_RUN;
}

static BwrapOutcome read_overlay(Reader *reader, const Option *option, char **words)
{
        size_t n = reader->overlay_next ? reader->command->n_layers - reader->first_layer : 0;
        BwrapOp *op = add_op(reader, option, words[option->n_words - 1]);

        if (op == NULL)
                return BWRAP_NO_MEMORY;
        if (n == 0 && op->kind != BWRAP_RO_OVERLAY)
                return refuse(reader, "%s requires at least one --overlay-src", option->name);
        if (n < 2 && op->kind == BWRAP_RO_OVERLAY)
                return refuse(reader, "%s requires at least two --overlay-src", option->name);
        if (op->kind == BWRAP_OVERLAY) {
                op->source = words[0];
                op->work = words[1];
        }
        op->first_layer = reader->first_layer;
        op->n_layers = n;
        reader->overlay_next = false;
        return BWRAP_RUN;
}

static BwrapOutcome read_help(Reader *reader, const Option *option, char **words)
{
        (void)reader;
        (void)option;
        (void)words;
        return BWRAP_HELP;
}

static BwrapOutcome read_version(Reader *reader, const Option *option, char **words)
{
        (void)reader;
        (void)option;
        (void)words;
        return BWRAP_VERSION;
}

static BwrapOutcome read_args(Reader *reader, const Option *option, char **words);

#define BIND(option, flags)                                                                                            \
        {                                                                                                              \
                option, 2, read_bind, 0, BWRAP_BIND, (flags)                                                           \
        }
#define FD(option, which)                                                                                              \
        {                                                                                                              \
                option, 1, read_kept_fd, 0, which, 0                                                                   \
        }
#define SWITCH(option, which)                                                                                          \
        {                                                                                                              \
                option, 0, read_switch, 0, which, 0                                                                    \
        }
#define UNSHARE(option, which)                                                                                         \
        {                                                                                                              \
                option, 0, read_unshare, 0, which, 0                                                                   \
        }

static const Option options[] = {
        { "--help", 0, read_help, 0, 0, 0 },
        { "--version", 0, read_version, 0, 0, 0 },
        { "--args", 1, read_args, 0, 0, 0 },
        SWITCH("--level-prefix", SWITCH_LEVEL),
        { "--argv0", 1, read_argv0, 0, 0, 0 },
        { "--unshare-all", 0, read_unshare_all, 0, 0, 0 },
        { "--share-net", 0, read_share_net, 0, 0, 0 },
        UNSHARE("--unshare-user", BWRAP_NS_USER),
        { "--unshare-user-try", 0, read_try, 0, BWRAP_NS_USER, 0 },
        UNSHARE("--unshare-ipc", BWRAP_NS_IPC),
        UNSHARE("--unshare-pid", BWRAP_NS_PID),
        UNSHARE("--unshare-net", BWRAP_NS_NET),
        UNSHARE("--unshare-uts", BWRAP_NS_UTS),
        UNSHARE("--unshare-cgroup", BWRAP_NS_CGROUP),
        { "--unshare-cgroup-try", 0, read_try, 0, BWRAP_NS_CGROUP, 0 },
        FD("--userns", BWRAP_FD_USERNS),
        FD("--userns2", BWRAP_FD_USERNS2),
        SWITCH("--disable-userns", SWITCH_DISABLE_USERNS),
        SWITCH("--assert-userns-disabled", SWITCH_ASSERT_USERNS),
        FD("--pidns", BWRAP_FD_PIDNS),
        { "--uid", 1, read_id, 0, 0, 0 },
        { "--gid", 1, read_id, 0, 1, 0 },
        { "--hostname", 1, read_hostname, 0, 0, 0 },
        { "--chdir", 1, read_chdir, 0, 0, 0 },
        { "--clearenv", 0, read_clearenv, 0, 0, 0 },
        { "--setenv", 2, read_setenv, 0, 0, 0 },
        { "--unsetenv", 1, read_unsetenv, 0, 0, 0 },
        { "--lock-file", 1, read_lock_file, 0, 0, 0 },
        FD("--sync-fd", BWRAP_FD_SYNC),
        BIND("--bind", 0),
        BIND("--bind-try", BWRAP_TRY),
        BIND("--dev-bind", BWRAP_DEVICES),
        BIND("--dev-bind-try", BWRAP_DEVICES | BWRAP_TRY),
        BIND("--ro-bind", BWRAP_READ_ONLY),
        BIND("--ro-bind-try", BWRAP_READ_ONLY | BWRAP_TRY),
        { "--bind-fd", 2, read_bind_fd, 0, BWRAP_BIND, 0 },
        { "--ro-bind-fd", 2, read_bind_fd, 0, BWRAP_BIND, BWRAP_READ_ONLY },
        { "--remount-ro", 1, read_dest, 0, BWRAP_REMOUNT_RO, 0 },
        { "--overlay-src", 1, read_layer, MODIFIER, 0, 0 },
        { "--overlay", 3, read_overlay, TAKES_LAYERS, BWRAP_OVERLAY, 0 },
        { "--tmp-overlay", 1, read_overlay, TAKES_LAYERS, BWRAP_TMP_OVERLAY, 0 },
        { "--ro-overlay", 1, read_overlay, TAKES_LAYERS, BWRAP_RO_OVERLAY, 0 },
        { "--exec-label", 1, read_label, 0, 0, 0 },
        { "--file-label", 1, read_label, 0, 0, 0 },
        { "--proc", 1, read_dest, 0, BWRAP_PROC, 0 },
        { "--dev", 1, read_dest, 0, BWRAP_DEV, 0 },
        { "--tmpfs", 1, read_dest, TAKES_MODE | TAKES_SIZE, BWRAP_TMPFS, 0 },
        { "--mqueue", 1, read_dest, 0, BWRAP_MQUEUE, 0 },
        { "--dir", 1, read_dest, TAKES_MODE, BWRAP_DIR, 0 },
        { "--file", 2, read_data, TAKES_MODE, BWRAP_FILE, 0 },
        { "--bind-data", 2, read_data, TAKES_MODE, BWRAP_BIND_DATA, 0 },
        { "--ro-bind-data", 2, read_data, TAKES_MODE, BWRAP_BIND_DATA, BWRAP_READ_ONLY },
        { "--symlink", 2, read_bind, 0, BWRAP_SYMLINK, 0 },
        { "--seccomp", 1, read_kept_fd, 0, BWRAP_FD_SECCOMP, 0 },
        { "--add-seccomp-fd", 1, read_filter, 0, 0, 0 },
        FD("--block-fd", BWRAP_FD_BLOCK),
        FD("--userns-block-fd", BWRAP_FD_USERNS_BLOCK),
        FD("--info-fd", BWRAP_FD_INFO),
        FD("--json-status-fd", BWRAP_FD_JSON_STATUS),
        SWITCH("--new-session", SWITCH_NEW_SESSION),
        SWITCH("--die-with-parent", SWITCH_DIE),
        SWITCH("--as-pid-1", SWITCH_AS_PID_1),
        { "--cap-add", 1, read_cap, 0, 1, 0 },
        { "--cap-drop", 1, read_cap, 0, 0, 0 },
        { "--perms", 1, read_perms, MODIFIER, 0, 0 },
        { "--size", 1, read_size, MODIFIER, 0, 0 },
        { "--chmod", 2, read_chmod, 0, BWRAP_CHMOD, 0 },
};

static const Option *find(const char *name)
{
        for (size_t i = 0; i < sizeof options / sizeof *options; i++)
                if (strcmp(options[i].name, name) == 0)
                        return &options[i];
        return NULL;
}

static BwrapOutcome refuse_layers(const Reader *reader)
{
        return refuse(reader, "--overlay-src must be followed by another --overlay-src or one of --overlay, "
                              "--tmp-overlay, or --ro-overlay");
}

static BwrapOutcome too_few(const Reader *reader, const Option *option)
{
        static const char *const counts[] = { "", "an argument", "two arguments", "three arguments" };
        bool one = option->read == read_chdir || (option->read == read_dest && option->kind == BWRAP_REMOUNT_RO);

        return refuse(reader, "%s takes %s", option->name,
                      option->n_words == 1 && one ? "one argument" : counts[option->n_words]);
}

/* What was said about the next operation must have been used by it. */
static BwrapOutcome check_modifiers(const Reader *reader, const Option *option)
{
        if ((option->traits & MODIFIER) != 0)
                return BWRAP_RUN;
        if (reader->next_mode >= 0)
                return refuse(reader, "--perms must be followed by an option that creates a file");
        if (reader->next_size > 0)
                return refuse(reader, "--size must be followed by --tmpfs");
        return BWRAP_RUN;
}

/* Options until the first word that is none; *ret_rest: that word, or the one behind "--". */
static BwrapOutcome read_words(Reader *reader, char **words, char ***ret_rest)
{
        BwrapOutcome outcome = BWRAP_RUN;

        while (*words != NULL && **words == '-') {
                const Option *option;
                unsigned n = 0;

                if (strcmp(*words, "--") == 0) {
                        words++;
                        break;
                }
                option = find(*words);
                if (option == NULL)
                        return refuse(reader, "Unknown option %s", *words);
                if (reader->overlay_next && option->read != read_layer && (option->traits & TAKES_LAYERS) == 0)
                        return refuse_layers(reader);
                while (n < option->n_words && words[1 + n] != NULL)
                        n++;
                if (n < option->n_words)
                        return too_few(reader, option);
                outcome = option->read(reader, option, words + 1);
                if (outcome == BWRAP_RUN)
                        outcome = check_modifiers(reader, option);
                if (outcome != BWRAP_RUN)
                        return outcome;
                words += 1 + n;
        }
        *ret_rest = words;
        return BWRAP_RUN;
}

/* The words that a descriptor holds, each ended by a NUL; the last may lack it. */
static BwrapOutcome read_args(Reader *reader, const Option *option, char **words)
{
        CLEANUP(freep) char **list = NULL;
        char *bytes = NULL, **rest = NULL;
        size_t n_bytes = 0, n = 0;
        BwrapOutcome outcome;
        int fd = -1, r;

        (void)option;
        if (reader->in_file)
                return refuse(reader, "--args not supported in arguments file");
        outcome = read_fd(reader, words[0], &fd);
        if (outcome != BWRAP_RUN)
                return outcome;
        r = reader->host->read_args(reader->host->data, fd, &bytes, &n_bytes);
        if (r < 0)
                return refuse(reader, "Can't read --args data: %s", strerror(-r));
        if (!own(reader->command, bytes))
                return BWRAP_NO_MEMORY;
        for (size_t at = 0; at < n_bytes; at += strlen(bytes + at) + 1)
                n++;
        reader->n_words += n;
        if (reader->n_words > BWRAP_MAX_WORDS)
                return refuse(reader, "Exceeded maximum number of arguments %u", (unsigned)BWRAP_MAX_WORDS);
        list = calloc(n + 1, sizeof *list);
        if (list == NULL)
                return BWRAP_NO_MEMORY;
        n = 0;
        for (size_t at = 0; at < n_bytes; at += strlen(bytes + at) + 1)
                list[n++] = bytes + at;
        reader->in_file = true;
        outcome = read_words(reader, list, &rest);
        reader->in_file = false;
        return outcome;
}

/* Rules between options. */
static BwrapOutcome check(const Reader *reader)
{
        const BwrapCommand *command = reader->command;
        const bool *unshare = command->unshare;
        const int *fds = command->fds;
        const struct {
                bool broken;
                const char *why;
        } rules[] = {
                { fds[BWRAP_FD_USERNS_BLOCK] >= 0 && !unshare[BWRAP_NS_USER],
                  "--userns-block-fd requires --unshare-user" },
                { fds[BWRAP_FD_USERNS_BLOCK] >= 0 && fds[BWRAP_FD_INFO] < 0, "--userns-block-fd requires --info-fd" },
                { fds[BWRAP_FD_USERNS] >= 0 && unshare[BWRAP_NS_USER], "--userns not compatible --unshare-user" },
                { fds[BWRAP_FD_USERNS] >= 0 && reader->user_try, "--userns not compatible --unshare-user-try" },
                { command->disable_userns && !unshare[BWRAP_NS_USER], "--disable-userns requires --unshare-user" },
                { command->disable_userns && fds[BWRAP_FD_USERNS_BLOCK] >= 0,
                  "--disable-userns is not compatible with --userns-block-fd" },
        };

        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
                if (rules[i].broken)
                        return refuse(reader, "%s", rules[i].why);
        return BWRAP_RUN;
}

/* The same, once it is known which namespaces will be made. */
static BwrapOutcome check_settled(const Reader *reader)
{
        const BwrapCommand *command = reader->command;
        bool user = command->unshare[BWRAP_NS_USER] || command->fds[BWRAP_FD_USERNS] >= 0;
        const struct {
                bool broken;
                const char *why;
        } rules[] = {
                { command->uid >= 0 && !user, "Specifying --uid requires --unshare-user or --userns" },
                { command->gid >= 0 && !user, "Specifying --gid requires --unshare-user or --userns" },
                { command->hostname != NULL && !command->unshare[BWRAP_NS_UTS],
                  "Specifying --hostname requires --unshare-uts" },
                { command->as_pid_1 && !command->unshare[BWRAP_NS_PID],
                  "Specifying --as-pid-1 requires --unshare-pid" },
                { command->as_pid_1 && command->n_lock_files > 0,
                  "Specifying --as-pid-1 and --lock-file is not permitted" },
        };

        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
                if (rules[i].broken)
                        return refuse(reader, "%s", rules[i].why);
        return BWRAP_RUN;
}

/* Whoever is not root can make no other namespace without one for users. */
static void settle(Reader *reader)
{
        BwrapCommand *command = reader->command;
        bool *unshare = command->unshare;

        if (reader->host->uid != 0 && command->fds[BWRAP_FD_USERNS] < 0)
                unshare[BWRAP_NS_USER] = true;
        if (reader->user_try && reader->host->user_namespaces)
                unshare[BWRAP_NS_USER] = true;
        if (reader->cgroup_try && reader->host->cgroup_namespaces)
                unshare[BWRAP_NS_CGROUP] = true;
}

static bool begin(BwrapCommand *command, const BwrapHost *host)
{
        *command = (BwrapCommand){ .uid = -1, .gid = -1, .caps = host->uid == 0 ? host->caps : 0 };
        for (size_t i = 0; i < _BWRAP_FD_MAX; i++)
                command->fds[i] = -1;
        while (host->env[command->n_env] != NULL)
                command->n_env++;
        command->room_env = command->n_env + 16;
        command->env = calloc(command->room_env, sizeof *command->env);
        if (command->env == NULL)
                return false;
        memcpy(command->env, host->env, (command->n_env + 1) * sizeof *command->env);
        return true;
}

BwrapOutcome bwrap_command_read(BwrapCommand *ret_command, const BwrapHost *host, char **words)
{
        Reader reader = { .command = ret_command, .host = host, .next_mode = -1 };
        BwrapOutcome outcome;

        if (!begin(ret_command, host))
                return BWRAP_NO_MEMORY;
        if (*words == NULL)
                return BWRAP_USAGE;
        while (words[reader.n_words] != NULL)
                reader.n_words++;
        if (reader.n_words > BWRAP_MAX_WORDS)
                return refuse(&reader, "Exceeded maximum number of arguments %u", (unsigned)BWRAP_MAX_WORDS);
        outcome = read_words(&reader, words, &ret_command->argv);
        if (outcome == BWRAP_RUN && reader.overlay_next)
                outcome = refuse_layers(&reader);
        if (outcome == BWRAP_RUN && ret_command->argv[0] == NULL)
                outcome = BWRAP_USAGE;
        if (outcome == BWRAP_RUN)
                outcome = check(&reader);
        if (outcome != BWRAP_RUN)
                return outcome;
        settle(&reader);
        outcome = check_settled(&reader);
        return outcome == BWRAP_RUN && ret_command->messages.failed ? BWRAP_NO_MEMORY : outcome;
}

void bwrap_command_clear(BwrapCommand *command)
{
        for (size_t i = 0; i < command->n_blobs; i++)
                free(command->blobs[i]);
        free(command->blobs);
        free(command->ops);
        free(command->layers);
        free(command->filters);
        free(command->lock_files);
        free(command->env);
        buffer_clear(&command->messages);
        *command = (BwrapCommand){ 0 };
}
