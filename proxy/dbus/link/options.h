/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "rules/bus-policy.h"

/* Options - the command line: xdg-dbus-proxy's, and --mediator, --ask, --deny, --guard, --inner.
 *
 *      [--fd= --args= --mediator= --help --version]* (ADDRESS PATH [--filter --see= ...]*)+
 *
 * Options of a proxy belong to the PATH before them. */

enum {
        OPTIONS_MAX_BUSES = 16,              /* flatpak uses three */
        OPTIONS_MAX_BYTES = 4 * 1024 * 1024, /* of one --args */
        OPTIONS_MAX_ARGS = 64 * 1024,
};

typedef struct BusOptions {
        const char *address; /* borrowed from the arguments */
        const char *path;
        bool filter, log, sloppy, guard;
        const char *accessibility; /* address that org.a11y.Bus is to give; NULL: it gives none */
        BusPolicy *policy;
        const char *inner_address; /* NULL: there is no inner bus */
        BusPolicy *inner;          /* talk rules of the names that belong to it */
} BusOptions;

typedef struct Options {
        BusOptions buses[OPTIONS_MAX_BUSES];
        size_t n_buses;
        int sync_fd, mediator_fd; /* -1: none */
        bool help, version;
        char **args; /* NULL-terminated; the texts of all --args, too */
        size_t n_args;
        char **blocks; /* what was read for --args */
        size_t n_blocks;
} Options;

/* 0; or -1, and *error says why in one line. */
int options_parse(Options *ret_options, int argc, char **argv, Buffer *error);
void options_clear(Options *options);

extern const char options_help[];
