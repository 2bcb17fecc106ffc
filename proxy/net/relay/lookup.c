/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One lookup: a connected UDP socket with a port of its own, two questions (A, AAAA) with numbers of their own.  It
 * ends when both are answered, or when the time is over with what came until then. */
#include "relay/lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "dns/resolver-config.h"

enum { MAX_FILE = 4 * 1024 * 1024, KEPT = 64, QUESTIONS = 2, PORT = 53 };

static const uint16_t types[QUESTIONS] = { DNS_TYPE_A, DNS_TYPE_AAAA };

/* One of the two files, as it was when it was last read. */
typedef struct File {
        const char *path;
        struct timespec changed;
        ino_t inode;
        char *text;
        size_t n;
} File;

typedef struct Answer {
        char name[HOST_NAME_MAX_BYTES + 1];
        NetAddress addresses[DNS_MAX_ADDRESSES];
        size_t n;
        int64_t until_ms; /* 0: free */
} Answer;

struct Lookup {
        Watch watch; /* first: the loop's watch is the lookup */
        Buried buried;
        Resolver *resolver;
        Lookup *next;
        char name[HOST_NAME_MAX_BYTES + 1];
        uint16_t ids[QUESTIONS];
        DnsReply replies[QUESTIONS];
        bool answered[QUESTIONS];
        size_t n_asked; /* servers, over all rounds */
        int64_t deadline_ms;
        LookupDone done; /* NULL: cancelled */
        void *data;
};

struct Resolver {
        Loop *loop;
        File config, hosts;
        ResolverConfig servers;
        Lookup *open;
        Answer kept[KEPT];
};

Resolver *resolver_new(Loop *loop)
{
        Resolver *resolver = calloc(1, sizeof *resolver);

        if (resolver == NULL)
                return NULL;
        resolver->loop = loop;
        resolver->config.path = "/etc/resolv.conf";
        resolver->hosts.path = "/etc/hosts";
        return resolver;
}

void resolver_free(Resolver *resolver)
{
        if (resolver == NULL)
                return;
        while (resolver->open != NULL) {
                Lookup *lookup = resolver->open;

                resolver->open = lookup->next;
                (void)fd_close(loop_remove(resolver->loop, &lookup->watch));
                free(lookup);
        }
        free(resolver->config.text);
        free(resolver->hosts.text);
        free(resolver);
}

bool resolver_is_busy(const Resolver *resolver)
{
        return resolver->open != NULL;
}

/* True where it is another text than before. */
static bool read_again(File *file)
{
        CLEANUP(fd_closep) int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st = { 0 };
        char *text = NULL;
        size_t n = 0;

        if (fd < 0 || fstat(fd, &st) < 0)
                return false;
        if (file->text != NULL && st.st_ino == file->inode && st.st_mtim.tv_sec == file->changed.tv_sec &&
            st.st_mtim.tv_nsec == file->changed.tv_nsec)
                return false;
        if (fd_read_all(fd, MAX_FILE, &text, &n) < 0)
                return false;
        free(file->text);
        file->text = text;
        file->n = n;
        file->inode = st.st_ino;
        file->changed = st.st_mtim;
        return true;
}

static void unlink_lookup(Lookup *lookup)
{
        Lookup **at = &lookup->resolver->open;

        while (*at != NULL && *at != lookup)
                at = &(*at)->next;
        if (*at != NULL)
                *at = lookup->next;
}

static void release(Buried *buried)
{
        free((char *)buried - offsetof(Lookup, buried));
}

static void close_lookup(Lookup *lookup)
{
        unlink_lookup(lookup);
        (void)fd_close(loop_remove(lookup->resolver->loop, &lookup->watch));
        loop_bury(lookup->resolver->loop, &lookup->buried, release);
}

void lookup_cancel(Lookup *lookup)
{
        if (lookup == NULL)
                return;
        lookup->done = NULL;
        close_lookup(lookup);
}

static void keep(Resolver *resolver, const char *name, const NetAddress *addresses, size_t n)
{
        Answer *place = &resolver->kept[0];

        for (size_t i = 0; i < KEPT; i++)
                if (resolver->kept[i].until_ms < place->until_ms)
                        place = &resolver->kept[i];
        memcpy(place->name, name, strlen(name) + 1);
        if (n > 0)
                memcpy(place->addresses, addresses, n * sizeof *addresses);
        place->n = n;
        place->until_ms = loop_now_ms() + LOOKUP_KEPT_MS;
}

/* IPv4 first, then by turns: what most names have and most hosts reach. */
static void finish(Lookup *lookup)
{
        NetAddress all[DNS_MAX_ADDRESSES];
        size_t n = 0;

        for (size_t i = 0; i < DNS_MAX_ADDRESSES; i++)
                for (size_t q = 0; q < QUESTIONS && n < DNS_MAX_ADDRESSES; q++)
                        if (i < lookup->replies[q].n)
                                all[n++] = lookup->replies[q].addresses[i];
        if (n > 0)
                keep(lookup->resolver, lookup->name, all, n);
        close_lookup(lookup);
        lookup->done(lookup->data, all, n);
}

static void ask_next(Lookup *lookup);

static void on_reply(Watch *watch, uint32_t events)
{
        Lookup *lookup = (Lookup *)(void *)watch;
        uint8_t packet[DNS_MAX_BYTES];
        bool failed = (events & (EPOLLERR | EPOLLHUP)) != 0;

        for (;;) {
                ssize_t n = recv(watch->fd, packet, sizeof packet, MSG_DONTWAIT);

                if (n < 0) {
                        failed = failed || (errno != EAGAIN && errno != EINTR);
                        break;
                }
                for (size_t q = 0; q < QUESTIONS; q++) {
                        DnsReply reply = { 0 };

                        if (lookup->answered[q] ||
                            !dns_read_reply(&reply, packet, (size_t)n, lookup->ids[q], lookup->name, types[q]))
                                continue;
                        /* A server that can't answer is no answer: the next may. */
                        failed = failed || (reply.code != DNS_CODE_OK && reply.code != DNS_CODE_NO_NAME);
                        lookup->replies[q] = reply;
                        lookup->answered[q] = reply.code == DNS_CODE_OK || reply.code == DNS_CODE_NO_NAME;
                }
        }
        if (lookup->answered[0] && lookup->answered[1])
                finish(lookup);
        else if (failed)
                ask_next(lookup);
}

static int connect_to(const NetAddress *server)
{
        struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
        struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(PORT) };
        CLEANUP(fd_closep)
        int fd = socket(server->six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int r;

        memcpy(&six.sin6_addr, server->bytes, sizeof six.sin6_addr);
        memcpy(&four.sin_addr, server->bytes, sizeof four.sin_addr);
        r = fd < 0 ? -1
                   : connect(fd, server->six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four,
                             server->six ? sizeof six : sizeof four);
        return r < 0 ? -errno : fd_steal(&fd);
}

static int send_questions(Lookup *lookup, int fd)
{
        if (getrandom(lookup->ids, sizeof lookup->ids, 0) != (ssize_t)sizeof lookup->ids)
                return -EIO;
        for (size_t q = 0; q < QUESTIONS; q++) {
                CLEANUP(buffer_clear) Buffer packet = BUFFER_INIT;

                if (lookup->answered[q])
                        continue;
                dns_ask(&packet, lookup->ids[q], lookup->name, types[q]);
                if (packet.failed || send(fd, packet.bytes, packet.n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                        return -EIO;
        }
        return 0;
}

/* The next server that can be asked at all; else it ends with what there is. */
static void ask_next(Lookup *lookup)
{
        Resolver *resolver = lookup->resolver;

        (void)fd_close(loop_remove(resolver->loop, &lookup->watch));
        while (lookup->n_asked < resolver->servers.n * LOOKUP_ROUNDS) {
                CLEANUP(fd_closep)
                int fd = connect_to(&resolver->servers.servers[lookup->n_asked++ % resolver->servers.n]);

                if (fd < 0 || send_questions(lookup, fd) < 0 ||
                    loop_add(resolver->loop, &lookup->watch, fd, EPOLLIN, on_reply) < 0)
                        continue;
                (void)fd_steal(&fd);
                lookup->deadline_ms = loop_now_ms() + LOOKUP_SERVER_MS;
                return;
        }
        finish(lookup);
}

void resolver_on_time(Resolver *resolver, int64_t now_ms)
{
        Lookup *next;

        for (Lookup *lookup = resolver->open; lookup != NULL; lookup = next) {
                next = lookup->next;
                if (lookup->deadline_ms > now_ms)
                        continue;
                /* One of the two is better than none. */
                if (lookup->replies[0].n > 0 || lookup->replies[1].n > 0)
                        finish(lookup);
                else
                        ask_next(lookup);
                /* What it told may have opened or closed others. */
                next = resolver->open;
        }
}

static const Answer *find_kept(const Resolver *resolver, const char *name)
{
        int64_t now = loop_now_ms();

        for (size_t i = 0; i < KEPT; i++)
                if (resolver->kept[i].until_ms > now && strcmp(resolver->kept[i].name, name) == 0)
                        return &resolver->kept[i];
        return NULL;
}

void resolver_ask(Resolver *resolver, const char *name, LookupDone done, void *data, Lookup **ret_lookup)
{
        NetAddress listed[DNS_MAX_ADDRESSES];
        const Answer *kept;
        Lookup *lookup = NULL;
        size_t n;

        *ret_lookup = NULL;
        (void)read_again(&resolver->hosts);
        if (read_again(&resolver->config) || resolver->servers.n == 0)
                resolver_config_read(&resolver->servers, resolver->config.text != NULL ? resolver->config.text : "",
                                     resolver->config.n);
        n = resolver->hosts.text == NULL
                    ? 0
                    : resolver_hosts_find(resolver->hosts.text, resolver->hosts.n, name, listed, DNS_MAX_ADDRESSES);
        kept = n > 0 ? NULL : find_kept(resolver, name);
        if (n == 0 && kept == NULL)
                lookup = calloc(1, sizeof *lookup);
        if (lookup == NULL) {
                done(data, kept != NULL ? kept->addresses : listed, kept != NULL ? kept->n : n);
                return;
        }
        lookup->resolver = resolver;
        lookup->watch.fd = -1;
        memcpy(lookup->name, name, strlen(name) + 1);
        lookup->done = done;
        lookup->data = data;
        lookup->next = resolver->open;
        resolver->open = lookup;
        *ret_lookup = lookup;
        ask_next(lookup);
}
