/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line.  --args is the one option with an effect: it reads its descriptor, since what is there stands in
 * its place. */
#include "link/options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"

const char options_help[] =
        "Usage: oriel-dbus-proxy [OPTIONS...] ADDRESS PATH [PROXY OPTIONS...] [ADDRESS PATH [PROXY OPTIONS...]...]\n"
        "\n"
        "Options:\n"
        "    --help                       Print this help\n"
        "    --version                    Print the version\n"
        "    --fd=FD                      Write one byte to FD when all sockets listen; end when FD is hung up\n"
        "    --args=FD                    Read more arguments, each ended by NUL, from FD\n"
        "    --mediator=FD                Report what is refused, and ask, on this socket\n"
        "\n"
        "Proxy options:\n"
        "    --filter                     Let only what the rules give pass\n"
        "    --log                        Write what passes, and what does not, to the output\n"
        "    --sloppy-names               Report the coming and going of all unique names\n"
        "    --see=NAME                   NAME can be seen\n"
        "    --talk=NAME                  NAME can be called\n"
        "    --own=NAME                   NAME can be claimed\n"
        "    --call=NAME=RULE             Calls to NAME that RULE covers pass\n"
        "    --broadcast=NAME=RULE        Broadcasts of NAME that RULE covers pass\n"
        "    --ask=NAME[=RULE]            Calls to NAME, or those that RULE covers, wait for an answer on --mediator\n"
        "    --deny=NAME[=RULE]           NAME is hidden, or what RULE covers never passes\n"
        "    --guard                      Notifications are each box's own; portals write no launchers\n"
        "    --accessibility=ADDRESS      With --guard: where org.a11y.Bus says that its bus is\n"
        "    --inner=ADDRESS              Join this bus with that at ADDRESS: clients see one (not with --filter)\n"
        "    --inner-name=NAME            NAME is one of the --inner bus\n"
        "\n"
        "NAME: a bus name, or NAME.* for all below it too.  RULE: [METHOD][@PATH][,arg0=TEXT]\n"
        "[,arg0namespace=NAME][,arg0path=PATH]\n";

static int fail(Buffer *error, const char *what, const char *object)
{
        buffer_add_text(error, what);
        if (object != NULL) {
                buffer_add_text(error, ": ");
                buffer_add_escaped(error, object);
        }
        return -1;
}

/* The value if arg is option=VALUE; else NULL. */
static const char *value_of(const char *arg, const char *option)
{
        size_t n = strlen(option);

        return strncmp(arg, option, n) == 0 && arg[n] == '=' ? arg + n + 1 : NULL;
}

static int parse_fd(int *ret_fd, const char *text, Buffer *error)
{
        char *end = NULL;
        long number = 0;

        errno = 0;
        number = strtol(text, &end, 10);
        if (errno != 0 || end == text || *end != '\0' || number < 0 || number > INT_MAX ||
            fcntl((int)number, F_GETFD) < 0)
                return fail(error, "not an open file descriptor", text);
        *ret_fd = (int)number;
        return 0;
}

/* Puts n arguments at index at. */
static int insert_args(Options *options, size_t at, char *const *args, size_t n)
{
        char **grown = NULL;

        if (options->n_args + n > OPTIONS_MAX_ARGS)
                return -1;
        grown = realloc(options->args, (options->n_args + n + 1) * sizeof *grown);
        if (grown == NULL)
                return -1;
        options->args = grown;
        memmove(grown + at + n, grown + at, (options->n_args - at) * sizeof *grown);
        memcpy(grown + at, args, n * sizeof *grown);
        options->n_args += n;
        grown[options->n_args] = NULL;
        return 0;
}

static int read_args(Options *options, size_t at, const char *fd_text, Buffer *error)
{
        CLEANUP(freep) char *block = NULL;
        CLEANUP(freep) char **args = NULL;
        char **blocks = NULL;
        size_t n = 0, n_args = 0;
        int fd = -1, r;

        if (parse_fd(&fd, fd_text, error) < 0)
                return -1;
        r = fd_read_all(fd, OPTIONS_MAX_BYTES, &block, &n);
        if (r < 0)
                return fail(error, strerror(-r), "--args");
        args = calloc(n + 1, sizeof *args);
        blocks = realloc(options->blocks, (options->n_blocks + 1) * sizeof *blocks);
        if (blocks != NULL)
                options->blocks = blocks;
        if (args == NULL || blocks == NULL)
                return fail(error, strerror(ENOMEM), NULL);
        for (char *p = block; p < block + n; p += strlen(p) + 1)
                args[n_args++] = p;
        options->blocks[options->n_blocks++] = STEAL(block);
        if (insert_args(options, at, args, n_args) < 0)
                return fail(error, "too many arguments", NULL);
        return 0;
}

static const char *rule_fault(int code)
{
        switch (code) {
        case BUS_RULE_BAD_NAME:
                return "not a well-known bus name";
        case BUS_RULE_NO_FILTER:
                return "no '=' and RULE behind the name";
        case BUS_RULE_BAD_PATH:
                return "not an object path";
        case BUS_RULE_BAD_ARGUMENT:
                return "not arg0=TEXT, arg0namespace=NAME or arg0path=PATH, each once";
        case -E2BIG:
                return "too many rules";
        default:
                return strerror(ENOMEM);
        }
}

static int parse_rule(BusOptions *bus, const char *arg, Buffer *error)
{
        CLEANUP(bus_rule_freep) BusRule *rule = NULL;
        ParseError where = { 0 };
        int r = 0;

        for (BusRuleKind kind = 0; kind < _BUS_RULE_KIND_MAX; kind++) {
                const char *text = strncmp(arg, "--", 2) == 0 ? value_of(arg + 2, bus_rule_kind_word(kind)) : NULL;

                if (text == NULL)
                        continue;
                r = bus_rule_parse(&rule, &where, kind, text);
                if (r == 0)
                        r = bus_policy_add(bus->policy, &rule);
                return r == 0 ? 0 : fail(error, rule_fault(r), arg);
        }
        return fail(error, "unknown option", arg);
}

static int parse_inner_name(BusOptions *bus, const char *arg, const char *name, Buffer *error)
{
        CLEANUP(bus_rule_freep) BusRule *rule = NULL;
        ParseError where = { 0 };
        int r = bus_rule_parse(&rule, &where, BUS_RULE_TALK, name);

        if (r == 0)
                r = bus_policy_add(bus->inner, &rule);
        return r == 0 ? 0 : fail(error, rule_fault(r), arg);
}

static int parse_proxy_option(BusOptions *bus, const char *arg, Buffer *error)
{
        if (bus == NULL)
                return fail(error, "unknown option, or one that must follow ADDRESS and PATH", arg);
        if (strcmp(arg, "--filter") == 0)
                bus->filter = true;
        else if (strcmp(arg, "--log") == 0)
                bus->log = true;
        else if (strcmp(arg, "--sloppy-names") == 0)
                bus->sloppy = true;
        else if (strcmp(arg, "--guard") == 0)
                bus->guard = true;
        else if (value_of(arg, "--accessibility") != NULL)
                bus->accessibility = value_of(arg, "--accessibility");
        else if (value_of(arg, "--inner") != NULL)
                bus->inner_address = value_of(arg, "--inner");
        else if (value_of(arg, "--inner-name") != NULL)
                return parse_inner_name(bus, arg, value_of(arg, "--inner-name"), error);
        else
                return parse_rule(bus, arg, error);
        return 0;
}

static int parse_bus(Options *options, const char *address, const char *path, Buffer *error)
{
        BusOptions *bus = NULL;

        if (path == NULL || path[0] == '-')
                return fail(error, "no PATH behind ADDRESS", address);
        if (options->n_buses == OPTIONS_MAX_BUSES)
                return fail(error, "too many buses", address);
        bus = &options->buses[options->n_buses++];
        bus->address = address;
        bus->path = path;
        bus->policy = bus_policy_new();
        bus->inner = bus_policy_new();
        return bus->policy != NULL && bus->inner != NULL ? 0 : fail(error, strerror(ENOMEM), NULL);
}

static int parse_arg(Options *options, size_t *i, Buffer *error)
{
        const char *arg = options->args[*i], *value = NULL;
        BusOptions *bus = options->n_buses > 0 ? &options->buses[options->n_buses - 1] : NULL;

        *i += 1;
        if (arg[0] != '-') {
                const char *path = options->args[*i];

                *i += path != NULL;
                return parse_bus(options, arg, path, error);
        }
        value = value_of(arg, "--args");
        if (value != NULL)
                return read_args(options, *i, value, error);
        value = value_of(arg, "--fd");
        if (value != NULL)
                return parse_fd(&options->sync_fd, value, error);
        value = value_of(arg, "--mediator");
        if (value != NULL)
                return parse_fd(&options->mediator_fd, value, error);
        if (strcmp(arg, "--help") == 0)
                options->help = true;
        else if (strcmp(arg, "--version") == 0)
                options->version = true;
        else
                return parse_proxy_option(bus, arg, error);
        return 0;
}

int options_parse(Options *ret_options, int argc, char **argv, Buffer *error)
{
        Options options = { .sync_fd = -1, .mediator_fd = -1 };
        int r = insert_args(&options, 0, argv + 1, argc > 0 ? (size_t)argc - 1 : 0);

        if (r < 0)
                fail(error, strerror(ENOMEM), NULL);
        for (size_t i = 0; r == 0 && i < options.n_args && !options.help && !options.version;)
                r = parse_arg(&options, &i, error);
        for (size_t i = 0; r == 0 && i < options.n_buses; i++)
                if (options.buses[i].filter && options.buses[i].inner_address != NULL)
                        r = fail(error,
                                 "--filter and --inner are for two processes: nobody should trust the one beside him",
                                 options.buses[i].path);
        if (r == 0 && options.n_buses == 0 && !options.help && !options.version)
                r = fail(error, "no ADDRESS and PATH given", NULL);
        *ret_options = options;
        return r;
}

void options_clear(Options *options)
{
        for (size_t i = 0; i < options->n_buses; i++) {
                bus_policy_free(options->buses[i].policy);
                bus_policy_free(options->buses[i].inner);
        }
        for (size_t i = 0; i < options->n_blocks; i++)
                free(options->blocks[i]);
        free(options->blocks);
        free(options->args);
        *options = (Options){ .sync_fd = -1, .mediator_fd = -1 };
}
