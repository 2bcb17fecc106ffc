/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets: the families that the network namespace does not hold, and what listens on the host. */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe.h"

enum { FAMILY_LAST = 46, DISCARD_PORT = 9 };

/* Only these families answer: all else is rich kernel code, or is not scoped by the network namespace. */
static bool family_is_plain(int family)
{
        return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
}

static Verdict try_families(char *detail)
{
        static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_DCCP };

        for (int family = 0; family < FAMILY_LAST; family++) {
                for (size_t i = 0; i < sizeof types / sizeof *types && !family_is_plain(family); i++) {
                        int pair[2];

                        if (socket(family, types[i], 0) >= 0 || socketpair(family, types[i], 0, pair) >= 0)
                                return verdict(OPEN, detail, "family %d, type %d", family, types[i]);
                        if (errno == ESOCKTNOSUPPORT || errno == EPROTONOSUPPORT || errno == EOPNOTSUPP)
                                return verdict(OPEN, detail, "family %d answers %s", family, strerrorname_np(errno));
                }
        }
        return verdict(REFUSED, detail, "all but UNIX, INET, INET6, NETLINK");
}

static Verdict one_family(int family, int type, int protocol, char *detail)
{
        int fd = socket(family, type, protocol);

        if (fd < 0 && errno != EPERM && errno != EAFNOSUPPORT && errno != EPROTONOSUPPORT && errno != EACCES)
                return verdict(OPEN, detail, "%s", strerrorname_np(errno));
        return fd >= 0 ? verdict(OPEN, detail, "a socket") : verdict(REFUSED, detail, "%s", strerrorname_np(errno));
}

static Verdict try_vsock(char *detail)
{
        return one_family(AF_VSOCK, SOCK_STREAM, 0, detail);
}

static Verdict try_alg(char *detail)
{
        return one_family(AF_ALG, SOCK_SEQPACKET, 0, detail);
}

static Verdict try_packet(char *detail)
{
        return one_family(AF_PACKET, SOCK_RAW, 0, detail);
}

static Verdict try_bluetooth(char *detail)
{
        return one_family(AF_BLUETOOTH, SOCK_RAW, 1, detail);
}

static Verdict try_can(char *detail)
{
        return one_family(AF_CAN, SOCK_RAW, 1, detail);
}

static Verdict try_netlink_uevent(char *detail)
{
        return one_family(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT, detail);
}

static Verdict try_netlink_audit(char *detail)
{
        return one_family(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT, detail);
}

static Verdict try_netlink_netfilter(char *detail)
{
        return one_family(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, detail);
}

/* The refusals must not take away what programs need: this one fails if a plain family does not answer. */
static Verdict try_plain_families(char *detail)
{
        static const int kinds[][3] = { { AF_UNIX, SOCK_STREAM, 0 },
                                        { AF_INET, SOCK_STREAM, 0 },
                                        { AF_INET6, SOCK_DGRAM, 0 },
                                        { AF_NETLINK, SOCK_RAW, NETLINK_ROUTE } };

        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
                if (socket(kinds[i][0], kinds[i][1], kinds[i][2]) < 0 && errno != EAFNOSUPPORT)
                        return verdict(OPEN, detail, "family %d: %s", kinds[i][0], strerrorname_np(errno));
        }
        return verdict(WORKS, detail, "they answer");
}

/* --- the host's network ------------------------------------------------------------------------------------------ */

static Verdict try_interfaces(char *detail)
{
        struct if_nameindex *all = if_nameindex();

        for (struct if_nameindex *at = all; at != NULL && at->if_index != 0; at++) {
                if (strcmp(at->if_name, "lo") != 0 && strcmp(at->if_name, "sit0") != 0 &&
                    strcmp(at->if_name, "ip6tnl0") != 0)
                        return verdict(OPEN, detail, "%s", at->if_name);
        }
        return verdict(REFUSED, detail, "only lo");
}

static Verdict connect_inet(const char *address, long port, int type, char *detail)
{
        struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
        int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

        inet_pton(AF_INET, address, &to.sin_addr);
        if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
                return by_result(-1, detail);
        return type == SOCK_STREAM ? verdict(OPEN, detail, "connected") : by_result(send(fd, "x", 1, 0), detail);
}

static Verdict try_host_loopback(char *detail)
{
        return connect_inet("127.0.0.1", bait_number("tcp-port"), SOCK_STREAM, detail);
}

static Verdict try_outside_udp(char *detail)
{
        return connect_inet("192.0.2.1", DISCARD_PORT, SOCK_DGRAM, detail);
}

static Verdict try_outside_tcp(char *detail)
{
        struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(DISCARD_PORT) };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
        return by_result(fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof to), detail);
}

static Verdict try_raw_socket(char *detail)
{
        return by_result(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), detail);
}

/* A new interface, or lo taken down: needs a capability in the network namespace. */
static Verdict try_change_network(char *detail)
{
        struct {
                struct nlmsghdr head;
                struct ifinfomsg link;
        } ask = { .head = { .nlmsg_len = sizeof ask,
                            .nlmsg_type = RTM_NEWLINK,
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
                  .link = { .ifi_family = AF_UNSPEC, .ifi_index = 1, .ifi_change = IFF_UP } };
        struct {
                struct nlmsghdr head;
                struct nlmsgerr error;
                char rest[512];
        } answer = { 0 };
        int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

        if (fd < 0 || send(fd, &ask, sizeof ask, 0) < 0 || recv(fd, &answer, sizeof answer, 0) < 0)
                return by_result(-1, detail);
        errno = -answer.error.error;
        return by_result(errno == 0 ? 0 : -1, detail);
}

static Verdict connect_unix(const char *name, bool abstract, char *detail)
{
        struct sockaddr_un to = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        size_t at = abstract ? 1 : 0;

        snprintf(to.sun_path + at, sizeof to.sun_path - at, "%s", name);
        return by_result(fd < 0 ? -1
                                : connect(fd, (struct sockaddr *)&to,
                                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + at + strlen(name))),
                         detail);
}

static Verdict try_abstract(char *detail)
{
        const char *name;

        for (size_t i = 0; (name = bait_nth("abstract-socket", i)) != NULL; i++) {
                if (connect_unix(name, true, detail) == OPEN)
                        return verdict(OPEN, detail, "@%s: connected", name);
        }
        return REFUSED;
}

static Verdict try_path_sockets(char *detail)
{
        const char *path;

        for (size_t i = 0; (path = bait_nth("path-socket", i)) != NULL; i++) {
                if (connect_unix(path, false, detail) == OPEN)
                        return verdict(OPEN, detail, "%s: connected", path);
        }
        return REFUSED;
}

static Verdict try_daemons(char *detail)
{
        static const char *const paths[] = { "/run/dbus/system_bus_socket",
                                             "/var/run/docker.sock",
                                             "/run/docker.sock",
                                             "/run/podman/podman.sock",
                                             "/run/containerd/containerd.sock",
                                             "/run/nscd/socket",
                                             "/run/systemd/private",
                                             "/run/systemd/journal/socket",
                                             "/run/systemd/notify",
                                             "/run/user/0/bus",
                                             "/run/snapd.socket" };

        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
                if (access(paths[i], F_OK) == 0)
                        return verdict(OPEN, detail, "%s is there", paths[i]);
        }
        return verdict(REFUSED, detail, "no socket of a host's daemon");
}

const Attempt socket_attempts[] = {
        { "socket-families", "socket-families", try_families },
        { "socket-vsock", "socket-families", try_vsock },
        { "socket-alg", "CVE-2026-31431", try_alg },
        { "socket-packet", "socket-families", try_packet },
        { "socket-bluetooth", "socket-families", try_bluetooth },
        { "socket-can", "socket-families", try_can },
        { "netlink-uevent", "socket-families", try_netlink_uevent },
        { "netlink-audit", "socket-families", try_netlink_audit },
        { "netlink-netfilter", "socket-families", try_netlink_netfilter },
        { "plain-families-work", "socket-families", try_plain_families },
        { "interfaces", "network", try_interfaces },
        { "host-loopback-service", "network", try_host_loopback },
        { "outside-tcp", "network", try_outside_tcp },
        { "outside-udp", "network", try_outside_udp },
        { "raw-socket", "network", try_raw_socket },
        { "change-network", "network", try_change_network },
        { "host-abstract-socket", "network", try_abstract },
        { "host-path-socket", "leaks", try_path_sockets },
        { "host-daemons", "leaks", try_daemons },
        { 0 },
};
