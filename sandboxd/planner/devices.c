/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [Context] devices and sockets: nodes of /dev, and services of the host's session, each by its one socket. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"

/* ---- Devices ---- */

/* Flatpak's lists. */
static const struct {
        const char *word, *path;
} nodes[] = {
        { "dri", "/dev/dri" },
        { "dri", "/dev/udmabuf" },
        { "dri", "/dev/mali" },
        { "dri", "/dev/mali0" },
        { "dri", "/dev/umplock" },
        { "dri", "/dev/nvidiactl" },
        { "dri", "/dev/nvidia-modeset" },
        { "dri", "/dev/nvidia-uvm" },
        { "dri", "/dev/nvidia-uvm-tools" },
        { "dri", "/dev/nvidia0" },
        { "dri", "/dev/nvidia1" },
        { "dri", "/dev/nvidia2" },
        { "dri", "/dev/nvidia3" },
        { "dri", "/dev/kfd" },
        { "kvm", "/dev/kvm" },
        { "input", "/dev/input" },
        { "usb", "/dev/bus/usb" },
};

static gboolean has_device(const Planner *planner, const char *word)
{
        return profile_has_word(planner->profile, PROFILE_CONTEXT_DEVICES, word);
}

/* Drivers find cards and devices through these. */
static void add_sys(Planner *planner)
{
        static const char *const directories[] = { "/sys/block", "/sys/bus", "/sys/class", "/sys/dev", "/sys/devices" };

        for (gsize i = 0; i < G_N_ELEMENTS(directories); i++)
                if (planner_look(planner, directories[i])->kind == FACTS_PATH_DIRECTORY)
                        draft_bind(planner->app, directories[i], directories[i], 0);
}

/* The host's whole /dev, with the box's own terminals and shared memory over it. */
static void add_all(Planner *planner)
{
        draft_drop(planner->app, "/dev");
        draft_bind(planner->app, "/dev", "/dev", PLAN_MOUNT_DEVICE);
        draft_plain(planner->app, PLAN_MOUNT_DEVPTS, "/dev/pts");
        draft_tmpfs(planner->app, "/dev/shm", 01777, (guint64)512 * 1024 * 1024);
        planner_note(planner, _("asked devices=all, given every device that you may use yourself"));
}

void planner_devices(Planner *planner)
{
        gboolean any = FALSE, card = FALSE, all = has_device(planner, "all");

        if (all)
                add_all(planner);
        for (gsize i = 0; i < G_N_ELEMENTS(nodes); i++) {
                FactsPathKind kind;

                if (all || !has_device(planner, nodes[i].word))
                        continue;
                kind = planner_look(planner, nodes[i].path)->kind;
                any = TRUE;
                if (kind != FACTS_PATH_DEVICE && kind != FACTS_PATH_DIRECTORY)
                        continue;
                draft_bind(planner->app, nodes[i].path, nodes[i].path, PLAN_MOUNT_DEVICE);
                card = card || g_str_equal(nodes[i].word, "dri");
        }
        if (card)
                planner_note(planner,
                             _("asked devices=dri, given the graphics card: its driver is a large part of the kernel, "
                               "and what other programs drew may be left in its memory%s"),
                             planner_display_is_isolated(planner)
                                     ? _("; windows of an isolated display are drawn by the processor all the same")
                                     : "");
        if (any || all)
                add_sys(planner);
}

/* ---- Sockets ---- */

static void add_variable(GPtrArray *environment, const char *name, const char *value)
{
        g_ptr_array_add(environment, g_strdup_printf("%s=%s", name, value));
}

/* Services that are one socket each: where it is bound, and the variable that says so. */
static const struct Service {
        const char *word;
        gsize offset;     /* of its path in HostFacts */
        const char *dest; /* below the runtime directory where it begins with no '/' */
        const char *variable, *value_prefix;
} services[] = {
        { "ssh-auth", G_STRUCT_OFFSET(HostFacts, ssh_auth_socket), "/run/oriel/ssh-auth", "SSH_AUTH_SOCK", "" },
        { "gpg-agent", G_STRUCT_OFFSET(HostFacts, gpg_agent_socket), "gnupg/S.gpg-agent", NULL, NULL },
        { "pcsc", G_STRUCT_OFFSET(HostFacts, pcsc_socket), "/run/pcscd/pcscd.comm", "PCSCLITE_CSOCK_NAME", "" },
        { "cups", G_STRUCT_OFFSET(HostFacts, cups_socket), "/run/cups/cups.sock", "CUPS_SERVER", "" },
        { "pulseaudio", G_STRUCT_OFFSET(HostFacts, pulse_socket), "pulse/native", "PULSE_SERVER", "unix:" },
};

static void add_service(Planner *planner, const struct Service *service, GPtrArray *environment)
{
        const char *source = *(char *const *)G_STRUCT_MEMBER_P(planner->facts, service->offset);
        g_autofree char *dest = *service->dest == '/' ? g_strdup(service->dest)
                                                      : g_build_filename(planner->runtime_dir, service->dest, NULL);
        g_autofree char *value = NULL;

        if (source == NULL) {
                planner_note(planner, _("asked sockets=%s, given nothing: there is none on this machine"),
                             service->word);
                return;
        }
        draft_bind(planner->app, source, dest, 0);
        if (service->variable == NULL)
                return;
        value = g_strconcat(service->value_prefix, dest, NULL);
        add_variable(environment, service->variable, value);
}

/* Blocks of sound go through the socket: the host's shared memory is not there. */
static void add_pulse_settings(Planner *planner, GPtrArray *environment)
{
        if (planner->facts->pulse_socket == NULL)
                return;
        draft_file(planner->app, "/run/oriel/pulse-client.conf", "enable-shm=no\n", 0444);
        add_variable(environment, "PULSE_CLIENTCONFIG", "/run/oriel/pulse-client.conf");
        planner_note(planner,
                     _("asked sockets=pulseaudio, given the sound server's socket: that the app only plays and does "
                       "not record can't be enforced yet"));
}

const char *planner_no_pipewire(void)
{
        return _("asked PipeWire's socket, given nothing: the server judges a client by files that an app with user "
                 "namespaces can forge; cameras and screens come through portals");
}

void planner_sockets(Planner *planner, GPtrArray *environment)
{
        for (gsize i = 0; i < G_N_ELEMENTS(services); i++)
                if (profile_has_word(planner->profile, PROFILE_CONTEXT_SOCKETS, services[i].word))
                        add_service(planner, &services[i], environment);
        if (profile_has_word(planner->profile, PROFILE_CONTEXT_SOCKETS, "pulseaudio"))
                add_pulse_settings(planner, environment);
        if (profile_has_word(planner->profile, PROFILE_CONTEXT_SOCKETS, "inherit-wayland-socket"))
                planner_note(planner,
                             _("asked sockets=inherit-wayland-socket, given nothing: no descriptor is inherited"));
        if (planner->wayland != WAYLAND_NONE) {
                g_autofree char *dest = g_build_filename(planner->runtime_dir, "wayland-0", NULL);

                if (planner->wayland == WAYLAND_CONTEXT)
                        draft_bind_slot(planner->app, "wayland-socket", dest, 0);
                else
                        draft_bind(planner->app, planner->facts->wayland_socket, dest, 0);
                add_variable(environment, "WAYLAND_DISPLAY", "wayland-0");
        }
}
