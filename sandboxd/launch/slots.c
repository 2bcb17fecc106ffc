/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "launch/plan-facts.h"
#include "store/text.h"
#include "xserver-helpers/xauthority.h"

typedef struct Slot {
        char *name;
        int fd;
        gboolean owned;
} Slot;

struct LaunchSlots {
        GArray *all; /* Slot */
};

typedef gboolean (*Filler)(LaunchSlots *slots, const char *name, const Launch *launch, GError **error);

static void slot_clear(gpointer data)
{
        Slot *slot = data;

        g_free(slot->name);
        if (slot->owned)
                (void)fd_close(slot->fd);
}

LaunchSlots *launch_slots_new(void)
{
        LaunchSlots *slots = g_new0(LaunchSlots, 1);

        slots->all = g_array_new(FALSE, FALSE, sizeof(Slot));
        g_array_set_clear_func(slots->all, slot_clear);
        return slots;
}

void launch_slots_free(LaunchSlots *slots)
{
        if (slots == NULL)
                return;
        g_array_unref(slots->all);
        g_free(slots);
}

static void add(LaunchSlots *slots, const char *name, int fd, gboolean owned)
{
        Slot slot = { .name = g_strdup(name), .fd = fd, .owned = owned };

        g_array_append_val(slots->all, slot);
}

void launch_slots_take(LaunchSlots *slots, const char *name, int *fd)
{
        add(slots, name, fd_steal(fd), TRUE);
}

void launch_slots_borrow(LaunchSlots *slots, const char *name, int fd)
{
        add(slots, name, fd, FALSE);
}

guint launch_slots_size(const LaunchSlots *slots)
{
        return slots->all->len;
}

const char *launch_slots_name(const LaunchSlots *slots, guint i)
{
        return g_array_index(slots->all, Slot, i).name;
}

int launch_slots_fd(const LaunchSlots *slots, guint i)
{
        return g_array_index(slots->all, Slot, i).fd;
}

int launch_slots_get(const LaunchSlots *slots, const char *name)
{
        for (guint i = 0; i < slots->all->len; i++)
                if (strcmp(launch_slots_name(slots, i), name) == 0)
                        return launch_slots_fd(slots, i);
        return -1;
}

static gboolean refuse(GError **error, const char *name, int number)
{
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("the slot %s cannot be filled: %s"), name,
                    g_strerror(number));
        return FALSE;
}

/* A channel: one end for the mediator in its box, "front-NAME" for the front end. */
static gboolean fill_mediator(LaunchSlots *slots, const char *name, const Launch *launch, GError **error)
{
        g_autofree char *front = g_strconcat("front-", name + strlen("mediator-"), NULL);
        int ends[2] = { -1, -1 };

        (void)launch;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                return refuse(error, name, errno);
        launch_slots_take(slots, name, &ends[0]);
        launch_slots_take(slots, front, &ends[1]);
        return TRUE;
}

static gboolean take_memfd(LaunchSlots *slots, const char *name, const Buffer *bytes, GError **error)
{
        CLEANUP(fd_closep) int fd = bytes->failed ? -ENOMEM : fd_sealed_memfd(name, bytes->bytes, bytes->n);

        if (fd < 0)
                return refuse(error, name, -fd);
        launch_slots_take(slots, name, &fd);
        return TRUE;
}

/* The entry of the person's display, if the server wants one: without it the file is empty, and the server may still
 * let every process of this user in (xhost +si:localuser). */
static gboolean fill_host_cookie(LaunchSlots *slots, const char *name, const Launch *launch, GError **error)
{
        const HostFacts *facts = launch->facts;
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        g_autofree char *file = NULL;
        XauthorityCookie cookie = { 0 };
        ParseError fault = { 0 };
        gsize n = 0;
        int r = XAUTHORITY_NONE;

        if (facts->xauthority != NULL) {
                g_autoptr(GError) local = NULL;

                /* Never through a symlink that an app may have planted, and never another user's. */
                if (store_text_read_at(AT_FDCWD, facts->xauthority, facts->xauthority, facts->uid, XAUTHORITY_MAX_BYTES,
                                       &file, &n, &local))
                        r = xauthority_find(&cookie, &fault, file, n, facts->hostname, facts->x_display);
                else if (!g_error_matches(local, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND)) {
                        g_propagate_error(error, g_steal_pointer(&local));
                        return FALSE;
                }
        }
        if (r == XAUTHORITY_BROKEN) {
                g_autofree char *shown = store_text_escape(facts->xauthority);

                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                            _("%s: not an Xauthority file (byte %zu)\nSee what it holds: xauth -f %s list"), shown,
                            fault.offset, shown);
                return FALSE;
        }
        if (r == 0)
                xauthority_write(&bytes, facts->x_display, cookie.bytes, cookie.n);
        return take_memfd(slots, name, &bytes, error);
}

static gboolean fill_inner_cookie(LaunchSlots *slots, const char *name, const Launch *launch, GError **error)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        unsigned char cookie[XAUTHORITY_COOKIE_SIZE];
        g_autofree char *number = plan_facts_display_number(launch->plan);

        if (getrandom(cookie, sizeof cookie, 0) != (ssize_t)sizeof cookie)
                return refuse(error, name, errno);
        xauthority_write(&bytes, number != NULL ? number : "", cookie, sizeof cookie);
        explicit_bzero(cookie, sizeof cookie);
        return take_memfd(slots, name, &bytes, error);
}

/* A name that ends in '-' stands for all that begin with it. */
static const struct FillerRow {
        const char *name;
        Filler fill;
} fillers[] = {
        { "mediator-", fill_mediator },
        { "xauth-host", fill_host_cookie },
        { "xauth-inner", fill_inner_cookie },
};

static gboolean fill(LaunchSlots *slots, const char *name, gboolean needed, const Launch *launch, GError **error)
{
        if (launch_slots_get(slots, name) >= 0)
                return TRUE;
        for (gsize i = 0; i < G_N_ELEMENTS(fillers); i++) {
                gboolean family = g_str_has_suffix(fillers[i].name, "-");

                if (family ? g_str_has_prefix(name, fillers[i].name) : strcmp(name, fillers[i].name) == 0)
                        return fillers[i].fill(slots, name, launch, error);
        }
        return needed ? refuse(error, name, ENOENT) : TRUE;
}

gboolean launch_slots_fill(LaunchSlots *slots, const Launch *launch, GError **error)
{
        const Plan *plan = launch->plan;

        for (gsize i = 0; plan->slots != NULL && plan->slots[i] != NULL; i++)
                if (!fill(slots, plan->slots[i], TRUE, launch, error))
                        return FALSE;
        for (gsize i = 0; plan->optional_slots != NULL && plan->optional_slots[i] != NULL; i++)
                if (!fill(slots, plan->optional_slots[i], FALSE, launch, error))
                        return FALSE;
        return TRUE;
}
