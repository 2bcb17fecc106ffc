/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names: two maps, unique name to peer and well-known name to its owner.  What a peer may is one BusStanding, however
 * often names come and go, so that 5000 acquisitions of one name cost what one costs. */
#include "route/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "route/string-map.h"

typedef struct Owned {
        Peer *owner;
        char name[];
} Owned;

struct Names {
        const BusPolicy *policy;
        StringMap peers; /* of Peer */
        StringMap names; /* of Owned */
        Owned **all;     /* the same, to be freed; in no order */
        size_t n_all;
        Peer *oldest, *newest;
        uint64_t last_id;
};

Names *names_new(const BusPolicy *policy)
{
        Names *names = calloc(1, sizeof *names);

        if (names != NULL)
                names->policy = policy;
        return names;
}

void names_free(Names *names)
{
        if (names == NULL)
                return;
        for (Peer *peer = names->oldest; peer != NULL;) {
                Peer *newer = peer->newer;

                free(peer);
                peer = newer;
        }
        for (size_t i = 0; i < names->n_all; i++)
                free(names->all[i]);
        free(names->all);
        string_map_clear(&names->peers);
        string_map_clear(&names->names);
        free(names);
}

Peer *names_peer(const Names *names, const char *unique)
{
        return string_map_get(&names->peers, unique);
}

static void forget_peer(Names *names, Peer *peer)
{
        string_map_remove(&names->peers, peer->name);
        *(peer->older != NULL ? &peer->older->newer : &names->oldest) = peer->newer;
        *(peer->newer != NULL ? &peer->newer->older : &names->newest) = peer->older;
        free(peer);
}

/* The oldest that owns nothing, owes nothing, and was only seen or owned once.  The client's own name is held by its
 * n_calls, which its owner sets. */
static bool make_room(Names *names)
{
        if (names->peers.n < NAMES_MAX_PEERS)
                return true;
        for (Peer *peer = names->oldest; peer != NULL; peer = peer->newer) {
                if (peer->n_owned == 0 && peer->n_calls == 0) {
                        forget_peer(names, peer);
                        return true;
                }
        }
        return false;
}

static Peer *add_peer(Names *names, const char *unique)
{
        Peer *peer = NULL;

        if (!make_room(names))
                return NULL;
        peer = calloc(1, sizeof *peer + strlen(unique) + 1);
        if (peer == NULL)
                return NULL;
        strcpy(peer->name, unique);
        if (string_map_put(&names->peers, peer->name, peer) < 0) {
                free(peer);
                return NULL;
        }
        peer->id = ++names->last_id;
        peer->older = names->newest;
        *(names->newest != NULL ? &names->newest->newer : &names->oldest) = peer;
        names->newest = peer;
        return peer;
}

Peer *names_raise(Names *names, const char *unique, BusAccess level)
{
        BusStanding more = { .level = level, .visible = level };
        Peer *peer = names_peer(names, unique);

        if (peer == NULL)
                peer = add_peer(names, unique);
        if (peer != NULL)
                bus_standing_add(&peer->standing, &more);
        return peer;
}

static Owned *add_owned(Names *names, const char *name)
{
        Owned **all = NULL, *owned = NULL;

        if (names->n_all >= NAMES_MAX_NAMES)
                return NULL;
        all = realloc(names->all, (names->n_all + 1) * sizeof *all);
        if (all == NULL)
                return NULL;
        names->all = all;
        owned = calloc(1, sizeof *owned + strlen(name) + 1);
        if (owned == NULL)
                return NULL;
        strcpy(owned->name, name);
        if (string_map_put(&names->names, owned->name, owned) < 0) {
                free(owned);
                return NULL;
        }
        all[names->n_all++] = owned;
        return owned;
}

static void forget_owned(Names *names, Owned *owned)
{
        size_t i = 0;

        string_map_remove(&names->names, owned->name);
        while (names->all[i] != owned)
                i++;
        names->all[i] = names->all[--names->n_all];
        free(owned);
}

int names_set_owner(Names *names, const char *name, const char *unique)
{
        BusStanding standing = { 0 };
        Owned *owned = string_map_get(&names->names, name);
        Peer *owner = NULL;

        bus_policy_look_up(names->policy, name, &standing);
        if (standing.visible == BUS_ACCESS_NONE && !standing.filtered)
                return 0;
        if (unique != NULL) {
                owner = names_raise(names, unique, BUS_ACCESS_NONE);
                if (owner == NULL)
                        return -ENOMEM;
                bus_standing_add(&owner->standing, &standing);
                owner->n_owned++;
                if (owned == NULL)
                        owned = add_owned(names, name);
        }
        if (owned == NULL) {
                if (owner != NULL)
                        owner->n_owned--; /* too many names: what the owner may is learnt, the name is not */
                return 0;
        }
        if (owned->owner != NULL)
                owned->owner->n_owned--;
        owned->owner = owner;
        if (owner == NULL)
                forget_owned(names, owned);
        return 0;
}

const Peer *names_owner(const Names *names, const char *name)
{
        const Owned *owned = string_map_get(&names->names, name);

        return owned != NULL ? owned->owner : NULL;
}

void names_learn(Names *names, const char *name, const char *unique)
{
        BusStanding standing = { 0 };
        Peer *peer = NULL;

        bus_policy_look_up(names->policy, name, &standing);
        if (standing.visible != BUS_ACCESS_NONE || standing.filtered)
                peer = names_raise(names, unique, BUS_ACCESS_NONE);
        if (peer != NULL)
                bus_standing_add(&peer->standing, &standing);
}

void names_gone(Names *names, const char *unique)
{
        Peer *peer = names_peer(names, unique);

        /* The bus tells of each name's loss before it tells of its owner's end; a name that is still there would point
         * nowhere. */
        for (size_t i = 0; peer != NULL && peer->n_owned > 0 && i < names->n_all;) {
                if (names->all[i]->owner == peer) {
                        peer->n_owned--;
                        forget_owned(names, names->all[i]);
                } else {
                        i++;
                }
        }
        if (peer != NULL)
                forget_peer(names, peer);
}
