/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xserver-helpers/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/own.h"

#define PROTOCOL "MIT-MAGIC-COOKIE-1"

/* Places in the answer. */
enum {
        HEAD_SIZE = 8,
        AT_LENGTH = 6, /* of what follows the head, in units of four bytes */
        AT_VENDOR_SIZE = 24,
        AT_N_SCREENS = 28,
        AT_N_FORMATS = 29,
        AT_VENDOR = 40,
        FORMAT_SIZE = 8,
        SCREEN_SIZE = 40, /* without its depths */
        AT_WIDTH = 20,
        AT_HEIGHT = 22,
        AT_WIDTH_MM = 24,
        /* Of a property's reply. */
        REPLY_SIZE = 32,
        AT_REPLY_LENGTH = 4,
        AT_VALUE_SIZE = 16,
};

enum { GET_PROPERTY = 20, ATOM_RESOURCE_MANAGER = 23, ATOM_STRING = 31 };

/* Both sides are of this machine, so numbers are in its own order. */
static uint16_t number_at(const unsigned char *bytes, size_t at)
{
        uint16_t number;

        memcpy(&number, bytes + at, sizeof number);
        return number;
}

static uint32_t long_at(const unsigned char *bytes, size_t at)
{
        uint32_t number;

        memcpy(&number, bytes + at, sizeof number);
        return number;
}

static unsigned sensible(unsigned long dpi)
{
        return dpi >= SCREEN_DPI_LEAST && dpi <= SCREEN_DPI_MOST ? (unsigned)dpi : 0;
}

static unsigned dpi_of(unsigned pixels, unsigned millimetres)
{
        return millimetres == 0 ? 0 : sensible((pixels * 254UL + millimetres * 5UL) / (millimetres * 10UL));
}

static size_t padded(size_t n)
{
        return (n + 3) / 4 * 4;
}

static void add_padded(Buffer *bytes, const void *text, size_t n)
{
        buffer_add(bytes, text, n);
        buffer_add(bytes, "\0\0\0", padded(n) - n);
}

void screen_request(Buffer *ret_bytes, const XauthorityCookie *cookie)
{
        const uint16_t one = 1;
        const uint16_t n_protocol = cookie->n > 0 ? (uint16_t)strlen(PROTOCOL) : 0;
        const uint16_t words[] = { 11, 0, n_protocol, (uint16_t)cookie->n, 0 };

        buffer_add_byte(ret_bytes, *(const unsigned char *)&one == 1 ? 'l' : 'B');
        buffer_add_byte(ret_bytes, 0);
        buffer_add(ret_bytes, (const char *)words, sizeof words);
        add_padded(ret_bytes, PROTOCOL, n_protocol);
        add_padded(ret_bytes, cookie->bytes, cookie->n);
}

int screen_parse(ScreenSize *ret_size, const void *untrusted_bytes, size_t n)
{
        const unsigned char *bytes = untrusted_bytes;
        size_t screen;

        if (n < HEAD_SIZE)
                return -EBADMSG;
        if (bytes[0] != 1)
                return -EACCES;
        if (n < AT_VENDOR)
                return -EBADMSG;
        screen = AT_VENDOR + padded(number_at(bytes, AT_VENDOR_SIZE)) + (size_t)bytes[AT_N_FORMATS] * FORMAT_SIZE;
        if (bytes[AT_N_SCREENS] == 0 || n < screen + SCREEN_SIZE)
                return -EBADMSG;
        *ret_size = (ScreenSize){ .width = number_at(bytes, screen + AT_WIDTH),
                                  .height = number_at(bytes, screen + AT_HEIGHT),
                                  .root = long_at(bytes, screen) };
        ret_size->dpi = dpi_of(ret_size->width, number_at(bytes, screen + AT_WIDTH_MM));
        return ret_size->width != 0 && ret_size->height != 0 ? 0 : -EBADMSG;
}

unsigned screen_resource_dpi(const char *untrusted_text, size_t n)
{
        static const char name[] = "Xft.dpi:";
        unsigned dpi = 0;

        for (const char *line = untrusted_text, *end = line + n, *next; line < end; line = next) {
                const char *at = memchr(line, '\n', (size_t)(end - line));
                unsigned long value = 0;

                next = at != NULL ? at + 1 : end;
                if ((size_t)(next - line) < sizeof name || memcmp(line, name, sizeof name - 1) != 0)
                        continue;
                for (at = line + sizeof name - 1; at < next && (*at == ' ' || *at == '\t'); at++)
                        continue;
                for (; at < next && *at >= '0' && *at <= '9' && value <= SCREEN_DPI_MOST; at++)
                        value = value * 10 + (unsigned long)(*at - '0');
                dpi = sensible(value);
        }
        return dpi;
}

static int connect_to(const char *number)
{
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const struct timeval timeout = { .tv_sec = SCREEN_TIMEOUT_MS / 1000,
                                         .tv_usec = SCREEN_TIMEOUT_MS % 1000 * 1000 };
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (fd < 0)
                return -errno;
        if (snprintf(address.sun_path, sizeof address.sun_path, "/tmp/.X11-unix/X%s", number) >=
            (int)sizeof address.sun_path)
                return -ENAMETOOLONG;
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) < 0 ||
            connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
                return -errno;
        return fd_steal(&fd);
}

static int read_all(int fd, unsigned char *bytes, size_t n)
{
        while (n > 0) {
                ssize_t r = recv(fd, bytes, n, 0);

                if (r < 0 && errno == EINTR)
                        continue;
                if (r <= 0)
                        return r < 0 ? -errno : -EPIPE;
                bytes += r;
                n -= (size_t)r;
        }
        return 0;
}

/* A head and what it says is behind it: a server that is left in the middle of an answer would log an error. */
static int read_answer(int fd, unsigned char *bytes, size_t size, size_t head, size_t at_length, size_t *ret_n)
{
        size_t more;
        int r = read_all(fd, bytes, head);

        if (r < 0)
                return r;
        more = at_length == AT_LENGTH ? number_at(bytes, at_length) : long_at(bytes, at_length);
        if (more > (size - head) / 4)
                return -EMSGSIZE;
        *ret_n = head + more * 4;
        return read_all(fd, bytes + head, more * 4);
}

/* Nothing that is needed: what goes wrong here is as good as no word. */
static unsigned ask_toolkits_dpi(int fd, unsigned root, unsigned char *bytes, size_t size)
{
        const uint16_t length = 6;
        const uint32_t words[] = { root, ATOM_RESOURCE_MANAGER, ATOM_STRING, 0, SCREEN_MAX_RESOURCES / 8 };
        CLEANUP(buffer_clear) Buffer request = BUFFER_INIT;
        size_t n = 0, n_text;

        buffer_add_byte(&request, GET_PROPERTY);
        buffer_add_byte(&request, 0);
        buffer_add(&request, (const char *)&length, sizeof length);
        buffer_add(&request, (const char *)words, sizeof words);
        if (request.failed || fd_write_all(fd, request.bytes, request.n) < 0 ||
            read_answer(fd, bytes, size, REPLY_SIZE, AT_REPLY_LENGTH, &n) < 0 || bytes[0] != 1 || bytes[1] != 8)
                return 0;
        n_text = long_at(bytes, AT_VALUE_SIZE);
        return n_text <= n - REPLY_SIZE ? screen_resource_dpi((const char *)bytes + REPLY_SIZE, n_text) : 0;
}

/* None that fits: the server may let this user in all the same (xhost +si:localuser). */
static void find_cookie(XauthorityCookie *ret_cookie, const char *file, size_t n, const char *number)
{
        struct utsname name = { 0 };
        ParseError error = { 0 };

        if (uname(&name) < 0 || xauthority_find(ret_cookie, &error, file, n, name.nodename, number) != 0)
                *ret_cookie = (XauthorityCookie){ 0 };
}

int screen_ask(ScreenSize *ret_size, const char *number, const char *authority)
{
        CLEANUP(fd_closep) int fd = -1;
        CLEANUP(buffer_clear) Buffer request = BUFFER_INIT;
        CLEANUP(freep) char *file = NULL;
        unsigned char answer[SCREEN_MAX_SETUP];
        XauthorityCookie cookie = { 0 };
        size_t n = 0;
        int r;

        if (authority != NULL && own_file_read(&file, &n, AT_FDCWD, authority, geteuid(), XAUTHORITY_MAX_BYTES) == 0)
                find_cookie(&cookie, file, n, number);
        screen_request(&request, &cookie);
        if (request.failed)
                return -ENOMEM;
        fd = connect_to(number);
        if (fd < 0)
                return fd;
        r = fd_write_all(fd, request.bytes, request.n);
        if (r == 0)
                r = read_answer(fd, answer, sizeof answer, HEAD_SIZE, AT_LENGTH, &n);
        if (r == 0)
                r = screen_parse(ret_size, answer, n);
        if (r == 0)
                ret_size->toolkits_dpi = ask_toolkits_dpi(fd, ret_size->root, answer, sizeof answer);
        return r;
}
