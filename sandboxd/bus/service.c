/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/service.h"

#include <string.h>

#include "base/i18n.h"
#include "bus/sandbox1-skeleton.h"

struct BusService {
        SessionManager *manager;
        OrielSandbox1 *skeleton;
        guint name_id;
        GHashTable *starters; /* instance id → unique name of who started it */
};

gboolean bus_service_has_bus(void)
{
        const char *address = g_getenv("DBUS_SESSION_BUS_ADDRESS"), *runtime = g_getenv("XDG_RUNTIME_DIR");
        g_autofree char *path = runtime == NULL ? NULL : g_build_filename(runtime, "bus", NULL);

        return (address != NULL && *address != '\0' && !g_str_has_prefix(address, "autolaunch:")) ||
               (path != NULL && g_file_test(path, G_FILE_TEST_EXISTS));
}

/* D-Bus strings are UTF-8; a path need not be. */
static void insert_text(GVariantDict *dict, const char *key, const char *value)
{
        if (value != NULL)
                g_variant_dict_insert_value(dict, key, g_variant_new_take_string(g_utf8_make_valid(value, -1)));
}

static GVariant *describe(const InstanceInfo *info)
{
        g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);

        insert_text(&dict, "id", info->id);
        insert_text(&dict, "app", info->app);
        insert_text(&dict, "profile", info->profile);
        insert_text(&dict, "instance", info->instance);
        insert_text(&dict, "state", instance_state_word(info->state));
        insert_text(&dict, "display", info->display);
        insert_text(&dict, "network", info->network);
        g_variant_dict_insert(&dict, "started", "x", info->started);
        if (info->keeper_pid != 0)
                g_variant_dict_insert(&dict, "pid", "u", (guint32)info->keeper_pid);
        return g_variant_dict_end(&dict);
}

static gboolean return_error(GDBusMethodInvocation *invocation, const GError *error)
{
        int code = g_error_matches(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND) ? G_DBUS_ERROR_FILE_NOT_FOUND
                   : g_error_matches(error, ORIEL_ERROR, ORIEL_ERROR_DENIED)  ? G_DBUS_ERROR_ACCESS_DENIED
                   : g_error_matches(error, ORIEL_ERROR, ORIEL_ERROR_USAGE)   ? G_DBUS_ERROR_INVALID_ARGS
                                                                              : G_DBUS_ERROR_FAILED;

        g_dbus_method_invocation_return_error_literal(invocation, G_DBUS_ERROR, code, error->message);
        return TRUE;
}

static gboolean return_not_found(GDBusMethodInvocation *invocation)
{
        g_dbus_method_invocation_return_error_literal(invocation, G_DBUS_ERROR, G_DBUS_ERROR_FILE_NOT_FOUND,
                                                      _("no such instance"));
        return TRUE;
}

static gboolean on_list_apps(OrielSandbox1 *skeleton, GDBusMethodInvocation *invocation, gpointer data)
{
        BusService *service = data;
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) apps = session_manager_apps(service->manager, &error);

        if (apps == NULL)
                return return_error(invocation, error);
        oriel_sandbox1_complete_list_apps(skeleton, invocation, (const char *const *)apps);
        return TRUE;
}

static gboolean on_list_instances(OrielSandbox1 *skeleton, GDBusMethodInvocation *invocation, gpointer data)
{
        BusService *service = data;
        g_autoptr(GPtrArray) list = session_registry_list(session_manager_registry(service->manager));
        g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));

        for (guint i = 0; i < list->len; i++)
                g_variant_builder_add_value(&builder, describe(list->pdata[i]));
        oriel_sandbox1_complete_list_instances(skeleton, invocation, g_variant_builder_end(&builder));
        return TRUE;
}

static gboolean
on_get_instance(OrielSandbox1 *skeleton, GDBusMethodInvocation *invocation, const char *id, gpointer data)
{
        BusService *service = data;
        const InstanceInfo *info = session_registry_get(session_manager_registry(service->manager), id);

        if (info == NULL)
                return return_not_found(invocation);
        oriel_sandbox1_complete_get_instance(skeleton, invocation, describe(info));
        return TRUE;
}

static gboolean on_start(OrielSandbox1 *skeleton,
                         GDBusMethodInvocation *invocation,
                         const char *app,
                         const char *const *arguments,
                         GVariant *options,
                         gpointer data)
{
        BusService *service = data;
        g_autoptr(GError) error = NULL;
        const char *instance = NULL;
        char id[9] = "";

        (void)g_variant_lookup(options, "instance", "&s", &instance);
        if (!session_manager_start(service->manager, app, arguments, instance, id, &error))
                return return_error(invocation, error);
        g_hash_table_insert(service->starters, g_strdup(id), g_strdup(g_dbus_method_invocation_get_sender(invocation)));
        oriel_sandbox1_complete_start(skeleton, invocation, id);
        return TRUE;
}

static gboolean on_stop(OrielSandbox1 *skeleton, GDBusMethodInvocation *invocation, const char *id, gpointer data)
{
        BusService *service = data;
        g_autoptr(GError) error = NULL;
        const char *starter = g_hash_table_lookup(service->starters, id);

        if (session_registry_get(session_manager_registry(service->manager), id) == NULL && starter == NULL)
                return return_not_found(invocation);
        if (g_strcmp0(starter, g_dbus_method_invocation_get_sender(invocation)) != 0)
                g_set_error(&error, ORIEL_ERROR, ORIEL_ERROR_DENIED,
                            _("another program started it\nA person can: oriel stop %s"), id);
        else
                (void)session_manager_stop(service->manager, id, &error);
        if (error != NULL)
                return return_error(invocation, error);
        oriel_sandbox1_complete_stop(skeleton, invocation);
        return TRUE;
}

static void on_instance_changed(SessionChange change, const InstanceInfo *info, gpointer data)
{
        BusService *service = data;

        switch (change) {
        case SESSION_INSTANCE_ADDED:
                oriel_sandbox1_emit_instance_added(service->skeleton, info->id, describe(info));
                break;
        case SESSION_INSTANCE_CHANGED:
                oriel_sandbox1_emit_instance_changed(service->skeleton, info->id, describe(info));
                break;
        case SESSION_INSTANCE_REMOVED:
        default:
                oriel_sandbox1_emit_instance_removed(service->skeleton, info->id);
                (void)g_hash_table_remove(service->starters, info->id);
                break;
        }
}

static void on_questions_changed(guint n, gpointer data)
{
        BusService *service = data;

        oriel_sandbox1_set_questions(service->skeleton, n);
}

BusService *bus_service_new(GDBusConnection *connection, SessionManager *manager, const char *version, GError **error)
{
        g_autoptr(BusService) service = g_new0(BusService, 1);
        const SessionFace face = { .instance_changed = on_instance_changed,
                                   .questions_changed = on_questions_changed,
                                   .data = service };

        service->manager = manager;
        service->starters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        service->skeleton = oriel_sandbox1_skeleton_new();
        oriel_sandbox1_set_version(service->skeleton, version);
        g_signal_connect(service->skeleton, "handle-list-apps", G_CALLBACK(on_list_apps), service);
        g_signal_connect(service->skeleton, "handle-list-instances", G_CALLBACK(on_list_instances), service);
        g_signal_connect(service->skeleton, "handle-get-instance", G_CALLBACK(on_get_instance), service);
        g_signal_connect(service->skeleton, "handle-start", G_CALLBACK(on_start), service);
        g_signal_connect(service->skeleton, "handle-stop", G_CALLBACK(on_stop), service);
        if (!g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(service->skeleton), connection,
                                              BUS_SERVICE_PATH, error))
                return NULL;
        session_manager_add_face(manager, &face);
        service->name_id = g_bus_own_name_on_connection(connection, BUS_SERVICE_NAME, G_BUS_NAME_OWNER_FLAGS_NONE, NULL,
                                                        NULL, NULL, NULL);
        return g_steal_pointer(&service);
}

void bus_service_free(BusService *service)
{
        if (service == NULL)
                return;
        if (service->name_id != 0)
                g_bus_unown_name(service->name_id);
        g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(service->skeleton));
        g_object_unref(service->skeleton);
        g_hash_table_unref(service->starters);
        g_free(service);
}
