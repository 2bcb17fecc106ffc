/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages: one flat buffer, scanned when asked.  A message has tens of fields at most where speed matters. */
#include "base/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/fd.h"

struct Message {
        Buffer text;
        size_t n_fields;
        size_t *at; /* offset of each field in text */
        bool invalid;
};

static bool is_key(const char *p, size_t n)
{
        if (n == 0 || p[0] < 'a' || p[0] > 'z')
                return false;
        for (size_t i = 1; i < n; i++)
                if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= '0' && p[i] <= '9') || p[i] == '-'))
                        return false;
        return true;
}

Message *message_new(const char *verb)
{
        CLEANUP(message_freep) Message *message = calloc(1, sizeof *message);

        if (message == NULL)
                return NULL;
        message->invalid = !is_key(verb, strlen(verb));
        buffer_add(&message->text, verb, strlen(verb) + 1);
        if (message->text.failed)
                return NULL;
        return STEAL(message);
}

void message_free(Message *message)
{
        if (message == NULL)
                return;
        buffer_clear(&message->text);
        free(message->at);
        free(message);
}

static bool note_field(Message *message, size_t offset)
{
        /* Grown by doubling: at powers of two, starting at 8. */
        if (message->n_fields == 0 || (message->n_fields >= 8 && (message->n_fields & (message->n_fields - 1)) == 0)) {
                size_t room = message->n_fields == 0 ? 8 : message->n_fields * 2;
                size_t *grown = realloc(message->at, room * sizeof *grown);

                if (grown == NULL)
                        return false;
                message->at = grown;
        }
        message->at[message->n_fields++] = offset;
        return true;
}

void message_add(Message *message, const char *key, const char *value)
{
        size_t offset = message->text.n;

        if (!is_key(key, strlen(key)) || message->n_fields >= MESSAGE_MAX_FIELDS) {
                message->invalid = true;
                return;
        }
        buffer_add_text(&message->text, key);
        buffer_add_byte(&message->text, '=');
        buffer_add(&message->text, value, strlen(value) + 1);
        if (!message->text.failed && !note_field(message, offset))
                message->text.failed = true;
}

void message_add_number(Message *message, const char *key, int64_t number)
{
        char text[24];

        (void)snprintf(text, sizeof text, "%" PRId64, number);
        message_add(message, key, text);
}

const char *message_verb(const Message *message)
{
        return message->text.bytes;
}

size_t message_n_fields(const Message *message)
{
        return message->n_fields;
}

const void *message_bytes(const Message *message, size_t *ret_n)
{
        if (message->text.failed || message->invalid || message->text.n > MESSAGE_MAX_BYTES)
                return NULL;
        *ret_n = message->text.n;
        return message->text.bytes;
}

/* The value of field i if it has that key, else NULL. */
static const char *value_if(const Message *message, size_t i, const char *key, size_t n_key)
{
        const char *field = message->text.bytes + message->at[i];

        return strncmp(field, key, n_key) == 0 && field[n_key] == '=' ? field + n_key + 1 : NULL;
}

const char *message_get_nth(const Message *message, const char *key, size_t i)
{
        size_t n_key = strlen(key);

        for (size_t at = 0; at < message->n_fields; at++) {
                const char *value = value_if(message, at, key, n_key);

                if (value != NULL && i-- == 0)
                        return value;
        }
        return NULL;
}

const char *message_get(const Message *message, const char *key)
{
        return message_get_nth(message, key, 0);
}

int64_t message_get_number(const Message *message, const char *key, int64_t fallback)
{
        const char *text = message_get(message, key);
        char *end = NULL;
        int64_t number;

        if (text == NULL || (*text != '-' && (*text < '0' || *text > '9')))
                return fallback;
        errno = 0;
        number = strtoimax(text, &end, 10);
        return errno != 0 || end == text || *end != '\0' ? fallback : number;
}

int message_decode(Message **ret_message, const void *untrusted_bytes, size_t n)
{
        CLEANUP(message_freep) Message *message = NULL;
        const char *p = untrusted_bytes, *end = p + n;
        size_t n_verb;

        if (n == 0 || n > MESSAGE_MAX_BYTES || end[-1] != '\0')
                return -EINVAL;
        n_verb = strlen(p);
        if (!is_key(p, n_verb))
                return -EINVAL;
        message = calloc(1, sizeof *message);
        if (message == NULL)
                return -ENOMEM;
        buffer_add(&message->text, p, n);
        if (message->text.failed)
                return -ENOMEM;
        for (p += n_verb + 1; p < end; p += strlen(p) + 1) {
                const char *sign = strchr(p, '=');

                if (sign == NULL || !is_key(p, (size_t)(sign - p)) || message->n_fields >= MESSAGE_MAX_FIELDS)
                        return -EINVAL;
                if (!note_field(message, n - (size_t)(end - p)))
                        return -ENOMEM;
        }
        *ret_message = STEAL(message);
        return 0;
}

/* type: of the control data; 0: there is none. */
static int send_packet(int socket, const Message *message, int type, const void *data, size_t n)
{
        struct iovec part = { .iov_base = message->text.bytes, .iov_len = message->text.n };
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(MESSAGE_MAX_FDS * sizeof(int))];
        } control = { 0 };
        struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };

        if (message->text.failed)
                return -ENOMEM;
        if (message->invalid || message->text.n > MESSAGE_MAX_BYTES || CMSG_SPACE(n) > sizeof control)
                return -EINVAL;
        if (type != 0) {
                packet.msg_control = control.bytes;
                packet.msg_controllen = CMSG_SPACE(n);
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = type;
                control.header.cmsg_len = CMSG_LEN(n);
                memcpy(CMSG_DATA(&control.header), data, n);
        }
        for (;;) {
                if (sendmsg(socket, &packet, MSG_NOSIGNAL) >= 0)
                        return 0;
                if (errno != EINTR)
                        return -errno;
        }
}

int message_send(int socket, const Message *message, const int *fds, size_t n_fds)
{
        if (n_fds > MESSAGE_MAX_FDS)
                return -EINVAL;
        return send_packet(socket, message, n_fds > 0 ? SCM_RIGHTS : 0, fds, n_fds * sizeof *fds);
}

int message_send_as(int socket, const Message *message, int pid)
{
        const struct ucred who = { .pid = pid, .uid = geteuid(), .gid = getegid() };

        return send_packet(socket, message, SCM_CREDENTIALS, &who, sizeof who);
}

/* Takes descriptors and the sender's pid out of the control data; descriptors beyond what the caller can hold are
 * closed. */
static void take_control(struct msghdr *packet, int *ret_fds, size_t *ret_n_fds, int *ret_pid)
{
        for (struct cmsghdr *c = CMSG_FIRSTHDR(packet); c != NULL; c = CMSG_NXTHDR(packet, c)) {
                if (c->cmsg_level != SOL_SOCKET)
                        continue;
                if (c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len >= CMSG_LEN(sizeof(struct ucred))) {
                        struct ucred who;

                        memcpy(&who, CMSG_DATA(c), sizeof who);
                        *ret_pid = (int)who.pid;
                } else if (c->cmsg_type == SCM_RIGHTS) {
                        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

                        for (size_t i = 0; i < n; i++) {
                                int fd = -1;

                                memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
                                if (*ret_n_fds < MESSAGE_MAX_FDS)
                                        ret_fds[(*ret_n_fds)++] = fd;
                                else
                                        (void)fd_close(fd);
                        }
                }
        }
}

int message_receive(int socket, Message **ret_message, int *ret_fds, size_t *ret_n_fds, int *ret_pid)
{
        CLEANUP(freep) char *bytes = NULL;
        int fds[MESSAGE_MAX_FDS], pid = 0;
        size_t n_fds = 0;
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(MESSAGE_MAX_FDS * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
        } control = { 0 };
        struct iovec part = { 0 };
        struct msghdr packet = {
                .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control
        };
        ssize_t n;
        int r;

        /* How long is it?  A peek tells, so that a small message costs no large buffer.  A peer that ended with
         * messages of ours unread is told once as ECONNRESET, ahead of its own last words: those still count.  It may
         * end between the peek and the reading, too. */
        do
                /* cppcheck-suppress nullPointer ; nothing is to be written */
                n = recv(socket, NULL, 0, MSG_PEEK | MSG_TRUNC);
        while (n < 0 && (errno == EINTR || errno == ECONNRESET));
        if (n < 0)
                return -errno;
        bytes = malloc((size_t)n + 1);
        if (bytes == NULL)
                return -ENOMEM;
        part = (struct iovec){ .iov_base = bytes, .iov_len = (size_t)n + 1 };
        do
                n = recvmsg(socket, &packet, MSG_CMSG_CLOEXEC);
        while (n < 0 && (errno == EINTR || errno == ECONNRESET));
        if (n < 0)
                return -errno;
        take_control(&packet, fds, &n_fds, &pid);
        if (n == 0 && n_fds == 0)
                return 0;
        r = (packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || n > MESSAGE_MAX_BYTES
                    ? -EMSGSIZE
                    : message_decode(ret_message, bytes, (size_t)n);
        if (r < 0 || ret_fds == NULL) {
                for (size_t i = 0; i < n_fds; i++)
                        (void)fd_close(fds[i]);
                n_fds = 0;
        }
        if (r < 0)
                return r;
        if (ret_fds != NULL) {
                memcpy(ret_fds, fds, n_fds * sizeof *fds);
                *ret_n_fds = n_fds;
        }
        if (ret_pid != NULL)
                *ret_pid = pid;
        return 1;
}
