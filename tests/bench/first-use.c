/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program in a box that uses what it was given once, says so by a byte on stdout, and ends: a session bus answers
 * Hello, and with arguments the network's proxy joins it with HOST:PORT, whose first byte it reads. usage: first-use
 * bus | net HOST:PORT | both HOST:PORT */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PROXY_PORT = 3128 };

static int fail(const char *what)
{
        perror(what);
        return 1;
}

static int read_some(int fd, char *bytes, size_t room)
{
        ssize_t n = read(fd, bytes, room - 1);

        bytes[n < 0 ? 0 : n] = '\0';
        return (int)n;
}

/* Hello, by hand: a method call without a body. */
static size_t hello(unsigned char *out)
{
        static const struct {
                unsigned char code, type;
                const char *value;
        } fields[] = {
                { 1, 'o', "/org/freedesktop/DBus" },
                { 2, 's', "org.freedesktop.DBus" },
                { 3, 's', "Hello" },
                { 6, 's', "org.freedesktop.DBus" },
        };
        const unsigned char head[] = { 'l', 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0 };
        size_t n = 16;
        unsigned length;

        memset(out, 0, 256);
        memcpy(out, head, sizeof head);
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
                unsigned n_value = (unsigned)strlen(fields[i].value);

                n = (n + 7) / 8 * 8;
                out[n++] = fields[i].code;
                out[n++] = 1;
                out[n++] = fields[i].type;
                out[n++] = 0;
                memcpy(out + n, &n_value, 4);
                memcpy(out + n + 4, fields[i].value, n_value + 1);
                n += 4 + n_value + 1;
        }
        length = (unsigned)(n - 16);
        memcpy(out + 12, &length, 4);
        return (n + 7) / 8 * 8;
}

static int use_bus(void)
{
        const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
        struct sockaddr_un to = { .sun_family = AF_UNIX };
        unsigned char call[256];
        char answer[4096], uid[16], login[80];
        size_t n;
        int fd = socket(AF_UNIX, SOCK_STREAM, 0), length;

        if (address == NULL || strncmp(address, "unix:path=", 10) != 0)
                return fail("no bus");
        (void)snprintf(to.sun_path, sizeof to.sun_path, "%.*s", (int)strcspn(address + 10, ",;"), address + 10);
        if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
                return fail("bus");
        (void)snprintf(uid, sizeof uid, "%u", getuid());
        length = snprintf(login, sizeof login, "%cAUTH EXTERNAL ", '\0');
        for (const char *digit = uid; *digit != '\0'; digit++)
                length += snprintf(login + length, sizeof login - (size_t)length, "%02x", *digit);
        length += snprintf(login + length, sizeof login - (size_t)length, "\r\n");
        if (write(fd, login, (size_t)length) != length || read_some(fd, answer, sizeof answer) <= 0 ||
            strncmp(answer, "OK ", 3) != 0)
                return fail("bus: login");
        n = hello(call);
        if (write(fd, "BEGIN\r\n", 7) != 7 || write(fd, call, n) != (ssize_t)n ||
            read_some(fd, answer, sizeof answer) <= 16 || answer[1] != 2)
                return fail("bus: Hello");
        return 0;
}

static int use_network(const char *to)
{
        struct sockaddr_in proxy = { .sin_family = AF_INET, .sin_port = htons(PROXY_PORT) };
        char line[256], answer[1024];
        int fd = socket(AF_INET, SOCK_STREAM, 0), n;

        proxy.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (connect(fd, (struct sockaddr *)&proxy, sizeof proxy) < 0)
                return fail("proxy");
        n = snprintf(line, sizeof line, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", to, to);
        if (write(fd, line, (size_t)n) != n || read_some(fd, answer, sizeof answer) <= 0 ||
            strncmp(answer, "HTTP/1.1 200", 12) != 0)
                return fail("proxy: CONNECT");
        if (strstr(answer, "\r\n\r\n") != NULL && strstr(answer, "\r\n\r\n")[4] == '\0' &&
            read_some(fd, answer, sizeof answer) <= 0)
                return fail("network");
        return 0;
}

int main(int argc, char **argv)
{
        int bad = 0;

        if (argc > 1 && strcmp(argv[1], "net") != 0)
                bad |= use_bus();
        if (argc > 2)
                bad |= use_network(argv[2]);
        return write(STDOUT_FILENO, bad ? "-" : "+", 1) == 1 ? bad : 2;
}
