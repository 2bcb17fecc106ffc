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
};

/* Both sides are of this machine, so numbers are in its own order. */
static uint16_t number_at(const unsigned char *bytes, size_t at)
{
        uint16_t number;

        memcpy(&number, bytes + at, sizeof number);
        return number;
}

static unsigned dpi_of(unsigned pixels, unsigned millimetres)
{
        unsigned long dpi = millimetres == 0 ? 0 : (pixels * 254UL + millimetres * 5UL) / (millimetres * 10UL);

        return dpi >= SCREEN_DPI_LEAST && dpi <= SCREEN_DPI_MOST ? (unsigned)dpi : 0;
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
                                  .height = number_at(bytes, screen + AT_HEIGHT) };
        ret_size->dpi = dpi_of(ret_size->width, number_at(bytes, screen + AT_WIDTH_MM));
        return ret_size->width != 0 && ret_size->height != 0 ? 0 : -EBADMSG;
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

/* The whole answer: a server that is left in the middle of it would log an error. */
static int read_answer(int fd, unsigned char *bytes, size_t size, size_t *ret_n)
{
        int r = read_all(fd, bytes, HEAD_SIZE);

        if (r < 0)
                return r;
        *ret_n = HEAD_SIZE + (size_t)number_at(bytes, AT_LENGTH) * 4;
        return *ret_n > size ? -EMSGSIZE : read_all(fd, bytes + HEAD_SIZE, *ret_n - HEAD_SIZE);
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
                r = read_answer(fd, answer, sizeof answer, &n);
        return r == 0 ? screen_parse(ret_size, answer, n) : r;
}
