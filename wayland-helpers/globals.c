/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wayland-helpers/globals.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

/* Objects of this connection: the display is always 1, the others are named by the client. */
enum { DISPLAY = 1, REGISTRY = 2, CALLBACK = 3 };

/* Requests of the display, and events of each object. */
enum { DISPLAY_SYNC = 0, DISPLAY_GET_REGISTRY = 1 };
enum { DISPLAY_ERROR = 0, REGISTRY_GLOBAL = 0, CALLBACK_DONE = 0 };

/* Places in an event: head, and what a global says: a number, a text with its length, a version. */
enum {
        HEAD_SIZE = 8,
        AT_TEXT_SIZE = HEAD_SIZE + 4,
        AT_TEXT = AT_TEXT_SIZE + 4,
        VERSION_SIZE = 4,
        SIZE_SHIFT = 16,
        OPCODE_MASK = 0xffff,
};

/* Both sides are of this machine, so numbers are in its own order. */
static uint32_t number_at(const unsigned char *bytes, size_t at)
{
        uint32_t number;

        memcpy(&number, bytes + at, sizeof number);
        return number;
}

static void add_request(Buffer *bytes, uint32_t opcode, uint32_t new_id)
{
        const uint32_t words[] = { DISPLAY, (uint32_t)(3 * sizeof(uint32_t)) << SIZE_SHIFT | opcode, new_id };

        buffer_add(bytes, words, sizeof words);
}

void wayland_globals_request(Buffer *ret_bytes)
{
        add_request(ret_bytes, DISPLAY_GET_REGISTRY, REGISTRY);
        add_request(ret_bytes, DISPLAY_SYNC, CALLBACK);
}

static int take_global(Buffer *names, const unsigned char *event, size_t n)
{
        size_t room = n < AT_TEXT + VERSION_SIZE ? 0 : n - AT_TEXT - VERSION_SIZE, n_text;

        if (room == 0)
                return -EBADMSG;
        n_text = number_at(event, AT_TEXT_SIZE);
        if (n_text < 2 || n_text > room || memchr(event + AT_TEXT, '\0', n_text) != event + AT_TEXT + n_text - 1)
                return -EBADMSG;
        buffer_add(names, event + AT_TEXT, n_text);
        return names->failed ? -ENOMEM : 0;
}

int wayland_globals_step(Buffer *ret_names, bool *ret_done, const void *untrusted_bytes, size_t n)
{
        const unsigned char *bytes = untrusted_bytes;
        uint32_t object, opcode;
        size_t size;
        int r = 0;

        if (n < HEAD_SIZE)
                return 0;
        object = number_at(bytes, 0);
        opcode = number_at(bytes, 4) & OPCODE_MASK;
        size = number_at(bytes, 4) >> SIZE_SHIFT;
        if (size < HEAD_SIZE || size % sizeof(uint32_t) != 0)
                return -EBADMSG;
        if (n < size)
                return 0;
        if (object == DISPLAY && opcode == DISPLAY_ERROR)
                return -EPROTO;
        if (object == REGISTRY && opcode == REGISTRY_GLOBAL)
                r = take_global(ret_names, bytes, size);
        if (object == CALLBACK && opcode == CALLBACK_DONE)
                *ret_done = true;
        return r < 0 ? r : (int)size;
}

static int connect_to(const char *path)
{
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const struct timeval timeout = { .tv_sec = WAYLAND_GLOBALS_TIMEOUT_MS / 1000,
                                         .tv_usec = WAYLAND_GLOBALS_TIMEOUT_MS % 1000 * 1000 };
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (fd < 0)
                return -errno;
        if (snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >= (int)sizeof address.sun_path)
                return -ENAMETOOLONG;
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) < 0 ||
            connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
                return -errno;
        return fd_steal(&fd);
}

/* Takes the whole events of bytes; how many bytes of them, or -errno. */
static int take_events(Buffer *names, bool *done, const unsigned char *bytes, size_t n)
{
        size_t used = 0;
        int r;

        while (!*done && (r = wayland_globals_step(names, done, bytes + used, n - used)) != 0) {
                if (r < 0)
                        return r;
                used += (size_t)r;
        }
        return (int)used;
}

int wayland_globals_ask(Buffer *ret_names, const char *path)
{
        CLEANUP(buffer_clear) Buffer request = BUFFER_INIT;
        CLEANUP(fd_closep) int fd = connect_to(path);
        unsigned char bytes[4096];
        size_t n = 0, total = 0;
        bool done = false;
        int r;

        if (fd < 0)
                return fd;
        wayland_globals_request(&request);
        if (request.failed)
                return -ENOMEM;
        r = fd_write_all(fd, request.bytes, request.n);
        while (r >= 0 && !done) {
                ssize_t got = recv(fd, bytes + n, sizeof bytes - n, 0);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        return got < 0 ? -errno : -EPIPE;
                n += (size_t)got;
                total += (size_t)got;
                if (total > WAYLAND_GLOBALS_MAX_BYTES)
                        return -EMSGSIZE;
                r = take_events(ret_names, &done, bytes, n);
                if (r >= 0) {
                        n -= (size_t)r;
                        memmove(bytes, bytes + r, n);
                }
                if (n == sizeof bytes)
                        return -EMSGSIZE;
        }
        return r < 0 ? r : 0;
}

bool wayland_globals_have(const Buffer *names, const char *interface)
{
        for (size_t at = 0; at < names->n; at += strlen(names->bytes + at) + 1)
                if (strcmp(names->bytes + at, interface) == 0)
                        return true;
        return false;
}
