/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/message.h"
#include "review/settle.h"
#include "store/logs.h"

enum {
        /* While an instance starts or ends there are moments that nobody announces: its socket is not there yet, its
         * lock is still held by a front end that cleans up. */
        RETRY_MS = 100,
};

typedef struct Entry {
        SessionRegistry *registry; /* borrowed */
        StoreInstance *instance;
        int watch_fd;   /* to the keeper; -1: none yet, or it ended */
        guint watch_id; /* source of it */
        gboolean seen;  /* in this refresh */
        gboolean over;  /* the keeper is gone */
} Entry;

struct SessionRegistry {
        StoreDirs *dirs;
        SessionRegistryFunc func;
        gpointer data;
        GHashTable *entries; /* id (the entry's) → Entry */
        int inotify_fd;
        guint inotify_id, retry_id;
};

static void drop_watch(Entry *entry)
{
        if (entry->watch_id != 0)
                g_source_remove(entry->watch_id);
        entry->watch_id = 0;
        entry->watch_fd = fd_close(entry->watch_fd);
}

static void entry_free(gpointer data)
{
        Entry *entry = data;

        drop_watch(entry);
        store_instance_free(entry->instance);
        g_free(entry);
}

static char *instances_path(const SessionRegistry *registry)
{
        return g_build_filename(store_dirs_path(registry->dirs, STORE_DIR_RUNTIME), "instances", NULL);
}

static void refresh(SessionRegistry *registry);

static gboolean on_retry(gpointer data)
{
        SessionRegistry *registry = data;

        registry->retry_id = 0;
        refresh(registry);
        return G_SOURCE_REMOVE;
}

static void retry_soon(SessionRegistry *registry)
{
        if (registry->retry_id == 0)
                registry->retry_id = g_timeout_add(RETRY_MS, on_retry, registry);
}

/* `done` to our watch, or the end: then the instance is over. */
static gboolean on_watch(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
        Entry *entry = data;
        CLEANUP(message_freep) Message *message = NULL;
        int r = message_receive(fd, &message, NULL, NULL, NULL);

        if (r > 0 || r == -EAGAIN || r == -EINVAL)
                return G_SOURCE_CONTINUE;
        entry->watch_id = 0;
        entry->watch_fd = fd_close(entry->watch_fd);
        entry->over = TRUE;
        refresh(entry->registry); /* may free the entry */
        return G_SOURCE_REMOVE;
}

/* Connects to the keeper, unless it is connected.  False: not yet. */
static gboolean watch_keeper(Entry *entry)
{
        CLEANUP(message_freep) Message *message = message_new("watch");
        CLEANUP(fd_closep) int fd = -1;

        if (entry->watch_fd >= 0)
                return TRUE;
        fd = store_instances_connect(entry->registry->dirs, entry->instance->info.id, NULL);
        if (fd < 0 || !g_unix_set_fd_nonblocking(fd, TRUE, NULL) || message == NULL ||
            message_send(fd, message, NULL, 0) < 0)
                return FALSE;
        entry->watch_fd = fd_steal(&fd);
        entry->watch_id = g_unix_fd_add(entry->watch_fd, G_IO_IN | G_IO_HUP, on_watch, entry);
        return TRUE;
}

/* To see its `info` come and change.  Twice is once, and it goes with the directory (inotify(7)). */
static void mark_directory(const SessionRegistry *registry, const char *id)
{
        g_autofree char *all = instances_path(registry), *path = g_build_filename(all, id, NULL);

        (void)inotify_add_watch(registry->inotify_fd, path, IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW);
}

static Entry *add_entry(SessionRegistry *registry, StoreInstance *instance)
{
        Entry *entry = g_new0(Entry, 1);

        entry->registry = registry;
        entry->instance = instance;
        entry->watch_fd = -1;
        mark_directory(registry, instance->info.id);
        g_hash_table_insert(registry->entries, instance->info.id, entry);
        return entry;
}

static gboolean differs(const InstanceInfo *a, const InstanceInfo *b)
{
        return a->state != b->state || a->keeper_pid != b->keeper_pid || a->front_pid != b->front_pid;
}

/* One living instance, as just read from disk.  Takes it. */
static void note_alive(SessionRegistry *registry, StoreInstance *instance)
{
        Entry *entry = g_hash_table_lookup(registry->entries, instance->info.id);

        if (entry == NULL) {
                entry = add_entry(registry, instance);
                registry->func(SESSION_INSTANCE_ADDED, &instance->info, registry->data);
        } else if (differs(&entry->instance->info, &instance->info)) {
                g_hash_table_steal(registry->entries, entry->instance->info.id);
                store_instance_free(entry->instance);
                entry->instance = instance;
                g_hash_table_insert(registry->entries, instance->info.id, entry);
                registry->func(SESSION_INSTANCE_CHANGED, &instance->info, registry->data);
        } else {
                store_instance_free(instance);
        }
        entry->seen = TRUE;
        /* The keeper is gone but someone holds the lock: the front end, which is about to let go. */
        if (entry->over || !watch_keeper(entry))
                retry_soon(registry);
}

static gboolean take_if_gone(gpointer key G_GNUC_UNUSED, gpointer value, gpointer data)
{
        Entry *entry = value;
        GPtrArray *gone = data;

        if (entry->seen)
                return FALSE;
        g_ptr_array_add(gone, entry);
        return TRUE;
}

/* Brings the table in step with the disk. */
static void refresh(SessionRegistry *registry)
{
        g_autoptr(GPtrArray) list = store_instances_list(registry->dirs, FALSE, NULL);
        g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(entry_free);
        GHashTableIter iter;
        gpointer value;
        guint n_reaped;

        if (list == NULL) {
                retry_soon(registry);
                return;
        }
        g_hash_table_iter_init(&iter, registry->entries);
        while (g_hash_table_iter_next(&iter, NULL, &value))
                ((Entry *)value)->seen = FALSE;
        while (list->len > 0)
                note_alive(registry, g_ptr_array_steal_index(list, 0));
        (void)g_hash_table_foreach_steal(registry->entries, take_if_gone, gone);
        n_reaped = store_instances_reap(registry->dirs);
        if (n_reaped > 0) {
                /* What it sets aside `oriel diff` shows; nobody is there to be told. */
                CLEANUP(buffer_clear) Buffer sentences = BUFFER_INIT;

                review_settle_all(registry->dirs, &(ReviewSettlement){ .sentences = &sentences });
        }
        if (n_reaped > 0 || gone->len > 0)
                store_logs_prune(registry->dirs, STORE_LOGS_MAX, STORE_LOGS_MAX_BYTES);
        for (guint i = 0; i < gone->len; i++)
                registry->func(SESSION_INSTANCE_REMOVED, &((Entry *)gone->pdata[i])->instance->info, registry->data);
}

/* A directory that was made is watched for its `info`.  For all else it does not matter what happened: the disk is
 * looked at anew. */
static void note_events(SessionRegistry *registry, const char *bytes, gsize n)
{
        struct inotify_event event;

        for (gsize at = 0; at + sizeof event <= n; at += sizeof event + event.len) {
                memcpy(&event, bytes + at, sizeof event);
                if ((event.mask & IN_Q_OVERFLOW) != 0)
                        retry_soon(registry);
                if ((event.mask & IN_CREATE) != 0 && event.len > 0 && instance_id_is_valid(bytes + at + sizeof event))
                        mark_directory(registry, bytes + at + sizeof event);
        }
}

static gboolean on_inotify(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
        char bytes[4096];
        ssize_t n;

        while ((n = read(fd, bytes, sizeof bytes)) > 0)
                note_events(data, bytes, (gsize)n);
        refresh(data);
        return G_SOURCE_CONTINUE;
}

SessionRegistry *session_registry_new(StoreDirs *dirs, SessionRegistryFunc func, gpointer data, GError **error)
{
        g_autoptr(SessionRegistry) registry = g_new0(SessionRegistry, 1);
        CLEANUP(fd_closep) int fd = store_instances_open(dirs, error);
        g_autofree char *path = NULL;

        registry->dirs = dirs;
        registry->func = func;
        registry->data = data;
        registry->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
        registry->inotify_fd = -1;
        if (fd < 0)
                return NULL;
        path = instances_path(registry);
        registry->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (registry->inotify_fd < 0 ||
            inotify_add_watch(registry->inotify_fd, path, IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("%s: cannot be watched: %s"), path,
                            g_strerror(errno));
                return NULL;
        }
        registry->inotify_id = g_unix_fd_add(registry->inotify_fd, G_IO_IN, on_inotify, registry);
        registry->retry_id = g_idle_add(on_retry, registry);
        return g_steal_pointer(&registry);
}

void session_registry_free(SessionRegistry *registry)
{
        if (registry == NULL)
                return;
        if (registry->retry_id != 0)
                g_source_remove(registry->retry_id);
        if (registry->inotify_id != 0)
                g_source_remove(registry->inotify_id);
        g_hash_table_unref(registry->entries);
        registry->inotify_fd = fd_close(registry->inotify_fd);
        g_free(registry);
}

guint session_registry_size(const SessionRegistry *registry)
{
        return g_hash_table_size(registry->entries);
}

const InstanceInfo *session_registry_get(const SessionRegistry *registry, const char *id)
{
        Entry *entry = g_hash_table_lookup(registry->entries, id);

        return entry == NULL ? NULL : &entry->instance->info;
}

static gint compare_started(gconstpointer a, gconstpointer b)
{
        const InstanceInfo *left = *(const InstanceInfo *const *)a, *right = *(const InstanceInfo *const *)b;

        return left->started != right->started ? (left->started < right->started ? -1 : 1)
                                               : strcmp(left->id, right->id);
}

GPtrArray *session_registry_list(const SessionRegistry *registry)
{
        GPtrArray *list = g_ptr_array_new();
        GHashTableIter iter;
        gpointer value;

        g_hash_table_iter_init(&iter, registry->entries);
        while (g_hash_table_iter_next(&iter, NULL, &value))
                g_ptr_array_add(list, &((Entry *)value)->instance->info);
        g_ptr_array_sort(list, compare_started);
        return list;
}
