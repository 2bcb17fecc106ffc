/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/peer.h"

#include <sys/socket.h>
#include <unistd.h>

static bool ask_peer(int socket, struct ucred *ret_peer)
{
        socklen_t n = sizeof *ret_peer;

        return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, ret_peer, &n) == 0 && ret_peer->uid == geteuid();
}

bool peer_is_user(int socket)
{
        struct ucred peer = { 0 };

        return ask_peer(socket, &peer);
}

bool peer_is_owner(int socket)
{
        struct ucred peer = { 0 };

        /* Whoever is not mapped shows as nobody, and who is outside has no number. */
        return ask_peer(socket, &peer) && peer.pid == 0;
}
