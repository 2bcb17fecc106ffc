/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session/warm.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "profile/error.h"

enum { CHILD_FD = 3 }; /* as the argument below says */

struct SessionWarm {
        GSubprocess *process;
        int fd; /* its end is what ends the engine */
        guint watch;
        void (*used)(gpointer data);
        gpointer data;
};

static gboolean on_word(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
        SessionWarm *warm = data;
        char byte;

        if (recv(fd, &byte, 1, MSG_DONTWAIT) > 0) {
                warm->used(warm->data);
                return G_SOURCE_CONTINUE;
        }
        /* The engine ended. */
        warm->watch = 0;
        return G_SOURCE_REMOVE;
}

SessionWarm *
session_warm_start(const char *engine, const char *manager, void (*used)(gpointer data), gpointer data, GError **error)
{
        g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
        g_autoptr(GSubprocess) process = NULL;
        CLEANUP(fd_closep) int ours = -1;
        SessionWarm *warm;
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "socketpair: %s", g_strerror(errno));
                return NULL;
        }
        ours = pair[0];
        g_subprocess_launcher_take_fd(launcher, pair[1], CHILD_FD);
        process = g_subprocess_launcher_spawn(launcher, error, engine, "keep", "--manager", manager, "--fd",
                                              "manager=3", NULL);
        if (process == NULL)
                return NULL;
        warm = g_new0(SessionWarm, 1);
        warm->process = g_steal_pointer(&process);
        warm->fd = fd_steal(&ours);
        warm->used = used;
        warm->data = data;
        warm->watch = g_unix_fd_add(warm->fd, G_IO_IN, on_word, warm);
        return warm;
}

void session_warm_stop(SessionWarm *warm)
{
        if (warm == NULL)
                return;
        if (warm->watch != 0)
                g_source_remove(warm->watch);
        (void)fd_close(warm->fd);
        (void)g_subprocess_wait(warm->process, NULL, NULL);
        g_object_unref(warm->process);
        g_free(warm);
}
