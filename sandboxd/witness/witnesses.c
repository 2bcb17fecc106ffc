/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "witness/witnesses.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/i18n.h"
#include "cache/entry.h"

enum {
        MAX_LINKS = 40, /* the kernel's limit (path_resolution(7)) */
        /* Some file systems count in two seconds; clocks of file servers differ a little more. */
        SETTLED_SECONDS = 3,
};

#ifndef ZFS_MAGIC
#define ZFS_MAGIC 0x2fc12fc1
#endif

struct Witnesses {
        GArray *all;       /* Witness */
        GHashTable *paths; /* path → its index in all; owns the text */
        GPtrArray *names;  /* of the others */
        GArray *packed;    /* Witness; or NULL */
        gint64 started_ns;
        const char *fault;
};

Witnesses *witnesses_new(void)
{
        Witnesses *witnesses = g_new0(Witnesses, 1);

        witnesses->all = g_array_new(FALSE, FALSE, sizeof(Witness));
        witnesses->paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        witnesses->names = g_ptr_array_new_with_free_func(g_free);
        witnesses->started_ns = g_get_real_time() * 1000;
        return witnesses;
}

void witnesses_free(Witnesses *witnesses)
{
        if (witnesses == NULL)
                return;
        g_array_unref(witnesses->all);
        g_clear_pointer(&witnesses->packed, g_array_unref);
        g_hash_table_unref(witnesses->paths);
        g_ptr_array_unref(witnesses->names);
        g_free(witnesses);
}

void witnesses_spoil(Witnesses *witnesses, const char *why)
{
        if (witnesses != NULL && witnesses->fault == NULL)
                witnesses->fault = why;
}

static Witness *get(Witnesses *witnesses, guint i)
{
        return &g_array_index(witnesses->all, Witness, i);
}

/* Takes path.  Valid until the next is added. */
static const Witness *look(Witnesses *witnesses, char *path, WitnessKind kind)
{
        gpointer key, index;
        Witness new, *old;

        if (g_hash_table_lookup_extended(witnesses->paths, path, &key, &index)) {
                g_free(path);
                old = get(witnesses, GPOINTER_TO_UINT(index));
                if (kind == old->kind || old->kind == WITNESS_CONTENT)
                        return old;
                /* More is asked of it than before. */
                witness_look(&new, kind, key);
                if (new.there != old->there || new.mode != old->mode || new.uid != old->uid)
                        witnesses_spoil(witnesses, N_("files are being changed"));
                /* What was found missing in it was so after the first look. */
                new.names_ns = old->names_ns;
                *old = new;
                return old;
        }
        witness_look(&new, kind, path);
        g_hash_table_insert(witnesses->paths, path, GUINT_TO_POINTER(witnesses->all->len));
        g_array_append_val(witnesses->all, new);
        return get(witnesses, witnesses->all->len - 1);
}

void witnesses_path(Witnesses *witnesses, const char *path, WitnessKind kind)
{
        g_autofree char *rest = NULL;
        g_autoptr(GString) at = g_string_new(NULL); /* holds no link and no ".." */
        guint links = 0;

        if (witnesses == NULL)
                return;
        if (*path != '/') {
                witnesses_spoil(witnesses, N_("a relative path"));
                return;
        }
        rest = g_strdup(path);
        for (char *name = rest; *name != '\0';) {
                gsize n = strcspn(name, "/");
                char *next = name + n + strspn(name + n, "/");
                const Witness *found = NULL;

                if (n == 0 || (n == 1 && name[0] == '.')) {
                        name = next;
                        continue;
                }
                if (n == 2 && name[0] == '.' && name[1] == '.') {
                        const char *slash = strrchr(at->str, '/');

                        g_string_truncate(at, slash != NULL ? (gsize)(slash - at->str) : 0);
                        name = next;
                        continue;
                }
                g_string_append_c(at, '/');
                g_string_append_len(at, name, (gssize)n);
                found = look(witnesses, g_strdup(at->str), *next == '\0' ? kind : WITNESS_PLACE);
                if (!found->there)
                        return;
                if (S_ISLNK(found->mode)) {
                        g_autofree char *target = g_file_read_link(at->str, NULL), *joined = NULL;

                        if (target == NULL || ++links > MAX_LINKS) {
                                witnesses_spoil(witnesses, N_("a symbolic link that leads nowhere"));
                                return;
                        }
                        joined = g_strconcat(target, "/", next, NULL);
                        g_string_truncate(at, *target == '/' ? 0 : (gsize)(strrchr(at->str, '/') - at->str));
                        /* A slash at the end says nothing that the next link would not. */
                        if (*next == '\0')
                                joined[strlen(joined) - 1] = '\0';
                        g_free(rest);
                        rest = g_steal_pointer(&joined);
                        next = rest;
                }
                name = next;
        }
}

gboolean witnesses_ask(Witnesses *witnesses, WitnessKind kind, const char *name)
{
        char *own = NULL;
        Witness new;

        if (witnesses == NULL)
                return FALSE;
        own = g_strdup(name);
        g_ptr_array_add(witnesses->names, own);
        witness_look(&new, kind, own);
        g_array_append_val(witnesses->all, new);
        if (strlen(new.text) == sizeof new.text - 1)
                witnesses_spoil(witnesses, N_("it rests on too much"));
        return new.there;
}

const char *witnesses_fault(const Witnesses *witnesses)
{
        gint64 latest = witnesses->started_ns - SETTLED_SECONDS * G_GINT64_CONSTANT(1000000000);

        if (witnesses->fault != NULL)
                return witnesses->fault;
        for (guint i = 0; i < witnesses->all->len; i++) {
                const Witness *one = &g_array_index(witnesses->all, Witness, i);

                if (one->mtime_ns > latest || one->ctime_ns > latest)
                        return N_("a file that it rests on was changed a moment ago");
        }
        return witnesses->all->len > CACHE_MAX_WITNESSES ? N_("it rests on too much") : NULL;
}

const Witness *witnesses_all(const Witnesses *witnesses, gsize *ret_n)
{
        *ret_n = witnesses->all->len;
        return (const Witness *)(const void *)witnesses->all->data;
}

/* A directory of this machine's own: nobody else adds names to it, and none are there that were never made. */
static gboolean tells_changes(const char *directory)
{
        static const guint64 known[] = { EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,       BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC,
                                         TMPFS_MAGIC,      OVERLAYFS_SUPER_MAGIC, ZFS_MAGIC };
        struct statfs is = { 0 };

        if (statfs(directory, &is) < 0)
                return FALSE;
        for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
                if ((guint64)is.f_type == known[i])
                        return TRUE;
        return FALSE;
}

/* The index of the directory that it is missing in, if that one's time says so from now on; else -1. */
static gint covered_by(const Witnesses *witnesses, const Witness *one)
{
        gint64 latest = witnesses->started_ns - SETTLED_SECONDS * G_GINT64_CONSTANT(1000000000);
        const char *slash = strrchr(one->name, '/');
        g_autofree char *above = NULL;
        const Witness *directory;
        gpointer index = NULL;

        if (one->there || (one->kind != WITNESS_PLACE && one->kind != WITNESS_CONTENT) || slash == NULL ||
            slash == one->name)
                return -1;
        above = g_strndup(one->name, (gsize)(slash - one->name));
        if (!g_hash_table_lookup_extended(witnesses->paths, above, NULL, &index))
                return -1;
        directory = &g_array_index(witnesses->all, Witness, GPOINTER_TO_UINT(index));
        return directory->there && S_ISDIR(directory->mode) && directory->names_ns <= latest
                       ? (gint)GPOINTER_TO_UINT(index)
                       : -1;
}

static void pack_covered(Witnesses *witnesses, guint directory, const gint *by)
{
        Witness head = *get(witnesses, directory);
        guint at = witnesses->packed->len;

        head.kind = WITNESS_NAMES;
        head.size = 0;
        head.mtime_ns = head.ctime_ns = 0;
        if (tells_changes(head.name))
                g_array_append_val(witnesses->packed, head);
        for (guint i = 0; i < witnesses->all->len; i++)
                if (by[i] == (gint)directory)
                        g_array_append_val(witnesses->packed, *get(witnesses, i));
        if (g_array_index(witnesses->packed, Witness, at).kind == WITNESS_NAMES)
                g_array_index(witnesses->packed, Witness, at).covers = witnesses->packed->len - at - 1;
}

const Witness *witnesses_pack(Witnesses *witnesses, gsize *ret_n)
{
        guint n = witnesses->all->len;
        g_autofree gint *by = g_new(gint, n + 1);
        g_autofree guint *counts = g_new0(guint, n + 1);

        g_clear_pointer(&witnesses->packed, g_array_unref);
        witnesses->packed = g_array_new(FALSE, FALSE, sizeof(Witness));
        for (guint i = 0; i < n; i++) {
                by[i] = covered_by(witnesses, get(witnesses, i));
                if (by[i] >= 0)
                        counts[by[i]]++;
        }
        for (guint i = 0; i < n; i++) {
                /* For one name a look at the directory saves nothing. */
                if (by[i] >= 0 && counts[by[i]] < 2)
                        by[i] = -1;
                if (by[i] < 0)
                        g_array_append_val(witnesses->packed, *get(witnesses, i));
        }
        for (guint i = 0; i < n; i++)
                if (counts[i] >= 2)
                        pack_covered(witnesses, i, by);
        *ret_n = witnesses->packed->len;
        return (const Witness *)(const void *)witnesses->packed->data;
}
