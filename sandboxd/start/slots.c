/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "start/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/own.h"
#include "start/credential.h"
#include "start/keyring-key.h"
#include "xserver-helpers/xauthority.h"

typedef struct Filling {
        const Plan *plan;
        char *const *environment;
        StartSlots *slots;
        const StartRecord *record;
        StartSlotFault *fault;
} Filling;

typedef int (*Filler)(const Filling *filling, const char *name);

const char *const start_stdio_slots[3] = { "stdin", "stdout", "stderr" };

void start_slots_clear(StartSlots *slots)
{
        for (size_t i = 0; i < slots->n; i++)
                if (slots->all[i].owned)
                        (void)fd_close(slots->all[i].fd);
        slots->n = 0;
}

static int add(StartSlots *slots, const char *name, int fd, bool owned)
{
        StartSlot *slot = &slots->all[slots->n];

        if (slots->n >= START_MAX_SLOTS || strlen(name) >= sizeof slot->name)
                return -E2BIG;
        *slot = (StartSlot){ .fd = fd, .owned = owned };
        strcpy(slot->name, name);
        slots->n++;
        return 0;
}

int start_slots_take(StartSlots *slots, const char *name, int *fd)
{
        int r = add(slots, name, *fd, true);

        if (r < 0)
                (void)fd_close(*fd);
        *fd = -1;
        return r;
}

int start_slots_borrow(StartSlots *slots, const char *name, int fd)
{
        return add(slots, name, fd, false);
}

int start_slots_get(const StartSlots *slots, const char *name)
{
        for (size_t i = 0; i < slots->n; i++)
                if (strcmp(slots->all[i].name, name) == 0)
                        return slots->all[i].fd;
        return -1;
}

/* A channel: one end for the mediator in its box, "front-NAME" for the front end. */
static int fill_mediator(const Filling *filling, const char *name)
{
        char front[START_SLOT_NAME];
        int ends[2] = { -1, -1 }, r;

        if (snprintf(front, sizeof front, "front-%s", name + strlen("mediator-")) >= (int)sizeof front)
                return -E2BIG;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                return -errno;
        r = start_slots_take(filling->slots, name, &ends[0]);
        if (r == 0)
                return start_slots_take(filling->slots, front, &ends[1]);
        (void)fd_close(ends[1]);
        return r;
}

/* A pair between two companions; whichever of its ends is asked for first makes both. */
static int fill_pair(const Filling *filling, const char *first, const char *second)
{
        int ends[2] = { -1, -1 }, r;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                return -errno;
        r = start_slots_take(filling->slots, first, &ends[0]);
        if (r == 0)
                return start_slots_take(filling->slots, second, &ends[1]);
        (void)fd_close(ends[1]);
        return r;
}

static int fill_link(const Filling *filling, const char *name)
{
        (void)name;
        return fill_pair(filling, "xlink-agent", "xlink-daemon");
}

static int fill_credential_link(const Filling *filling, const char *name)
{
        (void)name;
        return fill_pair(filling, "credlink-relay", "credlink-server");
}

static int fill_credential(const Filling *filling, const char *name)
{
        (void)name;
        return start_credential_make(filling->plan, filling->environment, filling->slots, filling->fault);
}

static int take_memfd(StartSlots *slots, const char *name, const Buffer *bytes)
{
        int fd = bytes->failed ? -ENOMEM : fd_sealed_memfd(name, bytes->bytes, bytes->n);

        return fd < 0 ? fd : start_slots_take(slots, name, &fd);
}

/* The entry of the person's display, if the server wants one: without it the file is empty, and the server may still
 * let every process of this user in (xhost +si:localuser). */
static int fill_host_cookie(const Filling *filling, const char *name)
{
        const StartRecord *record = filling->record;
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        CLEANUP(freep) char *file = NULL;
        XauthorityCookie cookie = { 0 };
        int found = XAUTHORITY_NONE, r;
        size_t n = 0;

        if (record->xauthority != NULL) {
                /* Never through a symlink that an app may have planted, and never another user's. */
                r = own_file_read(&file, &n, AT_FDCWD, record->xauthority, geteuid(), XAUTHORITY_MAX_BYTES);
                if (r == 0)
                        found = xauthority_find(&cookie, &filling->fault->place, file, n, record->hostname,
                                                record->x_display);
                else if (r != -ENOENT)
                        return r;
        }
        if (found == XAUTHORITY_BROKEN)
                return START_BAD_COOKIES;
        if (found == 0)
                xauthority_write(&bytes, record->x_display, cookie.bytes, cookie.n);
        return take_memfd(filling->slots, name, &bytes);
}

static int fill_inner_cookie(const Filling *filling, const char *name)
{
        const char *number = filling->record->inner_display;
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        unsigned char cookie[XAUTHORITY_COOKIE_SIZE];

        if (getrandom(cookie, sizeof cookie, 0) != (ssize_t)sizeof cookie)
                return -errno;
        xauthority_write(&bytes, number != NULL ? number : "", cookie, sizeof cookie);
        explicit_bzero(cookie, sizeof cookie);
        return take_memfd(filling->slots, name, &bytes);
}

/* For who must name the instance to others: a remembered plan is made before there is an id. */
static int fill_instance_id(const Filling *filling, const char *name)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        buffer_add_text(&bytes, filling->plan->id);
        return take_memfd(filling->slots, name, &bytes);
}

static int fill_keyring_secret(const Filling *filling, const char *name)
{
        const char *path = filling->record->keyring_secret;
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        char key[KEYRING_KEY_SIZE] = "";
        int r = path == NULL ? -ENOENT : keyring_key_get(path, filling->environment, key);

        if (r == 0)
                buffer_add(&bytes, key, strlen(key));
        explicit_bzero(key, sizeof key);
        r = r == 0 ? take_memfd(filling->slots, name, &bytes) : r;
        if (bytes.bytes != NULL)
                explicit_bzero(bytes.bytes, bytes.n);
        return r;
}

/* A name that ends in '-' stands for all that begin with it. */
static const struct FillerRow {
        const char *name;
        Filler fill;
} fillers[] = {
        { "mediator-", fill_mediator },        { "xauth-host", fill_host_cookie },
        { "xauth-inner", fill_inner_cookie },  { "xlink-", fill_link },
        { "instance-id", fill_instance_id },   { "keyring-secret", fill_keyring_secret },
        { "credlink-", fill_credential_link }, { "credential-", fill_credential },
};

static int fill(const Filling *filling, const char *name, bool needed)
{
        if (start_slots_get(filling->slots, name) >= 0)
                return 0;
        for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++) {
                size_t n = strlen(fillers[i].name);
                bool family = fillers[i].name[n - 1] == '-';

                if (family ? strncmp(name, fillers[i].name, n) == 0 : strcmp(name, fillers[i].name) == 0)
                        return fillers[i].fill(filling, name);
        }
        return needed ? -ENOENT : 0;
}

int start_slots_fill(StartSlots *slots,
                     const Plan *plan,
                     const StartRecord *record,
                     char *const *environment,
                     StartSlotFault *ret_fault)
{
        const Filling filling = {
                .plan = plan, .environment = environment, .slots = slots, .record = record, .fault = ret_fault
        };
        char *const *const lists[] = { plan->slots, plan->optional_slots };

        for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
                for (size_t i = 0; lists[list] != NULL && lists[list][i] != NULL; i++) {
                        int r = fill(&filling, lists[list][i], list == 0);

                        ret_fault->slot = lists[list][i];
                        if (r != 0)
                                return r;
                }
        return 0;
}
