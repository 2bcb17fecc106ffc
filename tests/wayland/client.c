/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A Wayland client that says what it is shown: "globals NAME NAME ...", or "refused".  Again for each line on stdin, on
 * a connection of its own; "hold" keeps the connection until the end. */
#include <stdio.h>
#include <string.h>
#include <wayland-client.h>

static void on_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
        (void)data;
        (void)registry;
        (void)name;
        (void)version;
        printf(" %s", interface);
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
        (void)data;
        (void)registry;
        (void)name;
}

static struct wl_display *look(void)
{
        static const struct wl_registry_listener listener = { .global = on_global, .global_remove = on_global_remove };
        struct wl_display *display = wl_display_connect(NULL);
        struct wl_registry *registry;

        if (display == NULL) {
                printf("refused\n");
                return NULL;
        }
        registry = wl_display_get_registry(display);
        (void)wl_registry_add_listener(registry, &listener, NULL);
        printf("globals");
        if (wl_display_roundtrip(display) < 0)
                printf(" broken");
        printf("\n");
        wl_registry_destroy(registry);
        return display;
}

int main(void)
{
        char line[64];

        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        printf("ready\n");
        while (fgets(line, sizeof line, stdin) != NULL) {
                struct wl_display *display = look();

                if (display != NULL && strncmp(line, "hold", 4) != 0)
                        wl_display_disconnect(display);
        }
        return 0;
}
