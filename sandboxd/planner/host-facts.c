/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "planner/host-facts.h"

static void path_free(gpointer data)
{
        FactsPath *path = data;

        g_free(path->link);
        g_free(path->canonical);
        g_free(path);
}

static void command_free(gpointer data)
{
        FactsCommand *command = data;

        g_free(command->path);
        g_free(command->interpreter);
        g_free(command);
}

static void project_free(gpointer data)
{
        FactsProject *project = data;

        g_free(project->git);
        g_free(project->common);
        g_strfreev(project->kept);
        g_free(project);
}

HostFacts *host_facts_new(void)
{
        HostFacts *facts = g_new0(HostFacts, 1);

        facts->env = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        facts->paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, path_free);
        facts->programs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        facts->images = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        facts->commands = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, command_free);
        facts->projects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, project_free);
        facts->xdg_dirs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        return facts;
}

void host_facts_free(HostFacts *facts)
{
        if (facts == NULL)
                return;
        g_free(facts->user);
        g_free(facts->home);
        g_free(facts->runtime_dir);
        g_free(facts->oriel_config);
        g_free(facts->oriel_data);
        g_free(facts->oriel_state);
        g_free(facts->oriel_runtime);
        g_free(facts->cwd);
        g_free(facts->search);
        g_free(facts->git_name);
        g_free(facts->git_email);
        g_free(facts->prefix);
        g_free(facts->hostname);
        g_free(facts->machine_id);
        g_free(facts->timezone);
        g_free(facts->x_display);
        g_free(facts->x_socket);
        g_free(facts->xauthority);
        g_free(facts->wayland_socket);
        g_free(facts->session_bus);
        g_free(facts->session_bus_abstract);
        g_free(facts->system_bus);
        g_free(facts->accessibility_bus);
        g_free(facts->pulse_socket);
        g_free(facts->pipewire_socket);
        g_free(facts->ssh_auth_socket);
        g_free(facts->gpg_agent_socket);
        g_free(facts->pcsc_socket);
        g_free(facts->cups_socket);
        g_free(facts->cgroup);
        g_free(facts->systemd_socket);
        g_hash_table_unref(facts->env);
        g_hash_table_unref(facts->paths);
        g_hash_table_unref(facts->programs);
        g_hash_table_unref(facts->images);
        g_hash_table_unref(facts->commands);
        g_hash_table_unref(facts->projects);
        g_hash_table_unref(facts->xdg_dirs);
        g_free(facts);
}

const char *host_facts_program(const HostFacts *facts, const char *name)
{
        return g_hash_table_lookup(facts->programs, name);
}

const char *host_facts_env(const HostFacts *facts, const char *name)
{
        return g_hash_table_lookup(facts->env, name);
}

const FactsPath *host_facts_path(const HostFacts *facts, const char *path)
{
        return g_hash_table_lookup(facts->paths, path);
}

FactsPathKind host_facts_path_kind(const HostFacts *facts, const char *path)
{
        const FactsPath *found = host_facts_path(facts, path);

        return found == NULL ? FACTS_PATH_ABSENT : found->kind;
}

void host_facts_add_path(
        HostFacts *facts, const char *path, FactsPathKind kind, const char *link, const char *canonical, guint owner)
{
        FactsPath *new = g_new0(FactsPath, 1);

        new->kind = kind;
        new->link = g_strdup(link);
        new->canonical = g_strdup(canonical);
        new->owner = owner;
        g_hash_table_replace(facts->paths, g_strdup(path), new);
}

const FactsImage *host_facts_image(const HostFacts *facts, const char *path)
{
        return g_hash_table_lookup(facts->images, path);
}

void host_facts_add_image(HostFacts *facts, const char *path, ElfImageCode code, guint64 offset, guint64 n_bytes)
{
        FactsImage *new = g_new0(FactsImage, 1);

        *new = (FactsImage){ code, offset, n_bytes };
        g_hash_table_replace(facts->images, g_strdup(path), new);
}

const FactsCommand *host_facts_command(const HostFacts *facts, const char *written)
{
        return g_hash_table_lookup(facts->commands, written);
}

void host_facts_add_command(
        HostFacts *facts, const char *written, const char *path, const char *interpreter, gboolean venv)
{
        FactsCommand *new = g_new0(FactsCommand, 1);

        *new = (FactsCommand){ g_strdup(path), g_strdup(interpreter), venv };
        g_hash_table_replace(facts->commands, g_strdup(written), new);
}

const FactsProject *host_facts_project(const HostFacts *facts, const char *path)
{
        return g_hash_table_lookup(facts->projects, path);
}

void host_facts_add_project(
        HostFacts *facts, const char *path, const char *git, const char *common, const char *const *kept)
{
        FactsProject *new = g_new0(FactsProject, 1);

        new->git = g_strdup(git);
        new->common = g_strdup(common);
        new->kept = g_strdupv((char **)kept);
        g_hash_table_replace(facts->projects, g_strdup(path), new);
}
