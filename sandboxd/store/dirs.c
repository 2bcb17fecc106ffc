/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Oriel's own directories.  Two kinds of directory meet here: what stands above `oriel` belongs to the person, who may
 * lead it through symlinks as he likes, and is opened by its path, once; `oriel` itself and all below is ours, and is
 * opened component by component, without symlinks, with its owner checked.  No box ever sees it, so what is found there
 * was put there by the person or by us; the checks are for another user in a shared directory, and for accidents. */

#include "store/dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/own.h"
#include "base/prefix.h"
#include "store/text.h"

#define OWN_NAME "oriel"

struct StoreDirs {
        guint uid;
        char *user_runtime; /* NULL: the state directory took its place */
        char *warning;
        char **desktop_data;
        char *home;
        GPtrArray *asked; /* char *: paths that store_dirs_new() looked at, as they were given */
        Witnesses *witnesses;
        struct {
                char *above; /* canonical as far as it exists */
                char *path;  /* above/oriel; of a replaced runtime directory: STATE/run */
                int fd;
        } dirs[_STORE_DIR_MAX];
};

void store_environment_from_process(StoreEnvironment *ret_environment)
{
        const char *home = g_getenv("HOME");

        if (home == NULL || !g_path_is_absolute(home)) {
                const struct passwd *user = getpwuid(geteuid());

                home = user != NULL && g_path_is_absolute(user->pw_dir) ? user->pw_dir : NULL;
        }
        *ret_environment = (StoreEnvironment){
                .uid = geteuid(),
                .home = home,
                .xdg_runtime_dir = g_getenv("XDG_RUNTIME_DIR"),
                .xdg_config_home = g_getenv("XDG_CONFIG_HOME"),
                .xdg_data_home = g_getenv("XDG_DATA_HOME"),
                .xdg_state_home = g_getenv("XDG_STATE_HOME"),
                .xdg_data_dirs = g_getenv("XDG_DATA_DIRS"),
                .run_user = "/run/user",
        };
}

/* realpath(3) of what exists of it, and the rest as it is. */
static char *canonical_path(const char *path)
{
        CLEANUP(freep) char *real = realpath(path, NULL);
        g_autofree char *above = NULL, *name = NULL, *head = NULL;

        if (real != NULL)
                return g_strdup(real);
        above = g_path_get_dirname(path);
        name = g_path_get_basename(path);
        if (strcmp(above, path) == 0)
                return g_strdup(path);
        head = canonical_path(above);
        return g_build_filename(head, name, NULL);
}

static gboolean is_path(const char *value)
{
        return value != NULL && g_path_is_absolute(value);
}

/* Why a directory can't be the user's runtime directory, or NULL. */
static const char *runtime_fault(const char *path, guint uid, mode_t forbidden)
{
        struct stat is = { 0 };

        if (stat(path, &is) < 0)
                return g_strerror(errno);
        if (!S_ISDIR(is.st_mode))
                return _("it is not a directory");
        if (is.st_uid != uid)
                return _("it belongs to another user");
        if ((is.st_mode & forbidden) != 0)
                return _("others may write to it");
        if (access(path, W_OK | X_OK) < 0)
                return g_strerror(errno);
        return NULL;
}

static void note_asked(StoreDirs *dirs, const char *path)
{
        g_ptr_array_add(dirs->asked, g_strdup(path));
}

static gboolean choose_runtime(StoreDirs *dirs, const StoreEnvironment *environment, GError **error)
{
        g_autofree char *usual = g_strdup_printf("%s/%u", environment->run_user, dirs->uid);
        const char *state = dirs->dirs[STORE_DIR_STATE].path;

        note_asked(dirs, is_path(environment->xdg_runtime_dir) ? environment->xdg_runtime_dir : usual);
        if (is_path(environment->xdg_runtime_dir)) {
                const char *fault = runtime_fault(environment->xdg_runtime_dir, dirs->uid, 022);
                g_autofree char *shown = store_text_escape(environment->xdg_runtime_dir);

                if (fault != NULL) {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                                    _("%s: XDG_RUNTIME_DIR cannot be used: %s\nSet it to a directory of yours with "
                                      "mode 0700, or unset it."),
                                    shown, fault);
                        return FALSE;
                }
                dirs->user_runtime = canonical_path(environment->xdg_runtime_dir);
        } else if (runtime_fault(usual, dirs->uid, 077) == NULL) {
                dirs->user_runtime = canonical_path(usual);
        }
        if (dirs->user_runtime != NULL) {
                dirs->dirs[STORE_DIR_RUNTIME].above = g_strdup(dirs->user_runtime);
                dirs->dirs[STORE_DIR_RUNTIME].path = g_build_filename(dirs->user_runtime, OWN_NAME, NULL);
        } else {
                g_autofree char *shown = store_text_escape(state);

                dirs->dirs[STORE_DIR_RUNTIME].above = g_strdup(state);
                dirs->dirs[STORE_DIR_RUNTIME].path = g_build_filename(state, "run", NULL);
                dirs->warning = g_strdup_printf(_("XDG_RUNTIME_DIR is not set: using %s/run"), shown);
        }
        return TRUE;
}

static char **desktop_data(const StoreDirs *dirs, const char *set)
{
        gboolean is_set = set != NULL && *set != '\0';
        g_auto(GStrv) others = g_strsplit(is_set ? set : "/usr/local/share:/usr/share", ":", -1);
        g_autoptr(GStrvBuilder) all = g_strv_builder_new();

        g_strv_builder_add(all, dirs->dirs[STORE_DIR_DATA].above);
        for (char **other = others; *other != NULL; other++)
                if (g_path_is_absolute(*other))
                        g_strv_builder_add(all, *other);
        return g_strv_builder_end(all);
}

StoreDirs *store_dirs_new(const StoreEnvironment *environment, GError **error)
{
        g_autoptr(StoreDirs) dirs = g_new0(StoreDirs, 1);
        const struct {
                StoreDir which;
                const char *set, *below_home;
        } bases[] = {
                { STORE_DIR_CONFIG, environment->xdg_config_home, ".config" },
                { STORE_DIR_DATA, environment->xdg_data_home, ".local/share" },
                { STORE_DIR_STATE, environment->xdg_state_home, ".local/state" },
        };

        dirs->asked = g_ptr_array_new_with_free_func(g_free);
        if (is_path(environment->home))
                note_asked(dirs, environment->home);
        dirs->uid = environment->uid;
        dirs->home = is_path(environment->home) ? canonical_path(environment->home) : NULL;
        for (guint i = 0; i < _STORE_DIR_MAX; i++)
                dirs->dirs[i].fd = -1;
        for (guint i = 0; i < G_N_ELEMENTS(bases); i++) {
                StoreDir which = bases[i].which;
                g_autofree char *above = NULL;

                if (!is_path(bases[i].set) && !is_path(environment->home)) {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                                    _("You have no home directory\nSet HOME to one."));
                        return NULL;
                }
                above = is_path(bases[i].set) ? g_strdup(bases[i].set)
                                              : g_build_filename(environment->home, bases[i].below_home, NULL);
                note_asked(dirs, above);
                dirs->dirs[which].above = canonical_path(above);
                dirs->dirs[which].path = g_build_filename(dirs->dirs[which].above, OWN_NAME, NULL);
        }
        if (!choose_runtime(dirs, environment, error))
                return NULL;
        dirs->desktop_data = desktop_data(dirs, environment->xdg_data_dirs);
        return g_steal_pointer(&dirs);
}

void store_dirs_free(StoreDirs *dirs)
{
        if (dirs == NULL)
                return;
        for (guint i = 0; i < _STORE_DIR_MAX; i++) {
                g_free(dirs->dirs[i].above);
                g_free(dirs->dirs[i].path);
                (void)fd_close(dirs->dirs[i].fd);
        }
        g_free(dirs->user_runtime);
        g_free(dirs->warning);
        g_strfreev(dirs->desktop_data);
        g_free(dirs->home);
        g_ptr_array_unref(dirs->asked);
        g_free(dirs);
}

void store_dirs_set_witnesses(StoreDirs *dirs, Witnesses *witnesses)
{
        dirs->witnesses = witnesses;
        for (guint i = 0; i < dirs->asked->len; i++)
                witnesses_path(witnesses, dirs->asked->pdata[i], WITNESS_PLACE);
        for (guint i = 0; i < _STORE_DIR_MAX; i++)
                witnesses_path(witnesses, dirs->dirs[i].path, WITNESS_PLACE);
}

Witnesses *store_dirs_witnesses(const StoreDirs *dirs)
{
        return dirs->witnesses;
}

const char *store_dirs_path(const StoreDirs *dirs, StoreDir which)
{
        return dirs->dirs[which].path;
}

const char *store_dirs_user_runtime(const StoreDirs *dirs)
{
        return dirs->user_runtime;
}

const char *const *store_dirs_desktop_data(const StoreDirs *dirs)
{
        return (const char *const *)dirs->desktop_data;
}

const char *store_dirs_home(const StoreDirs *dirs)
{
        return dirs->home;
}

const char *store_dirs_warning(const StoreDirs *dirs)
{
        return dirs->warning;
}

static void set_errno(GError **error, const char *path, int number)
{
        g_autofree char *shown = store_text_escape(path);

        if (number == ENOENT)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, _("%s: does not exist"), shown);
        else if (number == ELOOP || number == ENOTDIR)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                            _("%s: is a symbolic link, or not a directory: not used"), shown);
        else
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s: %s", shown, g_strerror(number));
}

/* Why own_dir_step() gave nothing: r. */
static void set_step_error(GError **error, int parent, const char *name, const char *path, int r)
{
        g_autofree char *shown = store_text_escape(path);
        struct stat is = { 0 };

        if (r == OWN_FOREIGN && fstatat(parent, name, &is, AT_SYMLINK_NOFOLLOW) == 0)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                            _("%s: belongs to another user (uid %u): not used\nRemove it, or name another directory."),
                            shown, is.st_uid);
        else if (r > 0)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                            _("%s: others may write to it: not used\nLook at what it holds, then: chmod 700 %s"), shown,
                            shown);
        else
                set_errno(error, path, -r);
}

/* Steps from the directory parent (at parent_path) into name.  A new descriptor, or -1. */
static int
step_into(const StoreDirs *dirs, int parent, const char *parent_path, const char *name, gboolean make, GError **error)
{
        g_autofree char *path = g_build_filename(parent_path, name, NULL);
        int fd = -1, r = own_dir_step(&fd, parent, name, dirs->uid, make);

        if (r != 0)
                set_step_error(error, parent, name, path, r);
        return fd;
}

int store_dirs_open(StoreDirs *dirs, StoreDir which, gboolean make, GError **error)
{
        const char *above_path = dirs->dirs[which].above;
        g_autofree char *name = NULL;
        CLEANUP(fd_closep) int above = -1;

        if (dirs->dirs[which].fd >= 0)
                return dirs->dirs[which].fd;
        if (which == STORE_DIR_RUNTIME && dirs->user_runtime == NULL) {
                int state = store_dirs_open(dirs, STORE_DIR_STATE, make, error);

                above = state < 0 ? -1 : fcntl(state, F_DUPFD_CLOEXEC, 3);
                if (state < 0)
                        return -1;
        } else {
                if (make && g_mkdir_with_parents(above_path, 0700) < 0) {
                        set_errno(error, above_path, errno);
                        return -1;
                }
                above = open(above_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
        if (above < 0) {
                set_errno(error, above_path, errno);
                return -1;
        }
        name = g_path_get_basename(dirs->dirs[which].path);
        dirs->dirs[which].fd = step_into(dirs, above, above_path, name, make, error);
        return dirs->dirs[which].fd;
}

static gboolean is_component(const char *name)
{
        return *name != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strlen(name) <= NAME_MAX;
}

int store_dirs_open_below(StoreDirs *dirs, StoreDir which, const char *path, gboolean make, GError **error)
{
        g_auto(GStrv) names = g_strsplit(path, "/", -1);
        g_autofree char *at = g_strdup(store_dirs_path(dirs, which));
        int top = store_dirs_open(dirs, which, make, error);
        CLEANUP(fd_closep) int fd = top < 0 ? -1 : fcntl(top, F_DUPFD_CLOEXEC, 3);

        if (top < 0)
                return -1;
        if (fd < 0) {
                set_errno(error, at, errno);
                return -1;
        }
        for (char **name = names; *name != NULL && *path != '\0'; name++) {
                g_autofree char *parent_path = g_steal_pointer(&at);
                int next = -1;

                if (!is_component(*name)) {
                        set_errno(error, parent_path, EINVAL);
                        return -1;
                }
                next = step_into(dirs, fd, parent_path, *name, make, error);
                if (next < 0)
                        return -1;
                (void)fd_close(fd);
                fd = next;
                at = g_build_filename(parent_path, *name, NULL);
        }
        return fd_steal(&fd);
}

/* Splits "a/b/c" into the directory "a/b" (opened) and "c". */
static int
open_parent(StoreDirs *dirs, StoreDir which, const char *path, gboolean make, const char **ret_name, GError **error)
{
        const char *slash = strrchr(path, '/');
        g_autofree char *above = g_strndup(path, slash == NULL ? 0 : (gsize)(slash - path));
        int fd = -1;

        *ret_name = slash == NULL ? path : slash + 1;
        if (!is_component(*ret_name)) {
                set_errno(error, path, EINVAL);
                return -1;
        }
        fd = store_dirs_open_below(dirs, which, above, make, error);
        return fd;
}

gboolean store_dirs_read(
        StoreDirs *dirs, StoreDir which, const char *path, gsize max, char **ret_text, gsize *ret_n, GError **error)
{
        g_autofree char *full = g_build_filename(store_dirs_path(dirs, which), path, NULL);
        const char *name = NULL;
        CLEANUP(fd_closep) int parent = -1;

        witnesses_path(dirs->witnesses, full, WITNESS_CONTENT);
        parent = open_parent(dirs, which, path, FALSE, &name, error);
        return parent >= 0 && store_text_read_at(parent, name, full, (gint64)dirs->uid, max, ret_text, ret_n, error);
}

gboolean store_dirs_write(StoreDirs *dirs, StoreDir which, const char *path, const char *text, gsize n, GError **error)
{
        g_autofree char *full = g_build_filename(store_dirs_path(dirs, which), path, NULL), *temporary = NULL;
        const char *name = NULL;
        CLEANUP(fd_closep) int parent = open_parent(dirs, which, path, TRUE, &name, error), fd = -1;
        guint32 salt = g_random_int();
        int r = 0;

        if (parent < 0)
                return FALSE;
        /* A short name, so that a long one of the file still has room. */
        temporary = g_strdup_printf(".new-%08x", salt);
        fd = openat(parent, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0) {
                set_errno(error, full, errno);
                return FALSE;
        }
        r = fd_write_all(fd, text, n);
        if (r == 0 && (fchmod(fd, 0600) < 0 || fsync(fd) < 0 || renameat(parent, temporary, parent, name) < 0))
                r = -errno;
        if (r < 0) {
                (void)unlinkat(parent, temporary, 0);
                set_errno(error, full, -r);
                return FALSE;
        }
        (void)fsync(parent);
        return TRUE;
}

gboolean store_dirs_remove(StoreDirs *dirs, StoreDir which, const char *path, GError **error)
{
        g_autofree char *full = g_build_filename(store_dirs_path(dirs, which), path, NULL);
        g_autoptr(GError) fault = NULL;
        const char *name = NULL;
        CLEANUP(fd_closep) int parent = open_parent(dirs, which, path, FALSE, &name, &fault);

        if (parent < 0 && g_error_matches(fault, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND))
                return TRUE;
        if (parent < 0) {
                g_propagate_error(error, g_steal_pointer(&fault));
                return FALSE;
        }
        if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
                return TRUE;
        set_errno(error, full, errno);
        return FALSE;
}

char *store_prefix(GError **error)
{
        char path[PREFIX_SIZE];
        int r = prefix_find(path);

        if (r == 0)
                return g_strdup(path);
        if (r == -ENOENT && prefix_executable(path) == 0)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED,
                            _("%s: is not installed, so its other parts cannot be found\nInstall it: ./dev install "
                              "PREFIX"),
                            path);
        else
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "/proc/self/exe: %s", g_strerror(-r));
        return NULL;
}
