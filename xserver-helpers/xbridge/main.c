/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-xbridge: windows of a box's own X server as windows of the person's.  `agent` runs in the box, beside that
 * server; `daemon` in one that shows the person's X socket and nothing else.  They are one file, so that they share its
 * pages, and have nothing else in common but the socket between them.  1 with a line on stderr for a failure. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "display/daemon.h"

static int usage(void)
{
        (void)fprintf(stderr,
                      "usage: oriel-xbridge agent --link=FD [--fd=FD]\n"
                      "       oriel-xbridge daemon --link=FD [--fd=FD] [--mediator=FD] --name=LABEL --border=#rrggbb\n"
                      "                     --class=CLASS --instance=ID [--popup-share=PERCENT] [--frames=N]\n"
                      "                     [--fullscreen=yes]\n");
        return 2;
}

static int run_agent(int argc, char **argv)
{
        AgentOptions options = { .link_fd = -1, .ready_fd = -1 };

        for (int i = 1; i < argc; i++) {
                int *at = strncmp(argv[i], "--link=", 7) == 0 ? &options.link_fd
                          : strncmp(argv[i], "--fd=", 5) == 0 ? &options.ready_fd
                                                              : NULL;

                if (at == NULL)
                        return usage();
                *at = atoi(strchr(argv[i], '=') + 1);
                if (*at < 3)
                        return usage();
        }
        return options.link_fd < 0 ? usage() : agent_run(&options);
}

static int run_daemon(int argc, char **argv)
{
        CLEANUP(buffer_clear) Buffer error = BUFFER_INIT;
        DaemonOptions options;

        if (daemon_options_parse(&options, argc, argv, &error) == 0)
                return daemon_run(&options);
        (void)fprintf(stderr, "oriel-xbridge: %s\n",
                      buffer_text(&error) != NULL ? buffer_text(&error) : "out of memory");
        return usage();
}

/* What is large is seldom used, and a mapping of its own: it goes back when it is freed. */
enum { MAPPED_BYTES = 8 * 1024 };

int main(int argc, char **argv)
{
        fd_guard_stdio();
        (void)mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
        (void)mallopt(M_TOP_PAD, MAPPED_BYTES);
        (void)signal(SIGPIPE, SIG_IGN);
        if (argc >= 2 && strcmp(argv[1], "agent") == 0)
                return run_agent(argc - 1, argv + 1);
        if (argc >= 2 && strcmp(argv[1], "daemon") == 0)
                return run_daemon(argc - 1, argv + 1);
        return usage();
}
