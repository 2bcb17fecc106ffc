/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session/manager.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/message.h"
#include "launch/launch.h"
#include "session/client.h"
#include "store/catalog.h"
#include "store/grants.h"
#include "warm/drop.h"

#define SYSTEM_DIR "/etc/oriel"

struct SessionManager {
        StoreDirs *dirs;
        SessionManagerOptions options;
        SessionRegistry *registry;
        SessionQueue *queue;
        GArray *faces; /* SessionFace */
        guint next_asker, expire_id, idle_id;
};

static gint64 now_ms(void)
{
        return g_get_monotonic_time() / 1000;
}

static gboolean on_idle(gpointer data)
{
        SessionManager *manager = data;

        manager->idle_id = 0;
        manager->options.idle(manager->options.data);
        return G_SOURCE_REMOVE;
}

/* The time runs while there is nothing to do.  Who only looks (`oriel daemon status`) does not set it back. */
static void update_idle(SessionManager *manager)
{
        gboolean busy = session_registry_size(manager->registry) > 0 || session_queue_size(manager->queue) > 0;

        if (busy && manager->idle_id != 0) {
                g_source_remove(manager->idle_id);
                manager->idle_id = 0;
        }
        if (!busy && manager->idle_id == 0 && manager->options.idle_seconds != G_MAXUINT)
                manager->idle_id = g_timeout_add_seconds(manager->options.idle_seconds, on_idle, manager);
}

void session_manager_is_used(SessionManager *manager)
{
        if (manager->idle_id == 0)
                return;
        g_source_remove(manager->idle_id);
        manager->idle_id = 0;
        update_idle(manager);
}

static gboolean on_expire(gpointer data);

/* After every change of the queue: the timer, the faces. */
static void update_questions(SessionManager *manager)
{
        gint64 due = session_queue_due(manager->queue);

        if (manager->expire_id != 0)
                g_source_remove(manager->expire_id);
        manager->expire_id = 0;
        if (due >= 0)
                manager->expire_id = g_timeout_add((guint)CLAMP(due - now_ms() + 1, 0, G_MAXINT), on_expire, manager);
        for (guint i = 0; i < manager->faces->len; i++) {
                const SessionFace *face = &g_array_index(manager->faces, SessionFace, i);

                if (face->questions_changed != NULL)
                        face->questions_changed(session_queue_size(manager->queue), face->data);
        }
        update_idle(manager);
}

static void tell_answers(SessionManager *manager, GArray *answers)
{
        for (guint i = 0; i < answers->len; i++)
                for (guint j = 0; j < manager->faces->len; j++) {
                        const SessionFace *face = &g_array_index(manager->faces, SessionFace, j);

                        if (face->answered != NULL)
                                face->answered(&g_array_index(answers, SessionAnswer, i), face->data);
                }
        update_questions(manager);
}

static gboolean on_expire(gpointer data)
{
        SessionManager *manager = data;
        g_autoptr(GArray) answers = g_array_new(FALSE, FALSE, sizeof(SessionAnswer));

        manager->expire_id = 0;
        session_queue_expire(manager->queue, now_ms(), answers);
        tell_answers(manager, answers);
        return G_SOURCE_REMOVE;
}

static void on_instance(SessionChange change, const InstanceInfo *info, gpointer data)
{
        SessionManager *manager = data;

        if (change == SESSION_INSTANCE_REMOVED) {
                g_autoptr(GArray) answers = g_array_new(FALSE, FALSE, sizeof(SessionAnswer));

                session_queue_forget(manager->queue, info->id, answers);
                tell_answers(manager, answers);
        }
        for (guint i = 0; i < manager->faces->len; i++) {
                const SessionFace *face = &g_array_index(manager->faces, SessionFace, i);

                if (face->instance_changed != NULL)
                        face->instance_changed(change, info, face->data);
        }
        update_idle(manager);
}

SessionManager *session_manager_new(StoreDirs *dirs, const SessionManagerOptions *options, GError **error)
{
        g_autoptr(SessionManager) manager = g_new0(SessionManager, 1);

        manager->dirs = dirs;
        manager->options = *options;
        manager->queue = session_queue_new();
        manager->faces = g_array_new(FALSE, FALSE, sizeof(SessionFace));
        manager->next_asker = 1;
        manager->registry = session_registry_new(dirs, on_instance, manager, error);
        if (manager->registry == NULL)
                return NULL;
        update_idle(manager);
        return g_steal_pointer(&manager);
}

void session_manager_free(SessionManager *manager)
{
        if (manager == NULL)
                return;
        if (manager->expire_id != 0)
                g_source_remove(manager->expire_id);
        if (manager->idle_id != 0)
                g_source_remove(manager->idle_id);
        session_registry_free(manager->registry);
        session_queue_free(manager->queue);
        g_array_unref(manager->faces);
        g_free(manager);
}

void session_manager_add_face(SessionManager *manager, const SessionFace *face)
{
        g_array_append_vals(manager->faces, face, 1);
}

const SessionRegistry *session_manager_registry(const SessionManager *manager)
{
        return manager->registry;
}

guint session_manager_new_asker(SessionManager *manager)
{
        return manager->next_asker++;
}

gboolean session_manager_ask(SessionManager *manager, const SessionAsk *ask, pid_t peer, GError **error)
{
        g_autoptr(GArray) answers = g_array_new(FALSE, FALSE, sizeof(SessionAnswer));
        const InstanceInfo *info = session_registry_get(manager->registry, ask->instance);
        SessionAsk checked = *ask;

        if (info == NULL || info->front_pid != peer || instance_process_start(peer) != info->front_start) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED, "%s",
                            _("only an instance's own front end may ask"));
                return FALSE;
        }
        checked.app = info->app;
        session_queue_ask(manager->queue, &checked, now_ms(), answers);
        tell_answers(manager, answers);
        return TRUE;
}

void session_manager_withdraw(SessionManager *manager, guint asker)
{
        session_queue_withdraw(manager->queue, asker, now_ms());
        update_questions(manager);
}

GPtrArray *session_manager_questions(SessionManager *manager)
{
        return session_queue_list(manager->queue, now_ms());
}

guint session_manager_n_questions(const SessionManager *manager)
{
        return session_queue_size(manager->queue);
}

/* "always" needs a place and a line to keep. */
static gboolean check_can_keep(SessionManager *manager, const char *id, GError **error)
{
        g_autoptr(GPtrArray) questions = session_manager_questions(manager);

        for (guint i = 0; i < questions->len; i++) {
                const SessionQuestion *question = questions->pdata[i];
                const InstanceInfo *info;

                if (!g_str_equal(question->id, id))
                        continue;
                info = session_registry_get(manager->registry, question->instance);
                if (question->rule != NULL && info != NULL && info->grants != NULL)
                        return store_grant_check(question->rule, error);
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED, "%s",
                            _("this can't be allowed for always\nAnswer with --scope=session or --scope=once."));
                return FALSE;
        }
        return TRUE; /* the queue says what is wrong */
}

/* What was made ready without the new grant is gone when the person is told that it is given. */
static gboolean drop_warm(SessionManager *manager, const char *app, GError **error)
{
        g_autofree char *path = session_manager_path(store_dirs_path(manager->dirs, STORE_DIR_RUNTIME));
        int r = warm_drop(path, app);

        if (r < 0)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("what is ready for %s cannot be taken away: %s"),
                            app, g_strerror(-r));
        return r == 0;
}

/* An "always", or a "never": then the rule is the one that forbids it.  What can't be kept holds for this run. */
static gboolean keep_answer(SessionManager *manager, const SessionQuestion *question, gboolean allow, GError **error)
{
        const InstanceInfo *info = session_registry_get(manager->registry, question->instance);
        g_autofree char *never = allow || question->rule == NULL ? NULL : store_grant_never(question->rule);
        const char *rule = allow ? question->rule : never;
        g_autoptr(Grant) grant = NULL;

        if (!allow && (rule == NULL || info == NULL || info->grants == NULL))
                return TRUE;
        grant = grant_new(question->summary, g_get_real_time() / G_USEC_PER_SEC, rule);
        if (info != NULL && info->grants != NULL && store_grants_add(manager->dirs, info->grants, grant, error))
                return drop_warm(manager, info->app, error);
        g_prefix_error(error, "%s",
                       allow ? _("it is allowed for this run, but can't be kept: ")
                             : _("it is denied for this run, but can't be kept: "));
        return FALSE;
}

static gboolean set_decision_error(SessionDecision decision, const char *id, GError **error)
{
        g_autofree char *shown = g_strescape(id, NULL);

        switch (decision) {
        case SESSION_DECISION_DONE:
                return TRUE;
        case SESSION_DECISION_NOT_FOUND:
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND,
                            _("%s: no such question\n\"oriel ask list\" shows those that are open."), shown);
                break;
        case SESSION_DECISION_TOO_SOON:
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED, _("%s: it was asked just now; look at it first"),
                            shown);
                break;
        case SESSION_DECISION_GROUP:
        default:
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED,
                            _("%s: questions that wait can only be denied together\nAnswer those before them first."),
                            shown);
                break;
        }
        return FALSE;
}

gboolean
session_manager_decide(SessionManager *manager, const char *id, gboolean allow, SessionScope scope, GError **error)
{
        g_autoptr(GArray) answers = g_array_new(FALSE, FALSE, sizeof(SessionAnswer));
        g_autoptr(SessionQuestion) question = NULL;
        gboolean keep = allow && scope == SESSION_SCOPE_ALWAYS;
        SessionDecision decision;

        if (allow && scope == SESSION_SCOPE_NEVER) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, "%s", _("\"never\" is for what is denied"));
                return FALSE;
        }
        if (keep && !check_can_keep(manager, id, error))
                return FALSE;
        decision = session_queue_decide(manager->queue, id, allow, scope, now_ms(), answers, &question);
        tell_answers(manager, answers);
        if (!set_decision_error(decision, id, error))
                return FALSE;
        /* A group that is denied is denied for now. */
        return (scope != SESSION_SCOPE_ALWAYS && scope != SESSION_SCOPE_NEVER) || question == NULL ||
               keep_answer(manager, question, allow, error);
}

gboolean session_manager_start(SessionManager *manager,
                               const char *app,
                               const char *const *arguments,
                               const char *instance,
                               char ret_id[9],
                               GError **error)
{
        LaunchRequest request = { .app = app, .argv = arguments, .instance = instance, .cwd = NULL, .no_wait = TRUE };

        /* A path would be a profile, or a program, of the caller's making. */
        if (strchr(app, '/') != NULL || *app == '\0') {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED, "%s",
                            _("only apps with a profile can be started here"));
                return FALSE;
        }
        return launch_run(manager->dirs, &request, ret_id, error);
}

gboolean session_manager_stop(SessionManager *manager, const char *id, GError **error)
{
        CLEANUP(message_freep) Message *message = message_new("stop");
        CLEANUP(fd_closep) int fd = -1;
        int r;

        if (session_registry_get(manager->registry, id) == NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, "%s", _("no such instance"));
                return FALSE;
        }
        fd = store_instances_connect(manager->dirs, id, error);
        if (fd < 0)
                return FALSE;
        r = message_send(fd, message, NULL, 0);
        if (r < 0)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("instance %s cannot be reached: %s"), id,
                            g_strerror(-r));
        return r == 0;
}

char **session_manager_apps(SessionManager *manager, GError **error)
{
        g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
        g_autofree char *prefix = store_prefix(error);
        g_autoptr(StoreCatalog) catalog =
                prefix == NULL ? NULL : store_catalog_new(manager->dirs, SYSTEM_DIR, prefix, error);

        if (catalog == NULL)
                return NULL;
        for (guint i = 0; i < store_catalog_size(catalog); i++) {
                const StoreEntry *entry = store_catalog_get(catalog, i);

                if (entry->has_id && entry->error == NULL)
                        g_strv_builder_add(ids, entry->id);
        }
        return g_strv_builder_end(ids);
}
