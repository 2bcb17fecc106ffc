/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-dbus-proxy: a filter between programs in a box and the buses outside.  Takes xdg-dbus-proxy's place, and ends
 * as it does: 0 when the sync descriptor was hung up, 1 with a line on stderr. */
#include <signal.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "link/options.h"
#include "link/server.h"
#include "programs/programs.h"

static int fail(Buffer *error)
{
        const char *text = buffer_text(error);

        fprintf(stderr, "oriel-dbus-proxy: %s\n", text != NULL ? text : "out of memory");
        return 1;
}

static int run(const Options *options)
{
        CLEANUP(buffer_clear) Buffer error = BUFFER_INIT;
        int r = 0;

        if (options->help) {
                fputs(options_help, stdout);
                return 0;
        }
        if (options->version) {
                puts("oriel-dbus-proxy " ORIEL_VERSION);
                return 0;
        }
        r = server_run(options, &error);
        if (r < 0)
                return fail(&error);
        if (r > 0) {
                sigset_t set;

                /* The sockets are gone; now end as whoever sent the signal expects. */
                sigemptyset(&set);
                sigaddset(&set, r);
                raise(r);
                sigprocmask(SIG_UNBLOCK, &set, NULL);
        }
        return 0;
}

int program_dbus_proxy(int argc, char **argv)
{
        CLEANUP(buffer_clear) Buffer error = BUFFER_INIT;
        CLEANUP(options_clear) Options options = { .sync_fd = -1, .mediator_fd = -1 };

        if (argc < 2) {
                fputs(options_help, stderr);
                return 1;
        }
        if (options_parse(&options, argc, argv, &error) < 0)
                return fail(&error);
        return run(&options);
}
