/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What no grant reaches (invariant 10): Oriel's own directories, other sandboxes' overrides and other apps' data are
 * covered wherever a grant would show them; files by which the host later runs something are read-only under a writable
 * home.
 *
 * What is missing could be made by the app, so the directories that a session reads are made empty before (in the
 * person's home, 0700).  A missing file can't be held back that way: an empty ~/.bash_profile would change what the
 * person's shell reads.  That is said in a note. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"

/* Directories below the home; made where they are missing if the host's own session reads them. */
typedef struct Directory {
        const char *path;
        gboolean make;
} Directory;

static const Directory covered[] = {
        { ".local/share/flatpak/overrides", TRUE }, /* Flatpak's permissions */
        { ".var/app", FALSE },                      /* Flatpak apps' data */
        { ".config/firejail", FALSE },              /* Firejail's profiles */
        { ".config/bubblejail", FALSE },
        { ".local/share/bubblejail", FALSE },
};

static const Directory read_only_directories[] = {
        { ".local/share/applications", TRUE }, /* what the menu starts */
        { ".local/share/dbus-1", TRUE },       /* what the bus starts */
        { ".local/share/systemd", TRUE },      /* units */
        { ".config/systemd", TRUE },           /* units */
        { ".config/autostart", TRUE },         /* what the session starts */
        { ".config/environment.d", TRUE },     /* the session's environment */
        { ".local/bin", TRUE },                /* in the PATH of many */
        { "bin", TRUE },                       /* the same */
        { ".config/plasma-workspace", FALSE }, /* scripts that one desktop's session runs */
        { ".config/fish", FALSE },             /* one shell's start-up files */
};

static const char *const read_only_files[] = {
        ".bash_login", ".bash_logout",     ".bash_profile", ".bashrc",   ".cshrc",   ".kshrc",    ".login",
        ".logout",     ".pam_environment", ".profile",      ".tcshrc",   ".xinitrc", ".xprofile", ".xsession",
        ".xsessionrc", ".zlogin",          ".zlogout",      ".zprofile", ".zshenv",  ".zshrc",
};

/* The grant that shows a host path: the most specific one; NULL: none. */
static Grant *grant_showing(const Planner *planner, const char *path)
{
        Grant *best = NULL;

        for (guint i = 0; i < planner->grants->len; i++) {
                Grant *grant = planner->grants->pdata[i];

                if (!grant->hidden && path_is_below(path, grant->source) &&
                    (best == NULL || strlen(grant->source) >= strlen(best->source)))
                        best = grant;
        }
        return best;
}

static char *dest_in(const Grant *grant, const char *path)
{
        return g_strconcat(grant->dest, path + strlen(grant->source), NULL);
}

/* A directory that is missing is made, so that nothing else can be; FALSE where it can't be. */
static gboolean ensure(Planner *planner, const char *path, const char *dest)
{
        if (planner_look(planner, path)->kind == FACTS_PATH_ABSENT || planner->want_paths != NULL) {
                if (!planner_can_make(planner, path))
                        return FALSE;
                draft_bind_below(planner->app, planner->home, path, dest, 0);
        }
        return TRUE;
}

static void cover(Planner *planner, const char *path, gboolean make)
{
        const Grant *grant = path == NULL ? NULL : grant_showing(planner, path);
        g_autofree char *dest = grant == NULL ? NULL : dest_in(grant, path);

        if (grant == NULL)
                return;
        if (grant->writable && make)
                (void)ensure(planner, path, dest);
        draft_plain(planner->app, PLAN_MOUNT_MASK, dest);
}

/* A grant of such a directory itself, or of something in it, is given read-only. */
static void narrow(Planner *planner, const char *path)
{
        for (guint i = 0; i < planner->grants->len; i++) {
                Grant *grant = planner->grants->pdata[i];

                if (grant->hidden || !grant->writable || !path_is_below(grant->source, path))
                        continue;
                grant->writable = FALSE;
                planner_note(planner, _("asked %s writable, given read-only: what lies there is run outside the box"),
                             grant->source);
        }
}

static void keep_directory(Planner *planner, const char *path, gboolean make)
{
        const Grant *grant;
        g_autofree char *dest = NULL;
        const FactsPath *found;

        narrow(planner, path);
        grant = grant_showing(planner, path);
        if (grant == NULL || !grant->writable)
                return;
        dest = dest_in(grant, path);
        found = planner_look(planner, path);
        if (found->kind == FACTS_PATH_SYMLINK)
                planner_note(planner, _("%s is a symbolic link: an app that may write your home can replace it"), path);
        else if (make && !ensure(planner, path, dest))
                planner_note(planner,
                             _("%s is missing and lies behind a symbolic link: an app that may write your home can "
                               "make it"),
                             path);
        else if (found->kind != FACTS_PATH_ABSENT)
                draft_pin(planner->app, dest, 0);
}

/* TRUE where the file is missing below a writable grant. */
static gboolean keep_file(Planner *planner, const char *path)
{
        const Grant *grant;
        g_autofree char *dest = NULL;
        const FactsPath *found;

        narrow(planner, path);
        grant = grant_showing(planner, path);
        if (grant == NULL || !grant->writable)
                return FALSE;
        dest = dest_in(grant, path);
        found = planner_look(planner, path);
        if (found->kind == FACTS_PATH_SYMLINK)
                planner_note(planner, _("%s is a symbolic link: an app that may write your home can replace it"), path);
        else if (found->kind != FACTS_PATH_ABSENT)
                draft_pin(planner->app, dest, 0);
        return found->kind == FACTS_PATH_ABSENT;
}

void planner_protect(Planner *planner)
{
        const HostFacts *facts = planner->facts;
        const char *const own[] = { facts->oriel_config, facts->oriel_data, facts->oriel_state, facts->oriel_runtime };
        g_autoptr(GString) missing = g_string_new(NULL);

        for (gsize i = 0; i < G_N_ELEMENTS(own); i++)
                cover(planner, own[i], TRUE);
        for (gsize i = 0; i < G_N_ELEMENTS(covered); i++) {
                g_autofree char *path = g_build_filename(planner->home, covered[i].path, NULL);

                cover(planner, path, covered[i].make);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(read_only_directories); i++) {
                g_autofree char *path = g_build_filename(planner->home, read_only_directories[i].path, NULL);

                keep_directory(planner, path, read_only_directories[i].make);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(read_only_files); i++) {
                g_autofree char *path = g_build_filename(planner->home, read_only_files[i], NULL);

                if (keep_file(planner, path))
                        g_string_append_printf(missing, " %s", read_only_files[i]);
        }
        if (missing->len > 0)
                planner_note(planner,
                             _("shell start-up files that you do not have could be made by this app, because it may "
                               "write your home:%s"),
                             missing->str);
}
