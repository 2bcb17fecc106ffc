/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wayland-helpers/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wayland-client.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "wayland-helpers/security-context-v1-client.h"

static void on_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
        struct wp_security_context_manager_v1 **manager = data;

        (void)version;
        if (*manager == NULL && strcmp(interface, wp_security_context_manager_v1_interface.name) == 0)
                *manager = wl_registry_bind(registry, name, &wp_security_context_manager_v1_interface, 1);
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
        (void)data;
        (void)registry;
        (void)name;
}

static int fail(Buffer *why, const char *what, int error)
{
        buffer_printf(why, error == 0 ? "%s" : "%s: %s", what, strerror(error));
        return -1;
}

/* The library closes what was sent, so each descriptor is a copy. */
static int commit(struct wl_display *display,
                  struct wp_security_context_manager_v1 *manager,
                  const ContextLabel *label,
                  int listen_fd,
                  int close_fd)
{
        struct wp_security_context_v1 *context =
                wp_security_context_manager_v1_create_listener(manager, listen_fd, close_fd);

        if (context == NULL)
                return -ENOMEM;
        wp_security_context_v1_set_sandbox_engine(context, CONTEXT_ENGINE);
        wp_security_context_v1_set_app_id(context, label->app);
        wp_security_context_v1_set_instance_id(context, label->instance);
        wp_security_context_v1_commit(context);
        wp_security_context_v1_destroy(context);
        return wl_display_roundtrip(display) < 0 ? -errno : 0;
}

static int make_on(struct wl_display *display, Buffer *why, const ContextLabel *label, int listen_fd)
{
        static const struct wl_registry_listener listener = { .global = on_global, .global_remove = on_global_remove };
        struct wp_security_context_manager_v1 *manager = NULL;
        struct wl_registry *registry = wl_display_get_registry(display);
        CLEANUP(fd_closep) int theirs = -1;
        CLEANUP(fd_closep) int ours = -1;
        int ends[2] = { -1, -1 }, r;

        if (registry == NULL)
                return fail(why, "wl_registry", ENOMEM);
        (void)wl_registry_add_listener(registry, &listener, &manager);
        r = wl_display_roundtrip(display);
        wl_registry_destroy(registry);
        if (r < 0)
                return fail(why, "the compositor does not talk to us", errno);
        if (manager == NULL)
                return fail(why, "the compositor makes no security contexts (wp_security_context_v1)", 0);
        if (pipe2(ends, O_CLOEXEC) < 0)
                r = -errno;
        theirs = ends[0];
        ours = ends[1];
        if (r >= 0)
                r = commit(display, manager, label, listen_fd, theirs);
        wp_security_context_manager_v1_destroy(manager);
        return r < 0 ? fail(why, "the compositor refused the security context", -r) : fd_steal(&ours);
}

int context_make(Buffer *ret_why, const ContextLabel *label, int listen_fd)
{
        struct wl_display *display;
        int fd;

        /* A connection that somebody else began is not one of ours. */
        (void)unsetenv("WAYLAND_SOCKET");
        display = wl_display_connect(NULL);
        if (display == NULL)
                return fail(ret_why, "there is no Wayland compositor to connect to", errno);
        fd = make_on(display, ret_why, label, listen_fd);
        wl_display_disconnect(display);
        return fd;
}
