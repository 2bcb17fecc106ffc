/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One D-Bus call, written out by hand: StartTransientUnit of org.freedesktop.systemd1(5).  On the manager's own socket
 * there is no bus between, and so no name to ask for and nobody else to hear from.  That the call is done is seen by
 * where this process is; the signal that tells it would take a subscription. */
#include "start/scope.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

enum {
        TIMEOUT_S = 5, /* for each answer; and until the process is in its scope */
        MAX_LINE = 512,
        METHOD_CALL = 1,
        METHOD_RETURN = 2,
        ERROR = 3,
        PATH = 1,
        INTERFACE = 2,
        MEMBER = 3,
        DESTINATION = 6,
        SIGNATURE = 8,
};

/* ---- Marshalling (D-Bus specification, "Marshaling"); this processor's byte order is named in the first byte ---- */

static void align(Buffer *bytes, size_t to)
{
        while (bytes->n % to != 0 && !bytes->failed)
                buffer_add_byte(bytes, '\0');
}

static void add_u32(Buffer *bytes, uint32_t value)
{
        align(bytes, 4);
        buffer_add(bytes, &value, sizeof value);
}

static void add_u64(Buffer *bytes, uint64_t value)
{
        align(bytes, 8);
        buffer_add(bytes, &value, sizeof value);
}

static void add_string(Buffer *bytes, const char *text)
{
        add_u32(bytes, (uint32_t)strlen(text));
        buffer_add(bytes, text, strlen(text) + 1);
}

static void add_signature(Buffer *bytes, const char *signature)
{
        buffer_add_byte(bytes, (char)strlen(signature));
        buffer_add(bytes, signature, strlen(signature) + 1);
}

/* An array's length stands before it, without the padding up to its first element.  Both return places. */
static size_t open_array(Buffer *bytes, size_t to, size_t *ret_first)
{
        size_t at;

        add_u32(bytes, 0);
        at = bytes->n - sizeof(uint32_t);
        align(bytes, to);
        *ret_first = bytes->n;
        return at;
}

static void close_array(Buffer *bytes, size_t at, size_t first)
{
        uint32_t n = (uint32_t)(bytes->n - first);

        if (!bytes->failed)
                memcpy(bytes->bytes + at, &n, sizeof n);
}

static void open_property(Buffer *bytes, const char *name, const char *signature)
{
        align(bytes, 8);
        add_string(bytes, name);
        add_signature(bytes, signature);
}

static void add_number_property(Buffer *bytes, const char *name, uint64_t value)
{
        open_property(bytes, name, "t");
        add_u64(bytes, value);
}

static void add_string_property(Buffer *bytes, const char *name, const char *value)
{
        open_property(bytes, name, "s");
        add_string(bytes, value);
}

static void add_properties(Buffer *bytes, const char *id, const InstanceGroupLimits *limits)
{
        size_t first, at = open_array(bytes, 8, &first), inner_first, inner;
        char text[64];

        (void)snprintf(text, sizeof text, "Oriel instance %s", id);
        add_string_property(bytes, "Description", text);
        /* Not kept when it failed: an app that was killed for its limit is over as any other. */
        add_string_property(bytes, "CollectMode", "inactive-or-failed");
        open_property(bytes, "PIDs", "au");
        inner = open_array(bytes, 4, &inner_first);
        add_u32(bytes, (uint32_t)getpid());
        close_array(bytes, inner, inner_first);
        if (limits->memory != 0) {
                add_number_property(bytes, "MemoryMax", limits->memory);
                add_number_property(bytes, "MemorySwapMax", 0);
        }
        if (limits->pids != 0)
                /* The front end is in it too. */
                add_number_property(bytes, "TasksMax", (uint64_t)limits->pids + 1);
        if (limits->cpu != 0)
                add_number_property(bytes, "CPUQuotaPerSecUSec", (uint64_t)limits->cpu * 10000);
        close_array(bytes, at, first);
}

static void add_field(Buffer *bytes, char code, const char *signature, const char *value)
{
        align(bytes, 8);
        buffer_add_byte(bytes, code);
        add_signature(bytes, signature);
        if (*signature == 'g')
                add_signature(bytes, value);
        else
                add_string(bytes, value);
}

static void add_call(Buffer *bytes, const char *id, const InstanceGroupLimits *limits)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        size_t first, at;
        char unit[64];

        (void)snprintf(unit, sizeof unit, "oriel-%s.scope", id);
        add_string(&body, unit);
        add_string(&body, "fail");
        add_properties(&body, id, limits);
        at = open_array(&body, 8, &first); /* auxiliary units: none */
        close_array(&body, at, first);

        buffer_add_byte(bytes, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 'l' : 'B');
        buffer_add_byte(bytes, METHOD_CALL);
        buffer_add_byte(bytes, 0);
        buffer_add_byte(bytes, 1); /* of the protocol */
        add_u32(bytes, (uint32_t)body.n);
        add_u32(bytes, 1); /* serial */
        at = open_array(bytes, 8, &first);
        add_field(bytes, PATH, "o", "/org/freedesktop/systemd1");
        add_field(bytes, INTERFACE, "s", "org.freedesktop.systemd1.Manager");
        add_field(bytes, MEMBER, "s", "StartTransientUnit");
        add_field(bytes, DESTINATION, "s", "org.freedesktop.systemd1");
        add_field(bytes, SIGNATURE, "g", "ssa(sv)a(sa(sv))");
        close_array(bytes, at, first);
        align(bytes, 8);
        if (body.failed)
                bytes->failed = true;
        else
                buffer_add(bytes, body.bytes, body.n);
}

/* ---- The conversation ---- */

static int connect_to(const char *path)
{
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct timeval patience = { .tv_sec = TIMEOUT_S };

        if (fd < 0)
                return -errno;
        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
            connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
                return -errno;
        return fd_steal(&fd);
}

static int read_exactly(int fd, void *bytes, size_t n)
{
        for (size_t at = 0; at < n;) {
                ssize_t got = recv(fd, (char *)bytes + at, n - at, 0);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        return got == 0 ? -EPROTO : errno == EAGAIN ? -ETIMEDOUT : -errno;
                at += (size_t)got;
        }
        return 0;
}

/* "EXTERNAL", with the uid in decimal digits as hexadecimal text: who we are the socket itself says. */
static int authenticate(int fd)
{
        char uid[16], line[MAX_LINE];
        CLEANUP(buffer_clear) Buffer hello = BUFFER_INIT;
        size_t n = 0;
        int r;

        (void)snprintf(uid, sizeof uid, "%u", (unsigned)geteuid());
        buffer_add_byte(&hello, '\0');
        buffer_add_text(&hello, "AUTH EXTERNAL ");
        for (const char *digit = uid; *digit != '\0'; digit++)
                buffer_printf(&hello, "%02x", (unsigned)*digit);
        buffer_add_text(&hello, "\r\n");
        r = hello.failed ? -ENOMEM : fd_write_all(fd, hello.bytes, hello.n);
        while (r == 0 && (n < 2 || memcmp(line + n - 2, "\r\n", 2) != 0)) {
                r = n + 1 < sizeof line ? read_exactly(fd, line + n, 1) : -EPROTO;
                n++;
        }
        if (r < 0)
                return r;
        return strncmp(line, "OK ", 3) == 0 ? fd_write_all(fd, "BEGIN\r\n", 7) : -EPROTO;
}

/* The answer to our one call: it is read to its end, though its kind is all that counts. */
static int read_answer(int fd)
{
        for (;;) {
                unsigned char head[16];
                uint32_t n_body, n_fields, left;
                char bytes[512];
                int r = read_exactly(fd, head, sizeof head);

                if (r < 0)
                        return r;
                memcpy(&n_body, head + 4, sizeof n_body);
                memcpy(&n_fields, head + 12, sizeof n_fields);
                if (n_body > 65536 || n_fields > 65536)
                        return -EPROTO;
                for (left = (n_fields + 7) / 8 * 8 + n_body; r == 0 && left > 0;) {
                        uint32_t n = left < sizeof bytes ? left : (uint32_t)sizeof bytes;

                        r = read_exactly(fd, bytes, n);
                        left -= n;
                }
                if (r < 0)
                        return r;
                if (head[1] == METHOD_RETURN)
                        return 0;
                if (head[1] == ERROR)
                        return -EPROTO;
        }
}

static bool is_in_scope(const char *id)
{
        CLEANUP(buffer_clear) Buffer own = BUFFER_INIT;
        char tail[64];

        (void)snprintf(tail, sizeof tail, "/oriel-%s.scope", id);
        return instance_group_own(&own) == 0 && own.n > strlen(tail) &&
               strcmp(own.bytes + own.n - strlen(tail), tail) == 0;
}

static int wait_until_there(const char *id)
{
        const struct timespec pause = { .tv_nsec = 1000000 };

        for (int i = 0; i < TIMEOUT_S * 1000; i++) {
                if (is_in_scope(id))
                        return 0;
                (void)nanosleep(&pause, NULL);
        }
        return -ETIMEDOUT;
}

int start_scope(const char *path, const char *id, const InstanceGroupLimits *limits)
{
        CLEANUP(fd_closep) int fd = connect_to(path);
        CLEANUP(buffer_clear) Buffer call = BUFFER_INIT;
        int r = fd < 0 ? fd : authenticate(fd);

        if (r < 0)
                return r;
        add_call(&call, id, limits);
        r = call.failed ? -ENOMEM : fd_write_all(fd, call.bytes, call.n);
        if (r == 0)
                r = read_answer(fd);
        return r < 0 ? r : wait_until_there(id);
}
