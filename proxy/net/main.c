/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-net-proxy: the network by names.  It runs in a box of its own that shows the host's network and nothing else of
 * it, and serves sockets that were made in the app's box.  1 with a line on stderr for a failure. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "programs/programs.h"
#include "relay/options.h"
#include "relay/server.h"

enum { MAPPED_BYTES = 8 * 1024 };

int program_net_proxy(int argc, char **argv)
{
        CLEANUP(buffer_clear) Buffer error = BUFFER_INIT;
        Options options = { 0 };
        int r;

        /* Tables and buffers that a box seldom fills cost nothing until then: each is a mapping of its own, where the
         * heap has no room for it. */
        (void)mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
        (void)mallopt(M_TOP_PAD, MAPPED_BYTES);
        (void)malloc_trim(0);
        r = relay_options_parse(&options, argc, argv, &error);
        (void)signal(SIGPIPE, SIG_IGN);
        if (r == 0)
                r = relay_server_run(&options, &error);
        relay_options_clear(&options);
        if (r == 0)
                return 0;
        (void)fprintf(stderr, "oriel-net-proxy: %s\n",
                      buffer_text(&error) != NULL && error.n > 0 ? buffer_text(&error) : "out of memory");
        return 1;
}
