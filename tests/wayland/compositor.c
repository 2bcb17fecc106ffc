/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A compositor that shows nothing on any screen: it has globals, security contexts, and tells on stdout, a line each,
 * who connects.
 *
 *      compositor SOCKET [--no-context] [--leak=INTERFACE]...
 *
 *      ready                        clients may come
 *      context ENGINE APP INSTANCE  one was committed
 *      client APP INSTANCE          somebody connected through a context
 *      closed APP INSTANCE          a context's listener is given up
 *
 * A client without a label sees everything, one with a label what compositors let apps see, and what --leak names.  A
 * line on stdin, "drop", gives up all contexts. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wayland-server.h>

#include "security-context-v1-server.h"

enum { MAX_GLOBALS = 64 };

static const char *const for_all[] = { "wl_compositor", "wl_subcompositor", "xdg_wm_base", "wl_seat", "wl_output" };
static const char *const for_the_desktop[] = { "zwlr_screencopy_manager_v1", "zwlr_layer_shell_v1" };

typedef struct Context {
        struct wl_list link;
        struct Compositor *compositor;
        struct wl_event_source *listening, *closing;
        int listen_fd, close_fd, references; /* of its object, its sources, and its clients */
        char *engine, *app, *instance;
} Context;

typedef struct Label {
        struct wl_listener gone;
        Context *context;
} Label;

typedef struct Compositor {
        struct wl_display *display;
        struct wl_list contexts;
        struct {
                struct wl_global *global;
                struct wl_interface interface;
                bool shown; /* to labelled clients too */
        } globals[MAX_GLOBALS];
        size_t n;
        bool manager_shown; /* the same of security contexts */
} Compositor;

static void unref(Context *context)
{
        if (--context->references > 0)
                return;
        free(context->engine);
        free(context->app);
        free(context->instance);
        free(context);
}

/* ---- Labelled clients ---- */

static void on_client_gone(struct wl_listener *listener, void *data)
{
        Label *label = wl_container_of(listener, label, gone);

        (void)data;
        unref(label->context);
        free(label);
}

static const Label *label_of(const struct wl_client *client)
{
        struct wl_listener *listener = wl_client_get_destroy_listener((struct wl_client *)client, on_client_gone);
        Label *label;

        return listener == NULL ? NULL : wl_container_of(listener, label, gone);
}

static int on_connection(int fd, uint32_t mask, void *data)
{
        Context *context = data;
        int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        struct wl_client *client = connection < 0 ? NULL : wl_client_create(context->compositor->display, connection);
        Label *label = client == NULL ? NULL : calloc(1, sizeof *label);

        (void)mask;
        if (label == NULL)
                return 0;
        label->context = context;
        context->references++;
        label->gone.notify = on_client_gone;
        wl_client_add_destroy_listener(client, &label->gone);
        printf("client %s %s\n", context->app, context->instance);
        return 0;
}

static void give_up(Context *context)
{
        printf("closed %s %s\n", context->app, context->instance);
        wl_event_source_remove(context->listening);
        wl_event_source_remove(context->closing);
        (void)close(context->listen_fd);
        (void)close(context->close_fd);
        wl_list_remove(&context->link);
        unref(context);
}

static int on_close(int fd, uint32_t mask, void *data)
{
        (void)fd;
        if ((mask & (WL_EVENT_HANGUP | WL_EVENT_ERROR)) != 0)
                give_up(data);
        return 0;
}

/* ---- wp_security_context_v1 ---- */

static void on_destroy(struct wl_client *client, struct wl_resource *resource)
{
        (void)client;
        wl_resource_destroy(resource);
}

static void set_text(struct wl_resource *resource, char **text, const char *value)
{
        if (*text != NULL)
                wl_resource_post_error(resource, WP_SECURITY_CONTEXT_V1_ERROR_ALREADY_SET, "set twice");
        else
                *text = strdup(value);
}

static void on_engine(struct wl_client *client, struct wl_resource *resource, const char *name)
{
        Context *context = wl_resource_get_user_data(resource);

        (void)client;
        set_text(resource, &context->engine, name);
}

static void on_app(struct wl_client *client, struct wl_resource *resource, const char *id)
{
        Context *context = wl_resource_get_user_data(resource);

        (void)client;
        set_text(resource, &context->app, id);
}

static void on_instance(struct wl_client *client, struct wl_resource *resource, const char *id)
{
        Context *context = wl_resource_get_user_data(resource);

        (void)client;
        set_text(resource, &context->instance, id);
}

static void on_commit(struct wl_client *client, struct wl_resource *resource)
{
        Context *context = wl_resource_get_user_data(resource);
        struct wl_event_loop *loop = wl_display_get_event_loop(context->compositor->display);
        int accepting = 0;
        socklen_t n = sizeof accepting;

        (void)client;
        if (context->engine == NULL || context->app == NULL || context->instance == NULL ||
            getsockopt(context->listen_fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &n) < 0 || accepting == 0) {
                wl_resource_post_error(resource, WP_SECURITY_CONTEXT_V1_ERROR_INVALID_METADATA, "not whole");
                return;
        }
        context->listening = wl_event_loop_add_fd(loop, context->listen_fd, WL_EVENT_READABLE, on_connection, context);
        context->closing = wl_event_loop_add_fd(loop, context->close_fd, 0, on_close, context);
        context->references++;
        wl_list_insert(&context->compositor->contexts, &context->link);
        printf("context %s %s %s\n", context->engine, context->app, context->instance);
}

static void on_resource_gone(struct wl_resource *resource)
{
        unref(wl_resource_get_user_data(resource));
}

static const struct wp_security_context_v1_interface context_interface = {
        .destroy = on_destroy,
        .set_sandbox_engine = on_engine,
        .set_app_id = on_app,
        .set_instance_id = on_instance,
        .commit = on_commit,
};

static void on_create(struct wl_client *client, struct wl_resource *resource, uint32_t id, int listen_fd, int close_fd)
{
        Context *context = calloc(1, sizeof *context);
        struct wl_resource *made = wl_resource_create(client, &wp_security_context_v1_interface, 1, id);

        if (context == NULL || made == NULL)
                abort();
        context->compositor = wl_resource_get_user_data(resource);
        context->listen_fd = listen_fd;
        context->close_fd = close_fd;
        context->references = 1;
        wl_resource_set_implementation(made, &context_interface, context, on_resource_gone);
}

static const struct wp_security_context_manager_v1_interface manager_interface = {
        .destroy = on_destroy,
        .create_listener = on_create,
};

static void bind_manager(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
        struct wl_resource *resource =
                wl_resource_create(client, &wp_security_context_manager_v1_interface, (int)version, id);

        if (resource == NULL)
                abort();
        wl_resource_set_implementation(resource, &manager_interface, data, NULL);
}

/* ---- Globals ---- */

static void bind_nothing(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
        (void)data;
        (void)wl_resource_create(client, &wl_callback_interface, (int)version, id);
}

/* One without requests or events: of those nobody asks more than the name. */
static void add(Compositor *compositor, const char *name, bool shown)
{
        size_t i = compositor->n++;

        if (i >= MAX_GLOBALS)
                abort();
        compositor->globals[i].interface = (struct wl_interface){ .name = name, .version = 1 };
        compositor->globals[i].shown = shown;
        compositor->globals[i].global =
                wl_global_create(compositor->display, &compositor->globals[i].interface, 1, compositor, bind_nothing);
}

static bool is_visible(const struct wl_client *client, const struct wl_global *global, void *data)
{
        const Compositor *compositor = data;

        if (label_of(client) == NULL)
                return true;
        for (size_t i = 0; i < compositor->n; i++)
                if (compositor->globals[i].global == global)
                        return compositor->globals[i].shown;
        return compositor->manager_shown ||
               wl_global_get_interface(global) != &wp_security_context_manager_v1_interface;
}

/* ---- Beginning and end ---- */

static int on_line(int fd, uint32_t mask, void *data)
{
        Compositor *compositor = data;
        Context *context, *next;
        char line[64];
        ssize_t n = read(fd, line, sizeof line);

        (void)mask;
        if (n <= 0)
                wl_display_terminate(compositor->display);
        else
                wl_list_for_each_safe(context, next, &compositor->contexts, link) give_up(context);
        return 0;
}

int main(int argc, char **argv)
{
        Compositor compositor = { .display = wl_display_create() };
        struct wl_event_loop *loop = wl_display_get_event_loop(compositor.display);
        bool contexts = true;

        if (argc < 2)
                return 2;
        (void)signal(SIGPIPE, SIG_IGN);
        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        wl_list_init(&compositor.contexts);
        wl_display_set_global_filter(compositor.display, is_visible, &compositor);
        (void)wl_display_init_shm(compositor.display);
        for (size_t i = 0; i < sizeof for_all / sizeof *for_all; i++)
                add(&compositor, for_all[i], true);
        for (size_t i = 0; i < sizeof for_the_desktop / sizeof *for_the_desktop; i++)
                add(&compositor, for_the_desktop[i], false);
        for (int i = 2; i < argc; i++) {
                if (strcmp(argv[i], "--no-context") == 0)
                        contexts = false;
                else if (strcmp(argv[i], "--leak=wp_security_context_manager_v1") == 0)
                        compositor.manager_shown = true;
                else if (strncmp(argv[i], "--leak=", 7) == 0)
                        add(&compositor, argv[i] + 7, true);
                else
                        return 2;
        }
        if (contexts)
                (void)wl_global_create(compositor.display, &wp_security_context_manager_v1_interface, 1, &compositor,
                                       bind_manager);
        if (wl_display_add_socket(compositor.display, argv[1]) < 0) {
                perror(argv[1]);
                return 1;
        }
        (void)wl_event_loop_add_fd(loop, STDIN_FILENO, WL_EVENT_READABLE, on_line, &compositor);
        printf("ready\n");
        wl_display_run(compositor.display);
        wl_display_destroy_clients(compositor.display);
        wl_display_destroy(compositor.display);
        return 0;
}
