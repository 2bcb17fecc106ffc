/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/logs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "ids/instance-id.h"
#include "instance/instance.h"

static const char *const endings[] = { [STORE_LOG_AUDIT] = INSTANCE_LOG_AUDIT, [STORE_LOG_TEXT] = INSTANCE_LOG_TEXT };
G_STATIC_ASSERT(G_N_ELEMENTS(endings) == _STORE_LOG_MAX);

typedef struct LogFile {
        char name[INSTANCE_ID_SIZE + 8];
        char id[INSTANCE_ID_SIZE];
        gint64 changed; /* nanoseconds since 1970 */
        guint64 size;
} LogFile;

static char *file_name(const char *id, StoreLogKind kind)
{
        return g_strconcat(id, endings[kind], NULL);
}

static void set_errno(GError **error, const StoreDirs *dirs, const char *name)
{
        g_set_error(error, ORIEL_ERROR, errno == ENOENT ? ORIEL_ERROR_NOT_FOUND : ORIEL_ERROR_FAILED, "%s/log/%s: %s",
                    store_dirs_path(dirs, STORE_DIR_STATE), name, g_strerror(errno));
}

int store_logs_open_directory(StoreDirs *dirs, GError **error)
{
        return store_dirs_open_below(dirs, STORE_DIR_STATE, "log", TRUE, error);
}

int store_logs_open(StoreDirs *dirs, const char *id, StoreLogKind kind, GError **error)
{
        g_autofree char *name = file_name(id, kind);
        CLEANUP(fd_closep) int log = store_dirs_open_below(dirs, STORE_DIR_STATE, "log", FALSE, error);
        int fd = -1;

        if (log < 0)
                return -1;
        fd = instance_id_is_valid(id) ? openat(log, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
        if (fd < 0) {
                errno = instance_id_is_valid(id) ? errno : ENOENT;
                set_errno(error, dirs, name);
        }
        return fd;
}

/* A log's name is an id and one of our endings; anything else in the directory is left alone. */
static gboolean is_log(const char *name, StoreLogKind *ret_kind, char ret_id[INSTANCE_ID_SIZE])
{
        g_strlcpy(ret_id, name, INSTANCE_ID_SIZE);
        if (strlen(name) < INSTANCE_ID_SIZE || !instance_id_is_valid(ret_id))
                return FALSE;
        for (guint kind = 0; kind < _STORE_LOG_MAX; kind++)
                if (strcmp(name + INSTANCE_ID_SIZE - 1, endings[kind]) == 0) {
                        *ret_kind = (StoreLogKind)kind;
                        return TRUE;
                }
        return FALSE;
}

static int compare_newest(gconstpointer a, gconstpointer b)
{
        const LogFile *left = a, *right = b;

        if (left->changed != right->changed)
                return left->changed > right->changed ? -1 : 1;
        return strcmp(left->name, right->name);
}

/* LogFile, newest first; kind _STORE_LOG_MAX: of both. */
static GArray *read_files(int log, StoreLogKind kind)
{
        GArray *files = g_array_new(FALSE, FALSE, sizeof(LogFile));
        int copy = openat(log, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;

        if (directory == NULL)
                (void)fd_close(copy);
        for (struct dirent *entry = directory != NULL ? readdir(directory) : NULL; entry != NULL;
             entry = readdir(directory)) {
                LogFile file = { 0 };
                StoreLogKind its_kind = _STORE_LOG_MAX;
                struct stat is = { 0 };

                if (!is_log(entry->d_name, &its_kind, file.id) || (kind != _STORE_LOG_MAX && its_kind != kind) ||
                    fstatat(log, entry->d_name, &is, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                g_strlcpy(file.name, entry->d_name, sizeof file.name);
                file.changed = (gint64)is.st_mtim.tv_sec * 1000000000 + is.st_mtim.tv_nsec;
                file.size = (guint64)is.st_size;
                g_array_append_val(files, file);
        }
        if (directory != NULL)
                (void)closedir(directory);
        g_array_sort(files, compare_newest);
        return files;
}

char **store_logs_list(StoreDirs *dirs, StoreLogKind kind)
{
        CLEANUP(fd_closep) int log = store_dirs_open_below(dirs, STORE_DIR_STATE, "log", FALSE, NULL);
        g_autoptr(GArray) files = log >= 0 ? read_files(log, kind) : NULL;
        g_autoptr(GStrvBuilder) ids = g_strv_builder_new();

        for (guint i = 0; files != NULL && i < files->len; i++)
                g_strv_builder_add(ids, g_array_index(files, LogFile, i).id);
        return g_strv_builder_end(ids);
}

void store_logs_prune(StoreDirs *dirs, guint max_files, guint64 max_bytes)
{
        CLEANUP(fd_closep) int log = store_dirs_open_below(dirs, STORE_DIR_STATE, "log", FALSE, NULL);
        CLEANUP(fd_closep) int instances = store_dirs_open_below(dirs, STORE_DIR_RUNTIME, "instances", FALSE, NULL);
        g_autoptr(GArray) files = log >= 0 ? read_files(log, _STORE_LOG_MAX) : NULL;
        guint64 bytes = 0;
        guint kept = 0;

        for (guint i = 0; files != NULL && i < files->len; i++) {
                const LogFile *file = &g_array_index(files, LogFile, i);

                bytes += file->size;
                kept++;
                if (file->size > 0 && kept <= max_files && bytes <= max_bytes)
                        continue;
                if (instances >= 0 && faccessat(instances, file->id, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        continue;
                if (unlinkat(log, file->name, 0) == 0) {
                        bytes -= file->size;
                        kept--;
                }
        }
}
