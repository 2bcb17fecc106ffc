/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/message.h"
#include "engine/capture.h"

enum { LOOPBACK = 1, BACKLOG = 4096 };

typedef struct Request {
        struct nlmsghdr header;
        union {
                struct rtmsg route;
                struct ifaddrmsg address;
        } body;
        char room[64];
} Request;

static void add_attribute(Request *request, unsigned short type, const void *data, size_t n)
{
        struct rtattr *attribute = (struct rtattr *)(void *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));

        attribute->rta_type = type;
        attribute->rta_len = (unsigned short)RTA_LENGTH(n);
        memcpy(RTA_DATA(attribute), data, n);
        request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

/* The kernel's answer to one request (rtnetlink(7)). */
static int ask_kernel(const Request *request)
{
        CLEANUP(fd_closep) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        struct {
                struct nlmsghdr header;
                struct nlmsgerr error;
                char room[512];
        } answer = { 0 };
        ssize_t n;

        if (fd < 0 || send(fd, request, request->header.nlmsg_len, 0) < 0)
                return -errno;
        n = recv(fd, &answer, sizeof answer, 0);
        if (n < 0)
                return -errno;
        if ((size_t)n < NLMSG_LENGTH(sizeof answer.error) || answer.header.nlmsg_type != NLMSG_ERROR)
                return -EPROTO;
        return answer.error.error;
}

/* IPv6 that this kernel has not, or not here. */
static bool is_absent(int r)
{
        return r == -EOPNOTSUPP || r == -EAFNOSUPPORT || r == -EACCES || r == -ENODEV;
}

int network_read_route(NetworkRoute *ret_route, const char *text)
{
        char start[INET6_ADDRSTRLEN] = "";
        size_t n = strcspn(text, "/");
        NetworkRoute route = { .six = memchr(text, ':', n) != NULL };

        route.n = route.six ? sizeof(struct in6_addr) : sizeof(struct in_addr);
        if (n < sizeof start)
                memcpy(start, text, n);
        if (text[n] != '/' || inet_pton(route.six ? AF_INET6 : AF_INET, start, route.start) != 1)
                return -EINVAL;
        route.bits = strtoul(text + n + 1, NULL, 10);
        route.has_own = route.bits < route.n * 8;
        memcpy(route.own, route.start, sizeof route.own);
        for (size_t bit = route.bits; bit < route.n * 8; bit++)
                route.own[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
        *ret_route = route;
        return 0;
}

static int add_address(const unsigned char *address, bool six)
{
        size_t n = six ? sizeof(struct in6_addr) : sizeof(struct in_addr);
        Request request = {
                .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
                            .nlmsg_type = RTM_NEWADDR,
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK },
                .body.address = { .ifa_family = six ? AF_INET6 : AF_INET,
                                  .ifa_prefixlen = (unsigned char)(n * 8),
                                  .ifa_flags = six ? IFA_F_NODAD : 0,
                                  .ifa_scope = RT_SCOPE_UNIVERSE,
                                  .ifa_index = LOOPBACK },
        };

        add_attribute(&request, IFA_LOCAL, address, n);
        add_attribute(&request, IFA_ADDRESS, address, n);
        return ask_kernel(&request);
}

int network_add_route(const char *text, Fault *fault)
{
        Request request = {
                .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
                            .nlmsg_type = RTM_NEWROUTE,
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK },
                .body.route = { .rtm_table = RT_TABLE_LOCAL,
                                .rtm_protocol = RTPROT_STATIC,
                                .rtm_scope = RT_SCOPE_HOST,
                                .rtm_type = RTN_LOCAL },
        };
        NetworkRoute route = { 0 };
        int loopback = LOOPBACK, r = network_read_route(&route, text);

        if (r < 0)
                return fault_set(fault, r, "route", text);
        request.body.route.rtm_family = route.six ? AF_INET6 : AF_INET;
        request.body.route.rtm_dst_len = (unsigned char)route.bits;
        add_attribute(&request, RTA_DST, route.start, route.n);
        add_attribute(&request, RTA_OIF, &loopback, sizeof loopback);
        r = ask_kernel(&request);
        if (r == 0 && route.has_own)
                r = add_address(route.own, route.six);
        if (route.six && is_absent(r))
                return 0;
        return r < 0 ? fault_set(fault, r, "route", text) : 0;
}

int network_set_ports(int proc, Fault *fault)
{
        static const struct {
                const char *path, *value;
        } settings[] = {
                { "sys/net/ipv4/tcp_tw_reuse", "1\n" },
                { "sys/net/ipv4/ip_local_port_range", "16384 65535\n" },
        };

        for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
                CLEANUP(fd_closep) int fd = openat(proc, settings[i].path, O_WRONLY | O_CLOEXEC);
                int r = fd < 0 ? -errno : fd_write_all(fd, settings[i].value, strlen(settings[i].value));

                /* Without them only the number of quick connections is smaller. */
                if (r < 0 && r != -ENOENT && r != -EACCES && r != -EPERM && r != -EROFS)
                        return fault_set(fault, r, "setting", settings[i].path);
        }
        return 0;
}

/* Both families at once where there are both: an IPv4 peer then has an address mapped into IPv6.  transparent: it takes
 * what was sent to other ports. */
static int bind_any(int type, uint16_t port, bool transparent)
{
        struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any };
        struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
        CLEANUP(fd_closep) int fd = socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int on = 1, off = 0;

        if (fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0 &&
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            (!transparent || setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &on, sizeof on) == 0) &&
            bind(fd, (const struct sockaddr *)&six, sizeof six) == 0)
                return fd_steal(&fd);
        fd = fd_close(fd);
        fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
            (transparent && setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof on) < 0) ||
            bind(fd, (const struct sockaddr *)&four, sizeof four) < 0)
                return -errno;
        return fd_steal(&fd);
}

static int bind_one(int type, const char *address, uint16_t port)
{
        struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
        CLEANUP(fd_closep) int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int on = 1;

        if (inet_pton(AF_INET, address, &four.sin_addr) != 1)
                return -EINVAL;
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
            bind(fd, (const struct sockaddr *)&four, sizeof four) < 0)
                return -errno;
        return fd_steal(&fd);
}

static int listen_at(const PlanListener *listener)
{
        int type = listener->kind == PLAN_LISTENER_UDP ? SOCK_DGRAM : SOCK_STREAM;
        CLEANUP(fd_closep) int fd = -1;

        fd = strcmp(listener->address, "*") == 0
                     ? bind_any(type, (uint16_t)listener->port, listener->kind == PLAN_LISTENER_CAPTURE)
                     : bind_one(type, listener->address, (uint16_t)listener->port);
        if (fd < 0)
                return fd;
        if (type == SOCK_STREAM && listen(fd, BACKLOG) < 0)
                return -errno;
        return fd_steal(&fd);
}

/* A kernel without nftables, or one that lets nobody but root use it, is no fault: then others listen. */
static int capture(const PlanBox *box, const PlanListener *listener)
{
        CLEANUP(fd_closep) int fd = listen_at(listener);

        return fd >= 0 && capture_tcp((uint16_t)listener->port, box->routes) == 0 ? fd_steal(&fd) : -EOPNOTSUPP;
}

int network_listen(const PlanBox *box, NetworkSockets *sockets, Fault *fault)
{
        bool captured = false;

        for (size_t i = 0; i < box->n_listeners; i++) {
                const PlanListener *listener = &box->listeners[i];
                int fd, ends[2];

                if (listener->kind == PLAN_LISTENER_SPARE && captured)
                        continue;
                if (listener->kind == PLAN_LISTENER_BIRTH) {
                        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
                                return fault_set(fault, -errno, "listen", listener->slot);
                        fd = ends[0];
                        sockets->birth = ends[1];
                } else if (listener->kind == PLAN_LISTENER_CAPTURE) {
                        fd = capture(box, listener);
                        captured = fd >= 0;
                        if (!captured)
                                continue;
                } else {
                        fd = listen_at(listener);
                }
                if (fd < 0)
                        return fault_set(fault, fd, "listen", listener->slot);
                sockets->slots[sockets->n] = listener->slot;
                sockets->fds[sockets->n++] = fd;
        }
        return 0;
}

void network_sockets_clear(NetworkSockets *sockets)
{
        while (sockets->n > 0)
                (void)fd_close(sockets->fds[--sockets->n]);
        sockets->birth = fd_close(sockets->birth);
}

void network_bear(int birth)
{
        CLEANUP(message_freep) Message *asked = NULL, *answer = message_new("socket");
        CLEANUP(fd_closep) int fd = -1;
        int64_t six;

        if (answer == NULL || message_receive(birth, &asked, NULL, NULL, NULL) <= 0)
                return;
        six = message_get_number(asked, "six", 0);
        fd = socket(six != 0 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        message_add_number(answer, "six", six != 0);
        (void)message_send(birth, answer, &fd, fd >= 0 ? 1 : 0);
}
