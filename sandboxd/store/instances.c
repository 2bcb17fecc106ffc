/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registry of instances is the directory itself: no process has to live for it to be right. */

#include "store/instances.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/user-namespace.h"
#include "ids/instance-id.h"
#include "instance/portal.h"
#include "store/text.h"

void store_instance_free(StoreInstance *instance)
{
        if (instance == NULL)
                return;
        instance_info_clear(&instance->info);
        g_free(instance);
}

int store_instances_open(StoreDirs *dirs, GError **error)
{
        return store_dirs_open_below(dirs, STORE_DIR_RUNTIME, "instances", TRUE, error);
}

int store_instances_open_flatpak(StoreDirs *dirs, gboolean make, GError **error)
{
        const char *above = store_dirs_user_runtime(dirs);
        g_autofree char *path = above != NULL ? g_build_filename(above, ".flatpak", NULL) : NULL;
        int fd = -1, r;

        if (path == NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, _("XDG_RUNTIME_DIR is not set"));
                return -1;
        }
        r = instance_portal_open(&fd, above, make);
        if (r == -ENOENT)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, _("%s: does not exist"), path);
        else if (r < 0)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s: %s", path, g_strerror(-r));
        else if (r > 0)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                            _("%s: not a directory that only you can write: portals would not know the app\nLook at "
                              "what it is, and move it away."),
                            path);
        return fd;
}

/* Ids, NULL-terminated.  Also where there is no directory yet: none. */
static char **read_ids(StoreDirs *dirs, int *ret_fd, GError **error)
{
        g_autoptr(GError) local = NULL;
        g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
        CLEANUP(fd_closep) int fd = store_dirs_open_below(dirs, STORE_DIR_RUNTIME, "instances", FALSE, &local);
        int copy = fd >= 0 ? openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;

        if (local != NULL && !g_error_matches(local, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND)) {
                g_propagate_error(error, g_steal_pointer(&local));
                return NULL;
        }
        if (directory == NULL)
                (void)fd_close(copy);
        for (struct dirent *entry = directory != NULL ? readdir(directory) : NULL; entry != NULL;
             entry = readdir(directory))
                if (instance_id_is_valid(entry->d_name))
                        g_strv_builder_add(ids, entry->d_name);
        if (directory != NULL)
                (void)closedir(directory);
        *ret_fd = fd_steal(&fd);
        return g_strv_builder_end(ids);
}

static int compare_started(gconstpointer a, gconstpointer b)
{
        const StoreInstance *left = *(StoreInstance *const *)a, *right = *(StoreInstance *const *)b;

        if (left->info.started != right->info.started)
                return left->info.started < right->info.started ? -1 : 1;
        return strcmp(left->info.id, right->info.id);
}

GPtrArray *store_instances_list(StoreDirs *dirs, gboolean all, GError **error)
{
        g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)store_instance_free);
        CLEANUP(fd_closep) int fd = -1;
        g_auto(GStrv) ids = read_ids(dirs, &fd, error);

        if (ids == NULL)
                return NULL;
        for (char **id = ids; *id != NULL; id++) {
                g_autoptr(StoreInstance) instance = g_new0(StoreInstance, 1);

                if (instance_info_read(&instance->info, fd, *id) < 0)
                        continue;
                instance->alive = instance_dir_is_alive(fd, *id);
                if (instance->alive || all)
                        g_ptr_array_add(list, g_steal_pointer(&instance));
        }
        g_ptr_array_sort(list, compare_started);
        return g_steal_pointer(&list);
}

static gboolean same(const char *a, const char *b)
{
        return a != NULL && g_ascii_strcasecmp(a, b) == 0;
}

static gboolean is_id(const StoreInstance *instance, const char *word)
{
        return strcmp(instance->info.id, word) == 0;
}

static gboolean is_name(const StoreInstance *instance, const char *word)
{
        return instance->info.instance != NULL && strcmp(instance->info.instance, word) == 0;
}

/* By its id, by the profile's name, or by the last part of either: "org.mozilla.firefox", "apps/firefox", "firefox". */
static gboolean is_app(const StoreInstance *instance, const char *word)
{
        const char *dot = strrchr(instance->info.app, '.');
        const char *profile = instance->info.profile, *slash = profile != NULL ? strrchr(profile, '/') : NULL;

        return same(instance->info.app, word) || same(profile, word) || (dot != NULL && same(dot + 1, word)) ||
               (slash != NULL && same(slash + 1, word));
}

static void set_several(GError **error, const char *word, const GPtrArray *list, const GArray *fits)
{
        g_autoptr(GString) ids = g_string_new(NULL);
        g_autofree char *shown = store_text_escape(word);

        for (guint i = 0; i < fits->len; i++) {
                const StoreInstance *one = list->pdata[g_array_index(fits, guint, i)];

                g_string_append_printf(ids, "%s%s", i > 0 ? ", " : "", one->info.id);
        }
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, _("%s: fits several instances\nName one by its id: %s"),
                    shown, ids->str);
}

StoreInstance *store_instances_find(StoreDirs *dirs, const char *word, GError **error)
{
        static gboolean (*const steps[])(const StoreInstance *, const char *) = { is_id, is_name, is_app };
        g_autoptr(GPtrArray) list = store_instances_list(dirs, FALSE, error);
        g_autofree char *shown = store_text_escape(word);

        for (gsize step = 0; list != NULL && step < G_N_ELEMENTS(steps); step++) {
                g_autoptr(GArray) fits = g_array_new(FALSE, FALSE, sizeof(guint));

                for (guint i = 0; i < list->len; i++)
                        if (steps[step](list->pdata[i], word))
                                g_array_append_val(fits, i);
                if (fits->len == 1)
                        return g_ptr_array_steal_index(list, g_array_index(fits, guint, 0));
                if (fits->len > 1) {
                        set_several(error, word, list, fits);
                        return NULL;
                }
        }
        if (list != NULL)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND,
                            _("%s: no such instance\n\"oriel ps\" lists those that run."), shown);
        return NULL;
}

guint store_instances_reap(StoreDirs *dirs)
{
        CLEANUP(fd_closep) int fd = store_dirs_open_below(dirs, STORE_DIR_RUNTIME, "instances", FALSE, NULL);
        CLEANUP(fd_closep) int flatpak = fd >= 0 ? store_instances_open_flatpak(dirs, FALSE, NULL) : -1;

        return fd >= 0 ? (guint)instance_dir_reap_all(fd, flatpak) : 0;
}

int store_instances_connect(StoreDirs *dirs, const char *id, GError **error)
{
        CLEANUP(fd_closep) int instances = store_dirs_open_below(dirs, STORE_DIR_RUNTIME, "instances", FALSE, error);
        CLEANUP(fd_closep) int fd = -1;
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (instances < 0)
                return -1;
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        /* Through the descriptor: sun_path has 108 bytes, the runtime directory's path may have more. */
        (void)g_snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s/%s", instances,
                         instance_id_is_valid(id) ? id : "-", INSTANCE_CONTROL);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
            (errno = -user_namespace_show(fd)) != 0) {
                g_set_error(error, ORIEL_ERROR,
                            errno == ENOENT || errno == ECONNREFUSED ? ORIEL_ERROR_NOT_FOUND : ORIEL_ERROR_FAILED,
                            _("instance %s cannot be reached: %s"), id, g_strerror(errno));
                return -1;
        }
        return fd_steal(&fd);
}
